//! A login with servers that are after something: secrets, another's client, the terminal, endless waiting.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::oauth::{Answer, Login, Server, answer_to, cached, decode, free_port, get, sign_in};

const METADATA: &str = "/.well-known/oauth-authorization-server";
const PRM: &str = "/.well-known/oauth-protected-resource/mcp";

#[test]
fn an_echoed_client_secret_is_not_shown() {
    let secret = "s3cret of/the client";
    for spelled in [true, false] {
        let server = Server::tampered(move |asked, _, answer| {
            let body = || if spelled { asked.body.clone() } else { secret.to_owned() };
            let refused = || json!({ "error": "invalid_client", "error_description": body() });
            if asked.path == "/token" { Answer::json(401, &refused()) } else { answer }
        });
        let run = sign_in_with_secret(&server, secret);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("rejected the token request: invalid_client"), "{}", run.err);
        assert!(decode(&server.asked("/token")[0].body)["client_secret"] == secret);
        assert!(!run.err.contains("s3cret"), "{}", run.err);
    }
}

#[test]
fn a_preregistered_client_is_not_sent_to_another_issuer() {
    let server = Server::honest();
    let case = Case::new();
    assert_eq!(sign_in(&case, &[&server.url()]).code, 0);
    let directory = case.path(".mcp-auth/mcp-remote-v1");
    let mut tokens = cached(&case, "tokens.json").unwrap();
    tokens["issuer"] = "https://first.example".into();
    let entries = std::fs::read_dir(directory).unwrap().flatten().map(|entry| entry.path());
    let is_tokens = |path: &std::path::PathBuf| path.to_string_lossy().ends_with("_tokens.json");
    std::fs::write(entries.into_iter().find(is_tokens).unwrap(), tokens.to_string()).unwrap();
    let before = server.asked("/authorize").len();
    let port = free_port();
    let more = ["--client-id", "me", "--timeout", "2", "--port", &port];
    let run = sign_in(&case, &[&[server.url().as_str()], &more[..]].concat());
    assert_eq!(run.code, 1);
    let said = "the OAuth client `me` is registered with `https://first.example`, but the server now uses the authorization server `http://127";
    assert!(run.err.contains(said), "{}", run.err);
    assert_eq!(server.asked("/authorize").len(), before);
    assert_eq!(cached(&case, "tokens.json"), Some(tokens));
}

#[test]
fn a_url_with_control_characters_is_shown_without_them() {
    let server = Server::tampered(|asked, base, answer| match asked.path.as_str() {
        METADATA => {
            answer.with(&json!({ "authorization_endpoint": format!("{base}/\u{202e}live") }))
        }
        _ => answer,
    });
    for more in [&["--no-browser"][..], &[]] {
        let case = Case::new().var("BROWSER", "true");
        let run = case.run(&[&["login", &server.url(), "--timeout", "1"], more].concat());
        assert!(run.code == 1 && run.err.contains("live?response_type="), "{}", run.err);
        assert!(!run.err.contains('\u{202e}'), "{}", run.err);
    }
}

#[test]
fn impossible_intervals_of_device_authorization_neither_hurry_nor_hang_nor_crash_a_login() {
    for (changes, most) in [
        (json!({ "interval": 0 }), 2),
        (json!({ "interval": u64::MAX, "expires_in": u64::MAX }), 0),
    ] {
        let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
            "/device" => answer.with(&changes),
            _ => answer,
        });
        let run = Case::new().run(&["login", &server.url(), "--device", "--timeout", "2"]);
        assert!(
            run.code == 1 && run.err.contains("expired before anyone entered it"),
            "{}",
            run.err
        );
        assert!(server.asked("/token").len() <= most);
    }
    let forever = u64::MAX.to_string();
    assert_eq!(Case::new().run(&["login", "https://a.example", "--timeout", &forever]).code, 2);
}

#[test]
fn an_error_with_status_200_is_an_error() {
    let server = Server::tampered(|asked, _, mut answer| {
        if asked.path == "/token" {
            answer.status = 200;
        }
        answer
    });
    let case = Case::new();
    let login = Login::start(&case, &[&server.url(), "--device"]);
    while server.asked("/token").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.book.lock().unwrap().typed = true;
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
}

