//! A server of our own with OAuth, honest unless a test says otherwise, and a person with a browser.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

mod honest;
mod login;
pub mod proxy;

pub use honest::Book;
#[cfg(unix)]
pub use login::browser;
pub use login::{CALLBACK_HOST, Login, cached, set_browser, sign_in};

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What `Content-Length` says, where that is not the truth.
    pub claims: Option<u64>,
}

type Tamper = dyn Fn(&Asked, &str, Answer) -> Answer + Send + Sync;

/// A server on a port of its own.
pub struct Server {
    pub port: u16,
    pub book: Arc<Mutex<Book>>,
}

impl Server {
    pub fn honest() -> Self {
        Self::tampered(|_, _, answer| answer)
    }

    /// A server whose every answer goes through a function of the test's.
    pub fn tampered(
        tamper: impl Fn(&Asked, &str, Answer) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Mutex::new(Book::default()));
        let (held, tamper): (_, Arc<Tamper>) = (Arc::clone(&book), Arc::new(tamper));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (book, tamper) = (Arc::clone(&held), Arc::clone(&tamper));
                std::thread::spawn(move || serve(stream, port, &book, &*tamper));
            }
        });
        Self { port, book }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("{}/mcp", self.base())
    }

    /// Returns every request to a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let book = self.book.lock().unwrap();
        book.seen.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

fn serve(mut stream: TcpStream, port: u16, book: &Mutex<Book>, tamper: &Tamper) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    converse(&mut stream, &format!("http://127.0.0.1:{port}"), book, tamper);
}

fn converse<S: Read + Write>(stream: &mut S, base: &str, book: &Mutex<Book>, tamper: &Tamper) {
    let Some(asked) = read(stream) else { return };
    let answer = {
        let mut book = book.lock().unwrap();
        book.seen.push(asked.clone());
        book.answer(&asked, base)
    };
    write(stream, &tamper(&asked, base, answer));
}

fn read<S: Read>(stream: &mut S) -> Option<Asked> {
    let mut bytes = vec![];
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    while bytes.len() < end + length {
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
    let body = String::from_utf8_lossy(&bytes[end..end + length]).into_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Asked { method, path: path.into(), query: query.into(), headers, body })
}

fn write<S: Write>(stream: &mut S, answer: &Answer) {
    let length = answer.claims.unwrap_or(answer.body.len() as u64);
    let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    // Whoever has read enough goes.
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok();
    stream.write_all(&answer.body).ok();
}

impl Answer {
    pub fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", &value.to_string())
    }

    pub fn text(status: u16, media: &str, body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), media.to_owned())];
        Self { status, headers, body: body.into(), claims: None }
    }

    pub fn to(status: u16, location: &str) -> Self {
        let headers = vec![("Location".to_owned(), location.to_owned())];
        Self { status, headers, body: vec![], claims: None }
    }

    /// Changes members of a JSON answer; null takes one out.
    pub fn with(self, changes: &Value) -> Self {
        let mut value: Value = serde_json::from_slice(&self.body).unwrap();
        for (name, change) in changes.as_object().unwrap() {
            if change.is_null() {
                value.as_object_mut().unwrap().remove(name);
            } else {
                value[name] = change.clone();
            }
        }
        Self { body: value.to_string().into(), ..self }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Decodes a query or form.
pub fn decode(text: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut out = vec![];
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => {
                    let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
                    out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
                }
                b'+' => out.push(b' '),
                other => out.push(other),
            }
        }
        String::from_utf8(out).unwrap()
    };
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (plain(name), plain(value))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Encodes a value of a query.
pub fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Asks an address, without following redirects. None: nobody answers.
pub fn get(url: &str, host: Option<&str>) -> Option<Answer> {
    let rest = url.strip_prefix("http://").expect("loopback");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port: u16 = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let host = host.unwrap_or(authority);
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pair = |line: &str| line.split_once(':').map(|(n, v)| (n.to_owned(), v.trim().to_owned()));
    let headers = lines.filter_map(pair).collect();
    Some(Answer { status, headers, body: bytes.split_off(end), claims: None })
}

/// Opens an address as a browser does, and returns the last page.
pub fn browse(url: &str) -> Option<Answer> {
    let mut url = url.to_owned();
    loop {
        let answer = get(&url, None)?;
        match answer.header("Location") {
            Some(to) => to.clone_into(&mut url),
            None => return Some(answer),
        }
    }
}

/// Returns the port of the callback address in an authorization request.
pub fn callback(url: &str) -> String {
    decode(url.split_once('?').unwrap().1)["redirect_uri"].clone()
}

/// The answer that a browser would be sent back with.
pub fn answer_to(url: &str, changes: &Value) -> String {
    let asked = decode(url.split_once('?').unwrap().1);
    let mut answer = json!({ "code": "c0de-of-nobody", "state": asked["state"] });
    for (name, value) in changes.as_object().unwrap() {
        answer[name] = value.clone();
    }
    let pairs = answer.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    let pair =
        |(name, value): (&String, &Value)| format!("{name}={}", encode(value.as_str().unwrap()));
    format!("{}?{}", asked["redirect_uri"], pairs.map(pair).collect::<Vec<_>>().join("&"))
}

/// A free port, for sign-ins that have one port alone: the one that follows from the cache key may be another
/// test's. It is below those that systems give to connections, and no other test gets it.
pub fn free_port() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = 20_000 + std::process::id() % 10_000;
    let port = || u16::try_from(begin).unwrap() + NEXT.fetch_add(1, Ordering::Relaxed);
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(port).find(free).unwrap().to_string()
}
