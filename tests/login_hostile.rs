//! A login with servers that are broken or mean: each is told what is wrong and ends with 1, and the sign-in
//! of before is still there.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::login::assert_secret;
use crate::oauth::{
    Answer, Asked, CALLBACK_HOST, Login, Server, answer_to, browse, cached, encode, get, sign_in,
};

mod token_endpoint;

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
const METADATA: &str = "/.well-known/oauth-authorization-server";
// Under Wine, the stand-in for the browser takes a second to start.
const TIMEOUT: &str = if cfg!(windows) { "10" } else { "2" };

/// A server that is honest for one sign-in, and then is not.
struct Turning {
    case: Case,
    server: Server,
    before: [Option<Value>; 2],
}

impl Turning {
    fn new(
        path: &'static str,
        tamper: impl Fn(&Asked, &str, Answer) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let evil = Arc::new(AtomicBool::new(false));
        let turned = Arc::clone(&evil);
        let server = Server::tampered(move |asked, base, answer| {
            let ours = asked.path == path && turned.load(Ordering::SeqCst);
            if ours { tamper(asked, base, answer) } else { answer }
        });
        let case = Case::new();
        let run = sign_in(&case, &[&server.url()]);
        assert_eq!(run.code, 0, "{}", run.err);
        evil.store(true, Ordering::SeqCst);
        let before = ["tokens.json", "client_info.json"].map(|name| cached(&case, name));
        Self { case, server, before }
    }

    fn sign_in(&self, more: &[&str]) -> Run {
        sign_in(&self.case, &[&[self.server.url().as_str(), "--timeout", TIMEOUT], more].concat())
    }

    fn fails(&self, more: &[&str], said: &str) {
        self.failed(&self.sign_in(more), said);
    }

    fn failed(&self, run: &Run, said: &str) {
        assert_eq!(run.code, 1, "{said}: {}", run.err);
        assert!(run.err.contains(said), "{said}: {}", run.err);
        let after = ["tokens.json", "client_info.json"].map(|name| cached(&self.case, name));
        assert_eq!(after, self.before, "{said}");
        assert_secret(&self.server, &[&run.err, &run.out]);
    }
}

fn metadata(changes: Value, said: &str) {
    Turning::new(METADATA, move |_, _, answer| answer.with(&changes)).fails(&[], said);
}

#[test]
fn metadata_of_another_issuer_is_not_used() {
    let said = "names the issuer `https://evil.example`, expected `http://127.0.0.1";
    metadata(json!({ "issuer": "https://evil.example" }), said);
}

#[test]
fn metadata_of_another_resource_is_not_used() {
    let changes = json!({ "resource": "https://evil.example/mcp" });
    let turning = Turning::new(PRM, move |_, _, answer| answer.with(&changes));
    let before = turning.server.asked(METADATA).len();
    turning.fails(&[], "describes the resource `https://evil.example/mcp`, not `http://127");
    assert_eq!(turning.server.asked(METADATA).len(), before, "nobody else is asked anything");
}

#[test]
fn endpoints_must_be_https_or_on_this_machine() {
    for (name, value, said) in [
        ("token_endpoint", "http://example.com/token", "it uses plain http to another machine"),
        ("authorization_endpoint", "javascript:alert(1)", "it is not an HTTP URL"),
    ] {
        metadata(json!({ name: value }), said);
    }
    metadata(json!({ "token_endpoint": null }), "has no `token_endpoint`");
}

