//! A sign-in by client credentials with a private key in place of a secret (RFC 7523, section 2.2).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use crate::bridge::{Bridge, INITIALIZE};
use crate::case::Case;
use crate::oauth::{Answer, Server, cached, decode};

const METADATA: &str = "/.well-known/oauth-authorization-server";
const KEY: &str = include_str!("client_keys/p256.pem");
// A line of the key, which nothing may show.
const LINE: &str = "MIGHAgEAMBMGByqGSM49";
const NATIVE: &str = "[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n";

/// A server that knows clients by their keys.
fn server() -> Server {
    Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" => {
            let form = decode(&asked.body);
            let good = form["client_assertion_type"]
                == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                && form["client_id"] == "machine"
                && !form.contains_key("client_secret");
            match good {
                true => granted(),
                false => Answer::json(401, &json!({ "error": "invalid_client" })),
            }
        }
        "/mcp" if asked.headers.contains_key("authorization") => Answer::json(200, &json!({})),
        METADATA => answer.with(&json!({
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "authorization_endpoint": null,
        })),
        _ => answer,
    })
}

fn granted() -> Answer {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 });
    Answer::json(200, &tokens)
}

fn declared(url: &str, launch: &str, more: &str) -> Case {
    let auth =
        "mode = \"client-credentials\"\nclient-id = \"machine\"\nprivate-key = \"file:~/key.pem\"";
    Case::new().write("key.pem", KEY).declare(&format!(
        "clients = [\"cursor\"]\n{launch}[servers.one]\nurl = \"{url}\"\n[servers.one.auth]\n{auth}\n{more}\n"
    ))
}

#[test]
fn a_client_signs_in_with_its_private_key() {
    let server = server();
    for first in ["login", "token", "refresh"] {
        let case = declared(&server.url(), "", "algorithm = \"ES256\"");
        let run = case.run(&[first, "one"]);
        assert_eq!(run.code, 0, "{first}: {}", run.err);
        let form = decode(&server.asked("/token").pop().unwrap().body);
        let claims = form["client_assertion"].split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], json!(server.base()), "the issuer");
        assert_eq!(case.ok(&["token", "one"]).out, "a\n");
    }
    let case = Case::new().write("key.pem", KEY);
    let url = server.url();
    let options =
        ["--client-credentials", "--client-id", "machine", "--private-key", "file:~/key.pem"];
    case.ok(&[&["login", url.as_str()][..], &options].concat());
}

#[test]
fn the_next_assertion_is_a_new_one_and_needs_no_discovery() {
    let server = server();
    let case = declared(&server.url(), "", "");
    case.ok(&["login", "one"]);
    let requests = server.book.lock().unwrap().seen.len();
    case.ok(&["token", "one", "--force"]);
    let asked = server.asked("/token");
    assert_ne!(
        decode(&asked[0].body)["client_assertion"],
        decode(&asked[1].body)["client_assertion"]
    );
    // The new token is sent to the server once, to find out whether it accepts it.
    assert!(server.book.lock().unwrap().seen.len() <= requests + 3);
    assert_eq!(server.asked(METADATA).len(), 1);
}

#[test]
fn a_client_may_return_from_a_key_to_a_secret() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" => {
            let form = decode(&asked.body);
            match form.contains_key("client_assertion") || form.contains_key("client_secret") {
                true => granted(),
                false => Answer::json(401, &json!({ "error": "invalid_client" })),
            }
        }
        METADATA => {
            let methods = json!(["private_key_jwt", "client_secret_post"]);
            answer.with(&json!({ "token_endpoint_auth_methods_supported": methods }))
        }
        _ => answer,
    });
    let case = declared(&server.url(), "", "");
    case.ok(&["login", "one"]);
    let path = case.path(".config/mcpgen/mcp.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("private-key = ", "client-secret = ")).unwrap();
    case.ok(&["login", "one"]);
}

#[test]
fn the_native_bridge_signs_in_with_the_key() {
    let server = server();
    let case = declared(&server.url(), NATIVE, "");
    // A bridge whose client has gone does not sign in.
    let mut bridge = Bridge::run(&case, &["exec", "one"]);
    bridge.ask(INITIALIZE);
    bridge.kill();
    assert_eq!(server.asked("/token").len(), 1);
    assert_eq!(cached(&case, "tokens.json").unwrap()["access_token"], "a");
}

#[test]
fn no_file_of_a_client_contains_the_key_and_mcp_remote_does_not_get_it() {
    for (launch, by_exec) in [(NATIVE, true), ("", false)] {
        let case = declared("https://mcp.example.com/mcp", launch, "");
        let rendered = case.ok(&["render", "cursor"]).out;
        assert!(!rendered.contains(LINE) && !rendered.contains("private"), "{rendered}");
        assert_eq!(rendered.contains("\"exec\""), by_exec, "{rendered}");
    }
}

#[test]
fn a_server_that_quotes_the_assertion_does_not_make_mcpgen_show_it() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" => {
            let quoted = decode(&asked.body)["client_assertion"].clone();
            let text = format!("the assertion {quoted} is unknown");
            Answer::json(401, &json!({ "error": "invalid_client", "error_description": text }))
        }
        _ => answer,
    });
    let case = declared(&server.url(), "", "");
    let run = case.run(&["login", "one"]);
    let form = decode(&server.asked("/token").pop().unwrap().body);
    let assertion = form["client_assertion"].as_str();
    let said = run.err.replace("\n      ", "");
    assert!(run.code == 1 && !said.contains(&assertion[..40]), "{}", run.err);
    assert!(said.contains("`private-key`"), "{}", run.err);
}

#[test]
fn a_key_that_cannot_be_used_is_reported_without_its_content() {
    let server = server();
    for (key, more, said) in [
        ("no PEM", "", "not a private key in PEM format"),
        (KEY, "algorithm = \"RS256\"", "cannot sign with `RS256`"),
    ] {
        let case = declared(&server.url(), "", more).write("key.pem", key);
        let run = case.run(&["login", "one"]);
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
        assert!(!run.err.contains(LINE) && !run.err.contains("no PEM"), "{}", run.err);
        assert!(server.asked("/token").is_empty());
    }
}
