//! A login with servers that are after something: secrets, another's client, the terminal, endless waiting.

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Answer, Login, Server, answer_to, cached, decode, free_port, get, sign_in};

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[test]
fn an_echoed_client_secret_is_not_shown() {
    let secret = "s3cret of/the client";
    for spelled in [true, false] {
        let server = Server::tampered(move |asked, _, answer| {
            let body = || if spelled { asked.body.clone() } else { secret.to_owned() };
            let refused = || json!({ "error": "invalid_client", "error_description": body() });
            if asked.path == "/token" { Answer::json(401, &refused()) } else { answer }
        });
        let case = Case::new().var("CLIENT_SECRET", secret);
        let port = free_port();
        let flags = ["--client-id", "me", "--client-secret", "env:CLIENT_SECRET", "--port", &port];
        let mut login = Login::start(&case, &[&[server.url().as_str()], &flags[..]].concat());
        let url = login.url().unwrap();
        get(&answer_to(&url, &json!({ "iss": server.base() })), None).unwrap();
        let run = login.end();
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
    let folder = case.path(".mcp-auth/mcp-remote-v1");
    let mut tokens = cached(&case, "tokens.json").unwrap();
    tokens["issuer"] = "https://first.example".into();
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let is_tokens = |path: &std::path::PathBuf| path.to_string_lossy().ends_with("_tokens.json");
    std::fs::write(entries.into_iter().find(is_tokens).unwrap(), tokens.to_string()).unwrap();
    let before = server.asked("/authorize").len();
    let port = free_port();
    let more = ["--client-id", "me", "--timeout", "2", "--port", &port];
    let run = sign_in(&case, &[&[server.url().as_str()], &more[..]].concat());
    assert_eq!(run.code, 1);
    let said =
        "the client `me` belongs to `https://first.example`, but the server now names `http://127";
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
