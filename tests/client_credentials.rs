//! A sign-in by client credentials: the OAuth client signs in itself, and no person is needed in any command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::case::{CANARY, Case};
use crate::oauth::{Answer, Server, decode};

const METADATA: &str = "/.well-known/oauth-authorization-server";

fn declared(server: &Server, auth: &str) -> Case {
    Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\n[servers.one.auth]\n{auth}\n",
        server.url()
    ))
}

fn tokens() -> Answer {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 });
    Answer::json(200, &tokens)
}

#[test]
fn client_credentials_need_no_person_anywhere() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" => {
            let form = decode(&asked.body);
            let good = form["grant_type"] == "client_credentials"
                && form.get("client_secret").is_some_and(|secret| secret == CANARY);
            let refused = Answer::json(401, &json!({ "error": "invalid_client" }));
            if good { tokens() } else { refused }
        }
        METADATA => answer.with(&json!({
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_endpoint": null,
        })),
        _ => answer,
    });
    let auth = "mode = \"client-credentials\"\nclient-id = \"machine\"\n\
                client-secret = \"file:~/.secrets/canary\"\nscope = \"mcp:read\"";
    for first in ["login", "token", "refresh"] {
        let case = declared(&server, auth);
        let before = server.asked("/token").len();
        let run = case.run(&[first, "one"]);
        assert_eq!(run.code, 0, "{first}: {}", run.err);
        assert_eq!(server.asked("/token").len(), before + 1, "{first}");
        let form = decode(&server.asked("/token").pop().unwrap().body);
        assert_eq!((form["scope"].as_str(), &form["resource"]), ("mcp:read", &server.url()));
        let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
        assert_eq!(
            (&status[0]["standing"], &status[0]["renews"]),
            (&json!("usable"), &json!(true))
        );
        assert_eq!(case.ok(&["token", "one"]).out, "a\n");
        assert_eq!(server.asked("/token").len(), before + 1, "the token is shared");
    }
    assert!(server.asked("/authorize").is_empty() && server.asked("/register").is_empty());
    let case = Case::new();
    let url = server.url();
    let run = case.run(&[
        "login",
        &url,
        "--client-id",
        "machine",
        "--client-secret",
        "file:~/.secrets/canary",
        "--client-credentials",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn client_credentials_with_a_token_endpoint_need_no_discovery() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/own/token" => tokens(),
        _ => answer,
    });
    let auth = format!(
        "mode = \"client-credentials\"\nclient-id = \"machine\"\nclient-secret = \"file:~/.secrets/canary\"\n\
         token-endpoint = \"{}/own/token\"",
        server.base()
    );
    let case = declared(&server, &auth);
    case.ok(&["login", "one"]);
    assert_eq!(server.book.lock().unwrap().seen.len(), 1);
}

#[test]
fn every_server_can_read_the_parameters_and_the_credentials() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" => tokens(),
        _ => answer,
    });
    let auth = "mode = \"client-credentials\"\nclient-id = \"a ~b\"\nscope = \"a b~c\"\n\
                client-secret = \"file:~/secret\"\nresource = false\n\
                token-endpoint-auth-method = \"client_secret_basic\"";
    let case = declared(&server, auth).write("secret", "c ~d");
    case.ok(&["login", "one"]);
    let asked = server.asked("/token").pop().unwrap();
    assert_eq!(asked.body, "grant_type=client_credentials&scope=a%20b~c");
    let pair = BASE64_STANDARD.encode("a%20~b:c%20~d");
    assert_eq!(asked.headers["authorization"], format!("Basic {pair}"));
}

#[test]
fn import_declares_a_sign_in_by_client_credentials() {
    let info = format!("{{\"client_id\":\"machine\",\"client_secret\":\"{CANARY}\"}}");
    let args = [
        "-y",
        "mcp-remote@0.15.1",
        "https://mcp.example.com/mcp",
        "--static-oauth-client-info",
        info.as_str(),
        "--token-endpoint",
        "https://login.example.com/token",
        "--client-credentials",
    ];
    let entry = json!({ "mcpServers": { "one": { "command": "npx", "args": args } } });
    let case = Case::new().write(".cursor/mcp.json", entry.to_string());
    let imported = case.ok(&["import", "--secrets", "env"]).out;
    for line in [
        "mode = \"client-credentials\"",
        "client-id = \"machine\"",
        "token-endpoint = \"https://login.example.com/token\"",
        "client-secret = \"env:",
    ] {
        assert!(imported.contains(line), "{line}: {imported}");
    }
    assert!(!imported.contains(CANARY));
    Case::new().declare(&imported).ok(&["check"]);
}

#[test]
fn the_next_token_needs_no_discovery_while_the_endpoint_is_the_same() {
    let moved = Arc::new(AtomicBool::new(false));
    let now_moved = Arc::clone(&moved);
    let server = Server::tampered(move |asked, base, answer| {
        match (asked.path.as_str(), now_moved.load(Ordering::SeqCst)) {
            ("/token", false) | ("/token/v2", true) => {
                let short = json!({ "expires_in": 1 });
                tokens().with(&short)
            }
            (METADATA, true) => {
                answer.with(&json!({ "token_endpoint": format!("{base}/token/v2") }))
            }
            ("/token", true) => Answer::text(404, "text/plain", "no"),
            _ => answer,
        }
    });
    let auth = "mode = \"client-credentials\"\nclient-id = \"machine\"\n\
                client-secret = \"file:~/.secrets/canary\"";
    let case = declared(&server, auth);
    case.ok(&["login", "one"]);
    let before = server.book.lock().unwrap().seen.len();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    case.ok(&["token", "one"]);
    assert_eq!(server.book.lock().unwrap().seen.len(), before + 1);
    moved.store(true, Ordering::SeqCst);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    case.ok(&["token", "one"]);
    assert_eq!(server.asked("/token/v2").len(), 1);
}

#[test]
fn a_forced_refresh_gets_a_new_token() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/own/token" => tokens(),
        "/mcp" if asked.headers.contains_key("authorization") => Answer::json(200, &json!({})),
        _ => answer,
    });
    let auth = format!(
        "mode = \"client-credentials\"\nclient-id = \"machine\"\nclient-secret = \"file:~/.secrets/canary\"\n\
         token-endpoint = \"{}/own/token\"",
        server.base()
    );
    let case = declared(&server, &auth);
    for requests in 1..=2 {
        assert_eq!(case.ok(&["token", "one", "--force"]).out, "a\n");
        assert_eq!(server.asked("/own/token").len(), requests);
    }
    case.ok(&["refresh", "one", "--force"]);
    assert_eq!(server.asked("/own/token").len(), 3);
}
