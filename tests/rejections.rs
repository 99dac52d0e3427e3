//! A rejected refresh: the status of the response decides whether the sign-in is over, in every command and in the
//! native bridge.

use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::bridge::{Bridge, INITIALIZE};
use crate::case::{Case, Run};
use crate::oauth::{Answer, Server, browse, cached, sign_in};

mod forced;

/// A server that takes its own tokens until they are revoked, and whose response to a refresh a test can replace.
struct Moody {
    server: Server,
    refresh: Arc<Mutex<Option<Answer>>>,
    revoked: Arc<Mutex<Vec<String>>>,
}

impl Moody {
    fn new() -> Self {
        let refresh: Arc<Mutex<Option<Answer>>> = Arc::default();
        let revoked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (replaced, refused) = (Arc::clone(&refresh), Arc::clone(&revoked));
        let server = crate::bridge::server_with(
            move |_, token| {
                let refused = refused.lock().unwrap().iter().any(|one| one == token);
                refused.then(|| Answer::json(401, &json!({ "error": "invalid_token" })))
            },
            move |asked, answer| {
                let renewal = asked.path == "/token" && asked.body.contains("=refresh_token");
                let other = replaced.lock().unwrap().clone();
                other.filter(|_| renewal).unwrap_or(answer)
            },
        );
        Self { server, refresh, revoked }
    }

    fn respond(&self, answer: Option<Answer>) {
        *self.refresh.lock().unwrap() = answer;
    }

    fn signed_in(&self) -> Case {
        let case = Case::in_memory().declare(&format!(
            "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n\
             [servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
            self.server.url()
        ));
        assert_eq!(sign_in(&case, &["one"]).code, 0);
        case
    }

    fn revoke_access(&self, case: &Case) {
        let tokens = cached(case, "tokens.json").unwrap();
        self.revoked.lock().unwrap().push(tokens["access_token"].as_str().unwrap().to_owned());
    }

    /// Runs something after which the server still knows the refresh token.
    fn keeping<T>(&self, run: impl FnOnce() -> T) -> T {
        let refresh = self.server.book.lock().unwrap().refresh.clone();
        let done = run();
        self.server.book.lock().unwrap().refresh = refresh;
        done
    }
}

fn with(mut answer: Answer, name: &str, value: &str) -> Answer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

/// Responses that end a sign-in.
fn final_responses() -> Vec<Answer> {
    vec![
        Answer::json(400, &json!({ "message": "Invalid Refresh Token: Not Found", "code": 400 })),
        Answer::json(400, &json!({ "error": "invalid_request" })),
        Answer::text(400, "text/html", "<html>Bad request"),
        Answer::text(401, "text/plain", ""),
        Answer::json(403, &json!({ "error": "unauthorized_client" })),
        Answer::text(404, "text/plain", "no such token"),
        Answer::json(422, &json!({ "detail": [{ "msg": "token" }] })),
        with(Answer::json(400, &json!({ "error": "invalid_grant" })), "Retry-After", "1"),
    ]
}

/// Responses that end nothing, with what is said about the next attempt.
fn transient_responses() -> Vec<(Answer, &'static str)> {
    let limited = Answer::json(429, &json!({ "error": "invalid_grant" }));
    let down = Answer::json(503, &json!({ "error": "invalid_client" }));
    vec![
        (with(limited.clone(), "Retry-After", "7"), "try again in 7 s"),
        (limited, "try again later"),
        (with(down.clone(), "Retry-After", "3600"), "try again in 300 s"),
        (down, "try again later"),
        (Answer::json(500, &json!({ "error": "invalid_grant" })), "try again later"),
        (Answer::text(502, "text/html", "<html>Bad gateway"), "try again later"),
        (Answer::json(408, &json!({ "error": "invalid_request" })), "try again later"),
        (Answer::text(425, "text/plain", "too early"), "try again later"),
    ]
}

