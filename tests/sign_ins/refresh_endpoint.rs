//! Which token endpoint a refresh uses: the one of the sign-in, without discovery as long as it works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{change, declared, now};
use crate::case::{CANARY, Case};
use crate::oauth::{Answer, Asked, Server, cached, decode, free_port, sign_in};

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// A server that changes after the sign-in, and that sign-in, which has expired.
fn changed(
    tamper: impl Fn(&Asked, &str, Answer) -> Answer + Send + Sync + 'static,
) -> (Server, Case) {
    let later = Arc::new(AtomicBool::new(false));
    let now_later = Arc::clone(&later);
    let server = Server::tampered(move |asked, base, answer| {
        if now_later.load(Ordering::SeqCst) { tamper(asked, base, answer) } else { answer }
    });
    let case = declared(&server);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    later.store(true, Ordering::SeqCst);
    change(&case, &json!({ "expires_at": now() - 1000 }));
    (server, case)
}

fn requests(server: &Server) -> usize {
    server.book.lock().unwrap().seen.len()
}

#[test]
fn a_refresh_is_one_request_even_if_discovery_would_fail() {
    for broken in [
        Answer::text(503, "text/plain", "later"),
        Answer::json(429, &json!({ "error": "slow_down" })),
        Answer::text(404, "text/plain", "no"),
        Answer::text(200, "text/html", "<p>welcome"),
        Answer::json(200, &json!({ "issuer": "https://other.example" })),
    ] {
        let (server, case) = changed(move |asked, _, answer| match asked.path.as_str() {
            "/token" => answer,
            _ => broken.clone(),
        });
        let before = requests(&server);
        let old = cached(&case, "tokens.json").unwrap();
        case.ok(&["token", "one"]);
        assert_eq!(requests(&server), before + 1);
        let sent = decode(&server.asked("/token").pop().unwrap().body);
        assert_eq!(sent["resource"], server.url());
        let new = cached(&case, "tokens.json").unwrap();
        assert_ne!(new["access_token"], old["access_token"]);
        assert_eq!(new["mcpgen"], old["mcpgen"], "the next refresh is one request, too");
    }
}

#[test]
fn a_sign_in_of_mcp_remote_is_refreshed_at_its_issuer_if_the_server_gives_no_metadata() {
    for status in [404, 429, 500, 503] {
        let (server, case) = changed(move |asked, _, answer| match asked.path.as_str() {
            PRM | "/mcp" => Answer::text(status, "text/plain", "no"),
            "/token" => tokens(asked),
            _ => answer,
        });
        // mcp-remote writes what the token endpoint sent, and nothing of mcpgen's.
        change(&case, &json!({ "mcpgen": null }));
        case.ok(&["token", "one"]);
        assert_eq!(server.asked(METADATA).len(), 2);
        let origin = &cached(&case, "tokens.json").unwrap()["mcpgen"];
        assert_eq!(origin["token_endpoint"], format!("{}/token", server.base()));
    }
}

#[test]
fn a_token_endpoint_that_has_moved_is_found_again() {
    for gone in [
        Answer::text(404, "text/plain", "no"),
        Answer::text(410, "text/html", "<p>moved"),
        Answer::to(308, "/token/v2"),
    ] {
        let (server, case) = changed(move |asked, base, answer| match asked.path.as_str() {
            METADATA => answer.with(&json!({ "token_endpoint": format!("{base}/token/v2") })),
            "/token/v2" => tokens(asked),
            "/token" => gone.clone(),
            _ => answer,
        });
        case.ok(&["token", "one"]);
        let origin = &cached(&case, "tokens.json").unwrap()["mcpgen"];
        assert_eq!(origin["token_endpoint"], format!("{}/token/v2", server.base()));
    }
}

#[test]
fn the_remembered_endpoint_is_not_used_for_another_client_or_issuer() {
    let (server, case) = changed(|_, _, answer| answer);
    let before = server.asked(PRM).len();
    for origin in [
        json!({ "issuer": "https://other.example" }),
        json!({ "client_id": "another" }),
        json!({ "auth_method": "private_key_jwt" }),
        json!({ "token_endpoint": Value::Null }),
        json!({ "token_endpoint": 7 }),
    ] {
        let mut remembered = cached(&case, "tokens.json").unwrap()["mcpgen"].clone();
        remembered["token_endpoint"] = "https://evil.example/token".into();
        remembered.as_object_mut().unwrap().extend(origin.as_object().unwrap().clone());
        change(&case, &json!({ "mcpgen": remembered, "expires_at": now() - 1000 }));
        case.ok(&["token", "one"]);
    }
    assert_eq!(server.asked(PRM).len(), before + 5, "each refresh asked the server");
}

#[test]
fn a_declared_authentication_method_wins_over_the_remembered_one() {
    let (server, port) = (Server::honest(), free_port());
    let redirect = format!("http://localhost:{port}/oauth/callback");
    let client = json!({ "redirect_uris": [redirect], "client_secret": CANARY });
    server.book.lock().unwrap().clients.insert("mine".into(), client);
    let declare = |more: &str| {
        format!(
            "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\n[servers.one.auth]\nmode = \"oauth\"\n\
             client-id = \"mine\"\nclient-secret = \"file:~/.secrets/canary\"\nport = {port}\n{more}\n",
            server.url()
        )
    };
    let case = Case::in_memory().declare(&declare(""));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    for (more, basic) in [
        ("", false),
        ("token-endpoint-auth-method = \"client_secret_basic\"", true),
        ("token-endpoint-auth-method = \"client_secret_post\"", false),
    ] {
        case.put(".config/mcpgen/mcp.toml", declare(more));
        change(&case, &json!({ "expires_at": now() - 1000 }));
        let before = requests(&server);
        case.ok(&["token", "one"]);
        assert_eq!(requests(&server), before + 1);
        let sent = server.asked("/token").pop().unwrap();
        assert_eq!(sent.headers.contains_key("authorization"), basic, "{more}");
    }
}

fn tokens(asked: &Asked) -> Answer {
    assert_eq!(decode(&asked.body)["grant_type"], "refresh_token");
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 });
    Answer::json(200, &tokens)
}

#[test]
fn an_endpoint_that_may_have_moved_ends_no_sign_in_while_the_metadata_is_unavailable() {
    for gone in [
        Answer::text(404, "text/plain", "no"),
        Answer::text(410, "text/html", "<p>moved"),
        Answer::text(400, "text/html", "<p>bad request"),
        Answer::to(308, "/token/v2"),
    ] {
        let (_server, case) = changed(move |asked, _, _| match asked.path.as_str() {
            "/token" => gone.clone(),
            _ => Answer::text(503, "text/plain", "later"),
        });
        let before = cached(&case, "tokens.json");
        for command in ["token", "refresh"] {
            let run = case.run(&[command, "one"]);
            assert_eq!(run.code, 1, "{command}");
            assert!(!run.err.contains("mcpgen login"), "{command}: {}", run.err);
            assert_eq!(cached(&case, "tokens.json"), before, "{command}");
        }
    }
}
