//! A sign-in among other programs of this machine: they hold its callback port, pretend to be a bridge, or flood it.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mcpgen::testing::auth::bridge_version::BridgeVersion;
use mcpgen::testing::auth::call::BridgeCall;
use serde_json::json;

use crate::case::{Case, Run};
use crate::oauth::{Login, Server, browse, callback, get};

/// A program that holds the port that a sign-in to a new server begins with.
struct Neighbour {
    server: Server,
    asked: Arc<AtomicUsize>,
}

impl Neighbour {
    /// `answer` gets the connection, the request, its number, and what a bridge of the server says who it is.
    fn start(answer: fn(&mut TcpStream, &str, usize, &str)) -> Self {
        let (server, held, key) = loop {
            let server = Server::honest();
            let call =
                BridgeCall::parse(&[server.url()], BridgeVersion::NEWEST, &|_| None).unwrap();
            let key = call.key();
            if let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, call.base_port(&key))) {
                break (server, held, key.as_str().to_owned());
            }
        };
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let id = json!({ "mcpRemote": true, "serverUrlHash": key }).to_string();
            for mut stream in held.incoming().flatten() {
                let (id, number) = (id.clone(), count.fetch_add(1, Ordering::SeqCst));
                std::thread::spawn(move || {
                    let mut request = [0; 512];
                    let read = stream.read(&mut request).unwrap_or_default();
                    answer(&mut stream, &String::from_utf8_lossy(&request[..read]), number, &id);
                });
            }
        });
        Self { server, asked }
    }

    /// Signs in beside it, as a person who does so at once.
    fn sign_in(&self, case: &Case) -> (Run, Duration) {
        let begin = Instant::now();
        let mut login = Login::start(case, &[&self.server.url()]);
        let url = login.url();
        let waited = begin.elapsed();
        browse(&url.expect("the browser is opened")).unwrap();
        (login.end(), waited)
    }

    fn login_of_nobody(&self, more: &[&str]) -> (Run, Duration) {
        let begin = Instant::now();
        let case = Case::new().var("BROWSER", "true");
        let run = case.run(&[&["login", &self.server.url(), "--timeout", "3"], more].concat());
        (run, begin.elapsed())
    }
}

fn page(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let page = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(page.as_bytes()).ok();
}

// It is a bridge until it is asked again who it is.
fn forgetful(stream: &mut TcpStream, request: &str, number: usize, id: &str) {
    if request.starts_with("GET /.mcp") && number.is_multiple_of(3) {
        page(stream, "200 OK", id);
    } else if request.starts_with("GET /.mcp") {
        page(stream, "200 OK", "{}");
    } else {
        page(stream, "202 Accepted", "");
    }
}

// It answers who it is every second time, and otherwise hangs up.
fn elusive(stream: &mut TcpStream, request: &str, number: usize, id: &str) {
    if !request.starts_with("GET /.mcp") || number.is_multiple_of(3) {
        forgetful(stream, request, number, id);
    }
}

fn slow(stream: &mut TcpStream, _: &str, _: usize, _: &str) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) && stream.write_all(b"H").is_ok() {
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn slow_body(stream: &mut TcpStream, _: &str, _: usize, _: &str) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n").ok();
    slow(stream, "", 0, "");
}

fn endless(stream: &mut TcpStream, _: &str, _: usize, _: &str) {
    stream.write_all(b"HTTP/1.1 200 OK\r\n").ok();
    while stream.write_all(b"X-More: and more\r\n").is_ok() {}
}

fn silent(stream: &mut TcpStream, _: &str, _: usize, _: &str) {
    assert_eq!(stream.read(&mut [0]).unwrap_or_default(), 0);
}

fn patient(stream: &mut TcpStream, request: &str, _: usize, id: &str) {
    let body = if request.starts_with("GET /.mcp") { id } else { "" };
    page(stream, if body.is_empty() { "202 Accepted" } else { "200 OK" }, body);
}

