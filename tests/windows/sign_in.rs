//! A sign-in: the browser is a stand-in, and the server is one of ours.

use crate::bridge::server;
use crate::case::Case;
use crate::oauth::{cached, sign_in};

#[test]
fn login_opens_the_browser_and_keeps_a_token_that_is_refreshed_once() {
    let (case, server) = (Case::new(), server(|_, _| None));
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let first = cached(&case, "tokens.json").unwrap();
    assert!(first["access_token"].is_string() && first["refresh_token"].is_string());
    let case = case.declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ));
    case.ok(&["refresh", "--force"]);
    let second = cached(&case, "tokens.json").unwrap();
    assert_ne!(second["access_token"], first["access_token"]);
    case.ok(&["logout", "one"]);
    assert!(cached(&case, "tokens.json").is_none());
}