#[test]
fn a_rejected_refresh_ends_the_sign_in_whatever_the_body_and_login_without_names_replaces_it() {
    let moody = Moody::new();
    for (at, answer) in final_responses().into_iter().enumerate() {
        moody.respond(None);
        let case = moody.signed_in();
        crate::sign_ins::expire(&case);
        let what = format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        moody.respond(Some(answer));
        let command = if at % 2 == 0 { "token" } else { "refresh" };
        let run = case.run(&[command, "one"]);
        assert_eq!(run.code, 1, "{what}");
        assert!(run.err.contains("sign in with `mcpgen login one`"), "{what}: {}", run.err);
        assert_eq!(cached(&case, "tokens.json").unwrap().get("refresh_token"), None, "{what}");
        let run = sign_in(&case, &[]);
        assert!(run.code == 0 && run.err.contains("signed in"), "{what}: {}", run.err);
    }
}

#[test]
fn login_without_names_finds_out_that_a_refresh_is_rejected() {
    let moody = Moody::new();
    let case = moody.signed_in();
    crate::sign_ins::expire(&case);
    assert_eq!(
        case.ok(&["login"]).err,
        "every sign-in is usable; use `--force` to sign in again\n"
    );
    crate::sign_ins::expire(&case);
    moody.respond(Some(Answer::json(400, &json!({ "message": "no such token" }))));
    let run = sign_in(&case, &[]);
    assert!(run.code == 0 && run.err.contains("signed in"), "{}", run.err);
}

#[test]
fn a_transient_error_of_the_token_endpoint_keeps_the_sign_in() {
    let moody = Moody::new();
    let case = moody.signed_in();
    for (answer, later) in transient_responses() {
        crate::sign_ins::expire(&case);
        let before = cached(&case, "tokens.json");
        let what = format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        moody.respond(Some(answer));
        for args in [&["token", "one"][..], &["refresh"], &["login"]] {
            let run: Run = moody.keeping(|| case.run(args));
            assert_eq!(run.code, 1, "{what} {args:?}: {}", run.err);
            assert!(run.err.contains(later), "{what} {args:?}: {}", run.err);
            assert!(!run.err.contains("mcpgen login"), "{what} {args:?}: {}", run.err);
            assert_eq!(cached(&case, "tokens.json"), before, "{what} {args:?}");
        }
        moody.respond(None);
        case.ok(&["token", "one"]);
    }
    assert_eq!(moody.server.asked("/authorize").len(), 1, "nobody was asked");
}

#[test]
fn a_bridge_opens_no_browser_for_a_transient_error_and_one_for_a_final_one() {
    let moody = Moody::new();
    let case = moody.signed_in();
    for (answer, later) in
        transient_responses().into_iter().filter(|(_, when)| !when.contains("300"))
    {
        moody.revoke_access(&case);
        moody.respond(Some(answer.clone()));
        let mut bridge = Bridge::start(&case, &[&moody.server.url()]);
        let said = moody.keeping(|| bridge.ask(INITIALIZE));
        let why = said["error"]["message"].as_str().unwrap().to_owned();
        assert!(why.contains(later), "{answer:?}: {why}");
        assert!(!bridge.opened_a_browser(), "{answer:?}");
        moody.respond(None);
        bridge.end();
        let mut bridge = Bridge::start(&case, &[&moody.server.url()]);
        assert_eq!(bridge.ask(INITIALIZE)["id"], 1, "{answer:?}");
        bridge.end();
    }
    for answer in final_responses() {
        moody.revoke_access(&case);
        moody.respond(Some(answer));
        let mut bridge = Bridge::start(&case, &[&moody.server.url()]);
        bridge.send(INITIALIZE);
        let page = bridge.page();
        moody.respond(None);
        browse(&page);
        assert!(bridge.answer().get("result").is_some());
        bridge.end();
    }
}

