//! A proxy behind which lies the public internet: one server, `https://mcp.example.com`, with a certificate
//! of an authority that only these tests know.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Answer, Asked, Book, Tamper, converse, read};

pub const AUTHORITY: &str = include_str!("tls/authority.pem");
pub const BASE: &str = "https://mcp.example.com";

/// A proxy on a port of its own.
pub struct Proxy {
    pub port: u16,
    pub book: Arc<Mutex<Book>>,
    /// Where it was asked to connect to.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start(tamper: impl Fn(&Asked, &str, Answer) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (book, asked): (Arc<Mutex<Book>>, Arc<Mutex<Vec<String>>>) = Default::default();
        let (held, heard, config) = (Arc::clone(&book), Arc::clone(&asked), config());
        let tamper: Arc<Tamper> = Arc::new(tamper);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (book, heard) = (Arc::clone(&held), Arc::clone(&heard));
                let (tamper, config) = (Arc::clone(&tamper), Arc::clone(&config));
                std::thread::spawn(move || connect(stream, &book, &heard, &*tamper, config));
            }
        });
        Self { port, book, asked }
    }

    /// What the environment calls it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn config() -> Arc<ServerConfig> {
    let chain = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(config.with_single_cert(vec![chain], key).unwrap())
}

fn connect(
    mut stream: TcpStream,
    book: &Mutex<Book>,
    heard: &Mutex<Vec<String>>,
    tamper: &Tamper,
    config: Arc<ServerConfig>,
) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let Some(asked) = read(&mut stream) else { return };
    heard.lock().unwrap().push(asked.path.clone());
    if asked.method != "CONNECT" || asked.path != "mcp.example.com:443" {
        stream.write_all(b"HTTP/1.1 403 no\r\n\r\n").ok();
        return;
    }
    stream.write_all(b"HTTP/1.1 200 yes\r\n\r\n").unwrap();
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut stream = StreamOwned::new(connection, stream);
    converse(&mut stream, BASE, book, tamper);
    stream.conn.send_close_notify();
    stream.flush().ok();
}