#[test]
fn credentials_are_not_sent_to_another_origin() {
    let other = Server::honest();
    let to = other.url();
    let turning = Turning::new("/mcp", move |_, _, _| Answer::to(307, &to));
    let run = turning.sign_in(&["--header", "X-Key:${CANARY}"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("redirects to another origin"), "{}", run.err);
    assert!(other.book.lock().unwrap().seen.is_empty());
    let asked = turning.server.asked("/mcp");
    assert_eq!(
        asked.last().unwrap().headers["x-key"],
        crate::case::CANARY,
        "it goes to the server"
    );
}

// The browser is sent back with other parameters than it should be.
fn sent_back(change: fn(&str, &str) -> String, said: &str) {
    let turning = Turning::new("/authorize", move |_, base, answer| {
        Answer::to(302, &change(answer.header("Location").unwrap(), &encode(base)))
    });
    turning.fails(&[], said);
}

#[test]
fn an_authorization_response_of_another_issuer_is_refused() {
    let said = "names the issuer `https://evil.example`, expected `http://127.0.0.1";
    sent_back(|to, base| to.replace(base, "https%3A%2F%2Fevil.example"), said);
    sent_back(|to, base| to.replace(&format!("&iss={base}"), ""), "does not name its issuer");
    sent_back(|to, base| to.replace(base, "https%3A%2F%2Fevil.example") + "&error=call-555", said);
}

#[test]
fn an_authorization_response_with_another_state_or_none_is_ignored() {
    let said = "a response was ignored: the `state` of the response belongs to";
    sent_back(|to, _| to.replace("&state=", "&state=x"), said);
    sent_back(|to, _| to.replace("&state=", "&other="), "ignored: the response has no `state`");
}

#[test]
fn a_refused_sign_in_is_reported() {
    let said = "rejected the sign-in: access_denied, no, thanks";
    sent_back(
        |to, _| to.replace("?code=", "?error=access_denied&error_description=no,+thanks&x="),
        said,
    );
    sent_back(
        |to, _| to.replace("?code=", "?x="),
        "sent the browser back without an authorization code",
    );
}

#[test]
fn a_sign_in_that_never_finishes_times_out() {
    let turning = Turning::new("/none", |_, _, answer| answer);
    let mut login = Login::start(&turning.case, &[&turning.server.url(), "--timeout", "1"]);
    login.url().unwrap();
    turning.failed(&login.end(), "nobody signed in within 1 s");
}

#[test]
fn the_callback_is_accepted_once() {
    let server = Server::tampered(|asked, _, answer| {
        if asked.path == "/token" {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        answer
    });
    let case = Case::new();
    let mut login = Login::start(&case, &[&server.url()]);
    let url = login.url().unwrap();
    browse(&url).unwrap();
    let again = get(&answer_to(&url, &json!({ "iss": server.base() })), None).unwrap();
    assert_eq!(again.status, 400);
    assert_eq!(login.end().code, 0);
    assert_eq!(server.asked("/token").len(), 1);
}

#[test]
fn failed_discovery_is_reported_with_the_response() {
    let page = |_: &Asked, _: &str, _: Answer| Answer::text(200, "text/html", "<p>welcome");
    let said = "publishes no authorization server metadata (http://127.0.0.1";
    Turning::new(METADATA, page).fails(&[], said);
}

/// A login that gets no response in time ends with its timeout.
fn ends_in_time(url: &str) {
    let begin = Instant::now();
    let run = Case::new().run(&["login", url, "--timeout", "2"]);
    assert!(run.code == 1 && run.err.contains("timed out"), "{}", run.err);
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
}

#[test]
fn a_slow_discovery_ends_at_the_timeout_of_the_login() {
    let step = |asked: &Asked, base: &str, answer: Answer| {
        std::thread::sleep(Duration::from_millis(700));
        let hop: u32 = asked.query.parse().unwrap_or_default();
        let redirects = asked.path.starts_with("/.well-known") && hop < 4;
        if redirects {
            Answer::to(302, &format!("{base}{}?{}", asked.path, hop + 1))
        } else {
            answer
        }
    };
    let server = Server::tampered(step);
    ends_in_time(&server.url());
    for begin in ["HTTP/1.1 401 X\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    stream.write_all(begin.as_bytes()).unwrap();
                    while stream.write_all(b"H").is_ok() {
                        std::thread::sleep(Duration::from_millis(200));
                    }
                });
            }
        });
        ends_in_time(&url);
    }
}

#[test]
fn a_server_that_names_no_authorization_server_is_reported_with_its_response() {
    let server = Server::tampered(|_, _, _| Answer::text(404, "text/html", "no"));
    let run = Case::new().run(&["login", &server.url()]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("/mcp` responds with 404 and does not say where to sign in"),
        "{}",
        run.err
    );
}

#[test]
fn a_server_without_registration_is_reported_with_the_redirect_uri_to_register() {
    for (answer, said) in [
        (
            Answer::json(400, &json!({ "error": "invalid_redirect_uri" })),
            "/register` rejected the client registration: invalid_redirect_uri",
        ),
        (
            Answer::json(201, &json!({ "x": 1 })),
            "invalid response to the client registration (201 with JSON): `client_id` is missing",
        ),
    ] {
        let server =
            Server::tampered(
                move |asked, _, honest| {
                    if asked.path == "/register" { answer.clone() } else { honest }
                },
            );
        let run = sign_in(&Case::new(), &[&server.url()]);
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
    }
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        METADATA => answer.with(&json!({ "registration_endpoint": null })),
        _ => answer,
    });
    let run = sign_in(&Case::new(), &[&server.url()]);
    let said = format!(
        "ask the server's owner to register a client with the redirect URI http://{CALLBACK_HOST}:"
    );
    assert!(run.code == 1 && run.err.contains(&said), "{}", run.err);
}