#[test]
fn a_program_that_only_sometimes_pretends_to_be_a_bridge_does_not_prevent_a_sign_in() {
    for answer in [forgetful, elusive] {
        let neighbour = Neighbour::start(answer);
        let case = Case::new();
        let (run, waited) = neighbour.sign_in(&case);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(waited < Duration::from_secs(10), "{waited:?}");
        assert!(run.err.lines().count() < 12, "{}", run.err);
        assert!(neighbour.asked.load(Ordering::SeqCst) < 100);
        let (run, taken) = neighbour.login_of_nobody(&[]);
        assert!(run.code == 1 && run.err.contains("nobody signed in within 3 s"), "{}", run.err);
        assert!(taken < Duration::from_secs(12), "{taken:?}");
    }
}

#[test]
fn a_program_that_answers_slowly_or_without_end_delays_a_sign_in_by_a_second() {
    for answer in [slow, slow_body, endless, silent] {
        let neighbour = Neighbour::start(answer);
        let case = Case::new();
        let (run, waited) = neighbour.sign_in(&case);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(waited < Duration::from_secs(12), "{waited:?}");
        // A pre-registered client has no other port.
        let (run, taken) = neighbour.login_of_nobody(&["--client-id", "me"]);
        assert!(run.code == 1 && run.err.contains("is in use by another program"), "{}", run.err);
        assert!(taken < Duration::from_secs(12), "{taken:?}");
    }
}

#[test]
fn a_bridge_that_never_finishes_is_waited_for_until_the_timeout_and_named_once() {
    let (run, taken) = Neighbour::start(patient).login_of_nobody(&[]);
    assert!(run.code == 1 && run.err.contains("nobody signed in within 3 s"), "{}", run.err);
    assert!(taken < Duration::from_secs(12), "{taken:?}");
    assert_eq!(run.err.matches("another bridge is already signing in").count(), 1, "{}", run.err);
}

#[test]
fn a_bridge_keeps_its_timeout_beside_a_program_that_pretends_to_be_one() {
    for answer in [forgetful, elusive, slow, patient] {
        let neighbour = Neighbour::start(answer);
        let case = Case::new().var("BROWSER", "true");
        let begin = Instant::now();
        let args = ["bridge", &neighbour.server.url(), "--auth-timeout", "3"];
        let mut command = case.command(&args);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let message = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#;
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(format!("{message}\n").as_bytes()).unwrap();
        let mut said = String::new();
        let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut stdout, &mut said).unwrap();
        assert!(said.contains("nobody signed in within 3 s"), "{said}");
        assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
        drop(stdin);
        let run = case.ended(child);
        assert!(run.err.lines().count() < 8, "{}", run.err);
    }
}

/// A sign-in that waits for its browser, and its callback URL.
fn waiting(case: &Case) -> (Server, Login<'_>, String) {
    let server = Server::honest();
    let mut login = Login::start(case, &[&server.url()]);
    let url = login.url().unwrap();
    (server, login, url)
}

#[test]
fn idle_connections_to_the_callback_port_do_not_keep_the_browser_away() {
    for count in [40, 300] {
        let case = Case::new();
        let (_server, login, url) = waiting(&case);
        let address = callback(&url);
        let port: u16 =
            address.split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
        let open = |at: usize| {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            // Some begin a request and never end it.
            stream.write_all(&b"GET /oauth"[..at % 10]).unwrap();
            stream
        };
        let idle: Vec<TcpStream> = (0..count).map(open).collect();
        let begin = Instant::now();
        let page = browse(&url).expect("the browser gets a page");
        assert_eq!(page.status, 200, "{count}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        let run = login.end();
        assert_eq!(run.code, 0, "{}", run.err);
        drop(idle);
    }
}

#[test]
fn requests_of_other_programs_to_the_callback_port_print_one_line() {
    let case = Case::new();
    let (_server, login, url) = waiting(&case);
    let address = callback(&url);
    for at in 0..30 {
        let answer = match at % 5 {
            0 => get(&format!("{address}?code=x&state=y"), None),
            1 => get(&address, None),
            2 => get(&format!("{address}?code=x"), Some("evil.example")),
            3 => get(&address.replace("/oauth/callback", "/favicon.ico"), None),
            _ => get(&format!("{address}?error=\u{1b}[2J&state=y"), None),
        };
        assert_ne!(answer.unwrap().status, 200);
    }
    assert_eq!(browse(&url).unwrap().status, 200);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.err.matches("ignored a response").count(), 1, "{}", run.err);
}
