//! A login with servers that are broken or mean: each is told what is wrong and ends with 1, and the sign-in
//! of before is still there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::login::assert_secret;
use crate::oauth::{Answer, Asked, Login, Server, answer_to, browse, cached, encode, get, sign_in};

mod token_endpoint;

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
const METADATA: &str = "/.well-known/oauth-authorization-server";

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
        sign_in(&self.case, &[&[self.server.url().as_str(), "--timeout", "2"], more].concat())
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
fn a_server_without_s256_is_refused() {
    metadata(
        json!({ "code_challenge_methods_supported": null }),
        "does not support PKCE with S256",
    );
    metadata(json!({ "code_challenge_methods_supported": ["plain"] }), "does not support PKCE");
}

#[test]
fn endpoints_must_be_https_or_on_this_machine() {
    for (name, value, said) in [
        ("token_endpoint", "http://example.com/token", "it uses plain http to another machine"),
        ("authorization_endpoint", "javascript:alert(1)", "it is not an HTTP URL"),
        (
            "registration_endpoint",
            "file:///etc/passwd",
            "`file:///etc/passwd`: it is not an HTTP URL",
        ),
        ("revocation_endpoint", "https://me:you@example.com", "contains a user name"),
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
    let said = "a response was ignored: its `state` belongs to another sign-in";
    sent_back(|to, _| to.replace("&state=", "&state=x"), said);
    sent_back(|to, _| to.replace("&state=", "&other="), "ignored: it has no `state`");
}

#[test]
fn a_refused_sign_in_is_reported() {
    let said = "refused the sign-in: access_denied, no, thanks";
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
    Turning::new(PRM, page)
        .fails(&[], "responds with 200 with a web page instead of protected resource");
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
            "/register` refused the client registration: invalid_redirect_uri",
        ),
        (
            Answer::json(201, &json!({ "x": 1 })),
            "invalid client registration (201 with JSON): `client_id` is missing",
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
    let said = "ask its owner to register a client with the redirect URI http://localhost:";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_web_page_is_not_taken_for_a_server_that_requires_no_sign_in() {
    for (media, said) in [
        ("text/html; charset=utf-8", "responds with a web page"),
        ("Text/HTML", "responds with a web page"),
        ("application/json", "does not require a sign-in"),
    ] {
        let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
            "/mcp" => Answer::text(200, media, "{}"),
            path if path.contains("well-known") => Answer::text(404, "text/plain", ""),
            _ => answer,
        });
        let run = Case::new().run(&["login", &server.url()]);
        assert!(run.code == 1 && run.err.contains(said), "{media}: {}", run.err);
    }
}

#[test]
fn a_host_that_does_not_exist_is_reported_as_an_error_in_the_url_first() {
    let run = Case::new().run(&["login", "https://mcp.example.invalid/mcp"]);
    let said = "check the host in the URL";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_busy_registration_endpoint_is_tried_again_later_and_its_owner_is_not_asked() {
    for (status, retry, said) in
        [(429, Some("20"), "try again in 20 s"), (503, None, "try again later")]
    {
        let server = Server::tampered(move |asked, _, answer| {
            if asked.path != "/register" {
                return answer;
            }
            let mut busy = Answer::json(status, &serde_json::json!({ "error": "too_many" }));
            let retry = retry.map(|seconds| ("Retry-After".to_owned(), seconds.to_owned()));
            busy.headers.extend(retry);
            busy
        });
        let run = Case::new().run(&["login", &server.url()]);
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
        assert!(!run.err.contains("owner"), "{}", run.err);
    }
}
