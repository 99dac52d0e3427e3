//! `logout`.

use serde_json::json;

use super::{assert_secret, change, signed_in};
use crate::oauth::{Server, cached, decode};

#[test]
fn a_logout_revokes_and_removes_the_sign_in_and_keeps_the_registration() {
    let server = Server::honest();
    let case = signed_in(&server);
    let tokens = cached(&case, "tokens.json").unwrap();
    let run = case.ok(&["logout", "one"]);
    assert_eq!(run.err, "one: signed out\n");
    let revoked: Vec<String> =
        server.asked("/revoke").iter().map(|asked| decode(&asked.body)["token"].clone()).collect();
    assert_eq!(json!(revoked), json!([tokens["refresh_token"], tokens["access_token"]]));
    assert_eq!(cached(&case, "tokens.json"), None);
    assert!(cached(&case, "client_info.json").is_some());
    assert_eq!(case.ok(&["logout", "one", "--forget"]).err, "one: not signed in\n");
    assert_eq!(cached(&case, "client_info.json"), None);
}

#[test]
fn a_logout_without_the_server_still_removes_the_sign_in_and_reports_it() {
    let server = Server::tampered(|asked, _, mut answer| {
        if asked.path == "/revoke" {
            answer.status = 503;
        }
        answer
    });
    let case = signed_in(&server);
    let run = case.ok(&["logout", "one"]);
    assert!(run.err.contains("warning: `http"), "{}", run.err);
    assert!(run.err.contains("signed out of `one` on this machine, but its tokens were not"));
    assert_secret(&server, &run);
    assert_eq!(cached(&case, "tokens.json"), None);
}

#[test]
fn a_logout_sends_nothing_to_another_issuer() {
    let server = Server::honest();
    let case = signed_in(&server);
    change(&case, &json!({ "issuer": "https://other.example" }));
    let run = case.ok(&["logout", "one"]);
    assert!(run.err.contains("the sign-in is from `https://other.example`"), "{}", run.err);
    assert!(run.err.contains("its tokens were not"), "{}", run.err);
    assert!(server.asked("/revoke").is_empty());
    assert_eq!(cached(&case, "tokens.json"), None);
}

#[test]
fn logout_all_also_removes_sign_ins_that_are_not_declared() {
    let server = Server::honest();
    let case = signed_in(&server);
    std::fs::remove_file(case.path(".config/mcpgen/mcp.toml")).unwrap();
    let run = case.ok(&["logout", "--all"]);
    assert!(run.err.ends_with("_tokens.json: signed out\n"), "{}", run.err);
    assert_eq!(server.asked("/revoke").len(), 2);
    assert_eq!(cached(&case, "tokens.json"), None);
    assert_eq!(case.run(&["logout"]).code, 2);
}
