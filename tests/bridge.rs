//! The native bridge and a server that wants a sign-in: who is asked, what is written, what is said. What passes
//! through it is tested beside mcp-remote, in tests/bridge/.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run};
use crate::login::assert_secret;
use crate::oauth::{Answer, Asked, Server, browse, cached, decode, get, set_browser, sign_in};

pub const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// A bridge, its client, and the person before it.
pub struct Bridge<'a> {
    case: &'a Case,
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl<'a> Bridge<'a> {
    pub fn start(case: &'a Case, args: &[&str]) -> Self {
        Self::run(case, &[&["bridge"], args].concat())
    }

    /// Runs a command that becomes a bridge.
    pub fn run(case: &'a Case, args: &[&str]) -> Self {
        std::fs::remove_file(case.path("browser.url")).ok();
        let mut command = case.command(args);
        set_browser(case, command.stdin(Stdio::piped()));
        let mut child = command.spawn().expect("mcpgen starts");
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { case, child, said }
    }

    pub fn send(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub fn answer(&mut self) -> Value {
        let line = self.said.next().expect("an answer").unwrap();
        assert!(!line.contains(CANARY), "{line}");
        serde_json::from_str(&line).unwrap()
    }

    pub fn ask(&mut self, line: &str) -> Value {
        self.send(line);
        self.answer()
    }

    /// Waits for the address that the browser is opened with.
    pub fn page(&self) -> String {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            let path = self.case.path("browser.url");
            if let Ok(url) = std::fs::read_to_string(&path) {
                std::fs::remove_file(path).unwrap();
                return url;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no browser was opened");
    }

    /// Kills it, as a client does that starts two and needs one.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns whether a browser was opened since the last call of [`Self::page`].
    pub fn opened_a_browser(&self) -> bool {
        self.case.exists("browser.url")
    }

    /// Closes its input and expects it to be gone within a second.
    pub fn end(mut self) -> Run {
        drop(self.child.stdin.take());
        let begin = Instant::now();
        let run = self.case.ended(self.child);
        assert!(begin.elapsed() < Duration::from_secs(1), "it ends with its client");
        run
    }
}

/// A server that takes every token of its own, unless a function has another answer.
pub fn server(other: impl Fn(&Asked, &str) -> Option<Answer> + Send + Sync + 'static) -> Server {
    server_with(other, |_, answer| answer)
}

/// Such a server, where another function changes the answers to requests without a token.
pub fn server_with(
    other: impl Fn(&Asked, &str) -> Option<Answer> + Send + Sync + 'static,
    change: impl Fn(&Asked, Answer) -> Answer + Send + Sync + 'static,
) -> Server {
    Server::tampered(move |asked, _, answer| {
        let token = asked.headers.get("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let Some(token) = token.filter(|_| asked.path == "/mcp") else {
            return change(asked, answer);
        };
        let message: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
        let good = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
        other(asked, token).unwrap_or_else(|| Answer::json(200, &good))
    })
}

#[test]
fn a_bridge_opens_one_sign_in_page_and_prints_no_secret() {
    let (case, server) = (Case::new(), server(|_, _| None));
    let mut bridge = Bridge::start(&case, &[&server.url(), "--debug"]);
    bridge.send(INITIALIZE);
    let page = browse(&bridge.page()).expect("the browser comes back to the bridge");
    assert_eq!(page.status, 200);
    assert_eq!(bridge.answer()["id"], 1);
    assert_eq!(bridge.ask(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#)["id"], "a");
    let run = bridge.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let key = format!("{:x}", <md5::Md5 as md5::Digest>::digest(server.url()));
    let log = case.read(&format!(".mcp-auth/{key}_debug.log"));
    assert_secret(&server, &[&run.err, &log]);
    assert!(run.err.contains("the server requires a sign-in") && log.contains("initialize 1"));
    let tokens = cached(&case, "tokens.json").unwrap();
    assert!(tokens["expires_at"].is_u64() && tokens.get("requested_scope").is_none());
    let mut next = Bridge::start(&case, &[&server.url()]);
    assert_eq!(next.ask(INITIALIZE)["id"], 1);
    let run = next.end();
    assert_eq!((run.code, run.err.as_str()), (0, ""), "nothing is said where nothing is wrong");
    assert_eq!(server.asked("/authorize").len(), 1);
}

#[test]
fn a_refused_token_is_read_again_then_refreshed_then_replaced_by_a_sign_in() {
    let (case, server) = (Case::new(), Server::honest());
    assert_eq!(crate::oauth::sign_in(&case, &[&server.url()]).code, 0);
    let first = cached(&case, "tokens.json").unwrap();
    // The honest server refuses every token, so each way is tried, and the person last.
    let mut bridge = Bridge::start(&case, &[&server.url()]);
    bridge.send(INITIALIZE);
    let page = bridge.page();
    let renewed = cached(&case, "tokens.json").unwrap();
    assert_ne!(renewed["access_token"], first["access_token"], "renewed before anybody is asked");
    browse(&page);
    let answer = bridge.answer();
    let why = answer["error"]["message"].as_str().unwrap();
    assert!(why.contains("rejects the request (401"), "{why}");
    assert_eq!(bridge.end().code, 0);
    let tokens = server.asked("/token");
    let grants: Vec<String> =
        tokens.iter().map(|asked| decode(&asked.body)["grant_type"].clone()).collect();
    assert_eq!(grants, ["authorization_code", "refresh_token", "authorization_code"]);
}

#[test]
fn a_sign_in_for_a_wider_scope_keeps_the_scopes_granted_before() {
    let first = Mutex::new(None);
    let (case, server) = (
        Case::new(),
        server(move |asked, token| {
            let mut first = first.lock().unwrap();
            let narrow = first.get_or_insert_with(|| token.to_owned()) == token;
            let mut answer = Answer::text(403, "text/plain", "");
            let value = "Bearer error=\"insufficient_scope\", scope=\"mcp:write\"";
            answer.headers.push(("WWW-Authenticate".into(), value.into()));
            (narrow && asked.body.contains("tools/call")).then_some(answer)
        }),
    );
    let mut bridge = Bridge::start(&case, &[&server.url()]);
    bridge.send(INITIALIZE);
    browse(&bridge.page());
    assert_eq!(bridge.answer()["id"], 1);
    bridge.send(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"write"}}"#);
    browse(&bridge.page());
    assert_eq!(bridge.answer()["id"], 2);
    assert_eq!(bridge.end().code, 0);
    let pages = server.asked("/authorize");
    let scopes: Vec<String> =
        pages.iter().map(|asked| decode(&asked.query)["scope"].clone()).collect();
    assert_eq!(scopes, ["mcp:read offline_access", "mcp:read offline_access mcp:write"]);
}

#[test]
fn a_browser_is_redirected_after_a_successful_sign_in() {
    let (case, server) = (Case::new(), server(|_, _| None));
    let to = "https://done.example/signed-in";
    let mut bridge = Bridge::start(&case, &[&server.url(), "--auth-success-url", to]);
    bridge.send(INITIALIZE);
    let back = get(&bridge.page(), None).unwrap().header("Location").unwrap().to_owned();
    let sent_on = get(&back, None).unwrap();
    assert_eq!((sent_on.status, sent_on.header("Location")), (302, Some(to)));
    assert_eq!(bridge.answer()["id"], 1);
    assert!(cached(&case, "tokens.json").is_some(), "the tokens are there by then");
    assert_eq!(bridge.end().code, 0);
}

#[test]
fn a_rejected_command_line_gets_a_reason() {
    let case = Case::new();
    for (args, said) in [
        (&["https://a", "--transprt", "x"][..], "a similar name exists: `--transport`"),
        (&["http://example.com/mcp"][..], "--allow-http"),
        (&["https://a", "--static-oauth-client-info", CANARY][..], "is not valid JSON"),
    ] {
        let run = case.run(&[&["bridge"], args].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn a_bridge_opens_no_sign_in_page_while_metadata_is_unavailable() {
    for (member, status, expected) in [(true, 503, true), (false, 503, false), (false, 429, false)]
    {
        let down = Arc::new(AtomicBool::new(false));
        let (now_down, refused) = (Arc::clone(&down), Mutex::new(None));
        let server = Server::tampered(move |asked, _, answer| {
            let token = asked.headers.get("authorization").cloned();
            match asked.path.as_str() {
                path if path.starts_with("/.well-known/") && now_down.load(Ordering::SeqCst) => {
                    Answer::json(status, &json!({ "error": "temporarily_unavailable" }))
                }
                "/mcp" if token.is_some() => {
                    let mut refused = refused.lock().unwrap();
                    if *refused.get_or_insert_with(|| token.clone()) == token {
                        return answer;
                    }
                    let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
                    Answer::json(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": result }))
                }
                _ => answer,
            }
        });
        let case = Case::new();
        assert_eq!(sign_in(&case, &[&server.url()]).code, 0);
        let mut tokens = cached(&case, "tokens.json").unwrap();
        if !member {
            tokens.as_object_mut().unwrap().remove("mcpgen");
        }
        let files = std::fs::read_dir(case.path(".mcp-auth/mcp-remote-v1")).unwrap().flatten();
        let mut files = files.map(|file| file.path());
        let file = files.find(|file| file.to_str().unwrap().ends_with("_tokens.json")).unwrap();
        std::fs::write(file, tokens.to_string()).unwrap();
        down.store(true, Ordering::SeqCst);
        let mut bridge = Bridge::start(&case, &[&server.url()]);
        let message = bridge.ask(INITIALIZE);
        assert_eq!(message.get("result").is_some(), expected, "{message}");
        assert_eq!(bridge.end().code, 0);
        assert_eq!(server.asked("/authorize").len(), 1, "only the first sign-in opened a page");
    }
}