/// Signs in as a declared client with a secret.
fn sign_in_with_secret(server: &Server, secret: &str) -> Run {
    let case = Case::new().var("CLIENT_SECRET", secret);
    let port = free_port();
    let flags = ["--client-id", "me", "--client-secret", "env:CLIENT_SECRET", "--port", &port];
    let mut login = Login::start(&case, &[&[server.url().as_str()], &flags[..]].concat());
    let url = login.url().unwrap();
    get(&answer_to(&url, &json!({ "iss": server.base() })), None).unwrap();
    login.end()
}

/// A login that nobody finishes ends soon, says what is wrong, and does not say much.
fn refused_at_once(server: &Server, said: &str) {
    let begin = Instant::now();
    let case = Case::new().var("BROWSER", "true");
    let run = case.run(&["login", &server.url(), "--timeout", "3"]);
    let taken = begin.elapsed();
    assert!(run.code == 1 && run.err.contains(said), "{said}: {}", run.err);
    assert!(taken < Duration::from_secs(12), "{said}: {taken:?}");
    assert!(run.err.len() < 2500, "{said}: {} bytes", run.err.len());
}

fn changed(path: &'static str, changes: Value) -> Server {
    Server::tampered(
        move |asked, _, answer| {
            if asked.path == path { answer.with(&changes) } else { answer }
        },
    )
}

#[test]
fn a_string_of_any_length_costs_no_time_and_is_shown_in_part() {
    for piece in ["a", "ghp_0123456789abcdefghij ", "sk-", "token:/", "eyJ.", "\u{1b}["] {
        // With the escapes of JSON it is less than a response may have.
        let long = piece.repeat(900_000 / Value::from(piece).to_string().len());
        let issuer = json!({ "issuer": long });
        refused_at_once(&changed(METADATA, issuer), "names the issuer `");
        let resource = json!({ "resource": long });
        refused_at_once(&changed(PRM, resource), "describes the resource `");
        let error = json!({ "error": "invalid_client_metadata", "error_description": long });
        let server = Server::tampered(move |asked, _, answer| {
            if asked.path == "/register" { Answer::json(400, &error) } else { answer }
        });
        refused_at_once(&server, "rejected the client registration: invalid_client_metadata");
    }
}

#[test]
fn a_url_of_any_length_is_not_opened() {
    let long = format!("https://a.example/{}", "x".repeat(900_000));
    for (name, said) in [
        ("authorization_endpoint", "/xxx"),
        ("token_endpoint", "/xxx"),
        ("registration_endpoint", "/xxx"),
    ] {
        let server = changed(METADATA, json!({ name: long }));
        refused_at_once(&server, said);
        refused_at_once(&server, "it is longer than 8 KiB");
    }
    let scopes: Vec<String> = (0..60_000).map(|at| format!("scope{at}")).collect();
    let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
        "/mcp" => Answer::text(401, "text/plain", ""),
        PRM => answer.with(&json!({ "scopes_supported": scopes })),
        _ => answer,
    });
    refused_at_once(&server, "it is longer than 8 KiB");
}

#[test]
fn a_secret_at_the_end_of_what_is_shown_is_masked_as_a_whole() {
    for before in (230..310).step_by(7) {
        let issuer = format!("https://a/{}.ghp_0123456789abcdefghij", "x".repeat(before));
        let run = {
            let server = changed(METADATA, json!({ "issuer": issuer }));
            Case::new().run(&["login", &server.url(), "--timeout", "3"])
        };
        assert!(run.code == 1 && !run.err.contains("ghp_"), "{}", run.err);
    }
}

#[test]
fn a_client_secret_is_hidden_in_every_form_and_no_other_word_is() {
    for (secret, echo, shown) in [
        ("pw", "the client_secret `pw` is wrong", "the client_secret `…` is wrong"),
        ("hunter2", "client_secret=hunter2", "client_secret=…"),
        ("hunter2", "Basic bWU6aHVudGVyMg==", "Basic …"),
        ("hunter2", "got bWU6aHVudGVyMg", "got …"),
        ("a long secret", "a+long+secret, a%20long%20secret", "…, …"),
        (
            "token",
            "no authorization_code and no refresh_token",
            "no authorization_code and no refresh_token",
        ),
    ] {
        let server = Server::tampered(move |asked, _, answer| {
            let error = json!({ "error": "invalid_client", "error_description": echo });
            if asked.path == "/token" { Answer::json(401, &error) } else { answer }
        });
        let run = sign_in_with_secret(&server, secret);
        let said = run.err.replace("\n      ", "");
        assert!(said.contains(shown), "{shown}: {}", run.err);
    }
}
