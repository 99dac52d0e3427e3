//! Which authorization server gets the tokens and the client of a sign-in: the one that issued it.

use serde_json::{Value, json};

use super::{change, now, path, signed_in};
use crate::case::Case;
use crate::oauth::{Server, cached, free_port, sign_in};

/// Takes the issuer out of the sign-in, as older bridges write it.
fn forget_issuer(case: &Case, files: &[&str]) {
    for name in files {
        let mut fields: Value = cached(case, name).unwrap();
        fields.as_object_mut().unwrap().remove("issuer");
        std::fs::write(path(case, name), fields.to_string()).unwrap();
    }
}

fn expire(case: &Case) {
    change(case, &json!({ "expires_at": now() - 1000 }));
}

#[test]
fn a_sign_in_of_an_unknown_issuer_is_sent_nowhere_until_the_next_sign_in() {
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    forget_issuer(&case, &["tokens.json", "client_info.json"]);
    let before = server.asked("/token").len();
    for command in ["token", "refresh"] {
        let run = case.run(&[command, "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{command}");
        let said =
            "the stored sign-in does not name the authorization server that issued its tokens";
        assert!(run.err.contains(said) && run.err.contains("`mcpgen login one`"), "{}", run.err);
    }
    assert_eq!(server.asked("/token").len(), before);
    let registered = server.asked("/register").len();
    let run = sign_in(&case, &["one"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(server.asked("/register").len(), registered + 1, "nor does its client go there");
    expire(&case);
    case.ok(&["token", "one"]);
}

#[test]
fn a_login_without_names_signs_in_again_if_the_issuer_is_unknown() {
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    forget_issuer(&case, &["tokens.json", "client_info.json"]);
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("one: signed in"), "{}", run.err);
}

#[test]
fn a_logout_revokes_nothing_at_an_unknown_issuer() {
    let server = Server::honest();
    let case = signed_in(&server);
    forget_issuer(&case, &["tokens.json", "client_info.json"]);
    let run = case.ok(&["logout", "one"]);
    assert!(run.err.contains("its tokens were not"), "{}", run.err);
    assert!(server.asked("/revoke").is_empty());
    assert_eq!(cached(&case, "tokens.json"), None);
}

/// A server, and a sign-in to it with a declared client, whose tokens have expired.
fn signed_in_with_declared_client() -> (Server, Case) {
    let server = Server::honest();
    let port = free_port();
    let uri = format!("http://localhost:{port}/oauth/callback");
    let client = json!({ "redirect_uris": [uri], "client_secret": "Hunter2Hunter2" });
    server.book.lock().unwrap().clients.insert("me".into(), client);
    let case = Case::new().var("CLIENT_SECRET", "Hunter2Hunter2").declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = {{ mode = \"oauth\", client-id = \"me\", \
         client-secret = \"env:CLIENT_SECRET\", port = {port} }}\n",
        server.url()
    ));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    expire(&case);
    (server, case)
}

#[test]
fn a_declared_client_and_its_secret_go_to_no_unknown_issuer() {
    let (server, case) = signed_in_with_declared_client();
    case.ok(&["token", "one"]);
    expire(&case);
    forget_issuer(&case, &["tokens.json"]);
    let before = server.asked("/token").len();
    let run = case.run(&["token", "one"]);
    assert!(
        run.code == 1 && run.err.contains("does not name the authorization server"),
        "{}",
        run.err
    );
    assert_eq!(server.asked("/token").len(), before);
}

#[test]
fn a_refresh_says_how_to_sign_in_if_the_server_of_a_declared_client_has_moved() {
    let (_server, case) = signed_in_with_declared_client();
    change(&case, &json!({ "issuer": "https://first.example", "mcpgen": null }));
    for command in ["token", "refresh"] {
        let run = case.run(&[command, "one"]);
        let words: Vec<&str> = run.err.split_whitespace().collect();
        let said = "with `mcpgen logout one`, then sign in with `mcpgen login one`";
        assert!(run.code == 1 && words.join(" ").contains(said), "{}", run.err);
    }
    case.ok(&["logout", "one"]);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
}

#[test]
fn the_issuer_of_the_registration_counts_if_the_tokens_name_none() {
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    // mcp-remote 0.15.1 drops it when it refreshes the tokens.
    change(&case, &json!({ "issuer": null }));
    case.ok(&["token", "one"]);
    assert_eq!(cached(&case, "tokens.json").unwrap()["issuer"], server.base());
    let case = signed_in(&server);
    expire(&case);
    forget_issuer(&case, &["client_info.json"]);
    case.ok(&["token", "one"]);
}