#[test]
fn a_bridge_waits_as_long_as_the_token_endpoint_requests() {
    let moody = Moody::new();
    let case = moody.signed_in();
    moody.revoke_access(&case);
    let limited = Answer::json(429, &json!({ "error": "rate_limited" }));
    moody.respond(Some(with(limited, "Retry-After", "2")));
    let mut bridge = Bridge::start(&case, &[&moody.server.url()]);
    let tries = || moody.server.asked("/token").len();
    let before = tries();
    moody.keeping(|| {
        for _ in 0..4 {
            assert!(bridge.ask(INITIALIZE).get("error").is_some());
        }
    });
    assert_eq!(tries() - before, 1, "the server asked for a pause");
    moody.respond(None);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert!(bridge.ask(INITIALIZE).get("result").is_some());
    bridge.end();
}

#[test]
fn a_bridge_that_nobody_answers_leaves_nothing_that_login_takes_for_usable() {
    let moody = Moody::new();
    let case = moody.signed_in();
    moody.revoke_access(&case);
    moody.respond(Some(Answer::json(400, &json!({ "error": "invalid_grant" }))));
    let url = moody.server.url();
    let mut bridge = Bridge::start(&case, &[&url, "--auth-timeout", "1"]);
    assert!(bridge.ask(INITIALIZE).get("error").is_some());
    bridge.end();
    moody.respond(None);
    let run = sign_in(&case, &[]);
    assert!(run.code == 0 && run.err.contains("signed in"), "{}", run.err);
}

#[test]
fn a_declared_client_that_the_server_rejects_keeps_the_sign_in_and_names_the_fields() {
    let moody = Moody::new();
    let url = moody.server.url();
    let case = Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\n\
         auth = {{ mode = \"oauth\", client-id = \"me\" }}\n"
    ));
    let port = crate::oauth::free_port();
    let redirect = format!("http://localhost:{port}/oauth/callback");
    let declaration = case
        .read(".config/mcpgen/mcp.toml")
        .replace("\"me\" }", &format!("\"me\", port = {port} }}"));
    let case = case.declare(&declaration);
    let client = json!({ "redirect_uris": [redirect] });
    moody.server.book.lock().unwrap().clients.insert("me".into(), client);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    crate::sign_ins::expire(&case);
    let before = cached(&case, "tokens.json");
    moody.respond(Some(Answer::json(401, &json!({ "error": "invalid_client" }))));
    let run = case.run(&["token", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`client-id`") && run.err.contains("`client-secret`"), "{}", run.err);
    assert!(!run.err.contains("mcpgen login"), "{}", run.err);
    assert_eq!(cached(&case, "tokens.json"), before);
}

#[test]
fn a_token_endpoint_that_is_busy_once_delays_a_call_and_fails_none() {
    let moody = Moody::new();
    let case = moody.signed_in();
    moody.revoke_access(&case);
    moody.respond(Some(Answer::text(503, "text/html", "<html>Service unavailable")));
    let mut bridge = Bridge::start(&case, &[&moody.server.url()]);
    let before = moody.server.asked("/token").len();
    moody.keeping(|| {
        bridge.send(INITIALIZE);
        while moody.server.asked("/token").len() == before {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    });
    moody.respond(None);
    assert!(bridge.answer().get("result").is_some());
    assert!(!bridge.opened_a_browser());
    bridge.end();
}

#[test]
fn a_token_that_the_server_calls_invalid_is_refreshed_whatever_the_status() {
    let valid = Mutex::new(None::<String>);
    let server = crate::bridge::server(move |_, token| {
        let mut first = valid.lock().unwrap();
        let refused = first.get_or_insert_with(|| token.to_owned()) == token;
        let mut answer = Answer::json(400, &json!({ "error": "invalid_token" }));
        let challenge = "Bearer error=\"invalid_token\"".to_owned();
        answer.headers.push(("WWW-Authenticate".into(), challenge));
        refused.then_some(answer)
    });
    let case = Case::in_memory();
    assert_eq!(sign_in(&case, &[&server.url()]).code, 0);
    let mut bridge = Bridge::start(&case, &[&server.url()]);
    assert!(bridge.ask(INITIALIZE).get("result").is_some());
    bridge.end();
    assert_eq!(server.asked("/authorize").len(), 1);
}
