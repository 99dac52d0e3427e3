//! The OAuth client of a login: registered by mcpgen, or declared.

use serde_json::json;

use crate::case::{CANARY, Case};
use crate::oauth::{Login, Server, browse, cached, callback, decode, free_port, sign_in};

#[test]
fn a_registration_that_the_server_has_forgotten_is_replaced() {
    let (case, server) = (Case::new(), Server::honest());
    sign_in(&case, &[&server.url()]);
    server.book.lock().unwrap().clients.clear();
    assert_eq!(sign_in(&case, &[&server.url()]).code, 0);
    assert_eq!(server.asked("/register").len(), 2);
    let id = cached(&case, "client_info.json").unwrap()["client_id"].clone();
    assert!(server.book.lock().unwrap().clients.contains_key(id.as_str().unwrap()));
}

#[test]
fn a_client_secret_from_the_registration_is_used_in_the_registered_way() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => answer
            .with(&json!({ "token_endpoint_auth_methods_supported": ["client_secret_basic"] })),
        "/register" => answer.with(&json!({ "client_secret": "cl1ent-s3cret" })),
        _ => answer,
    });
    let case = Case::new();
    let mut login = Login::start(&case, &[&server.url()]);
    let url = login.url().unwrap();
    for client in server.book.lock().unwrap().clients.values_mut() {
        client["client_secret"] = "cl1ent-s3cret".into();
    }
    browse(&url);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let client = cached(&case, "client_info.json").unwrap();
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["client_secret"], "cl1ent-s3cret");
    assert!(server.asked("/token")[0].headers.contains_key("authorization"));
    assert!(!run.err.contains("s3cret"));
}

#[test]
fn referenced_secrets_are_resolved_and_sent_and_never_written() {
    let server = Server::honest();
    let id = json!({ "client_secret": CANARY, "redirect_uris": [] });
    server.book.lock().unwrap().clients.insert("me".into(), id);
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\n\
         auth = {{ mode = \"oauth\", client-id = \"me\", client-secret = \"env:CANARY\", port = {} }}\n\
         headers = {{ X-Team = \"a ${{HOME}} b\" }}\nplain = [\"headers.X-Team\"]\n\
         secrets = {{ X-Key = \"file:~/.secrets/canary\" }}\n",
        server.url(),
        free_port()
    ));
    let mut login = Login::start(&case, &["one"]);
    let url = login.url().unwrap();
    let address = callback(&url);
    server.book.lock().unwrap().clients.get_mut("me").unwrap()["redirect_uris"] = json!([address]);
    browse(&url).unwrap();
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let asked = server.asked("/mcp").remove(0);
    assert_eq!(asked.headers["x-key"], CANARY);
    assert_eq!(asked.headers["x-team"], "a ${HOME} b", "a literal header is sent as it is");
    assert_eq!(decode(&server.asked("/token")[0].body)["client_secret"], CANARY);
    assert!(server.asked("/register").is_empty());
    assert_eq!(cached(&case, "client_info.json"), None, "the bridge writes none either");
    assert!(!cached(&case, "tokens.json").unwrap().to_string().contains(CANARY));
    let case = Case::new();
    let (url, port) = (server.url(), free_port());
    let args = ["login", &url, "--client-id", "me", "--port", &port, "--client-secret"];
    let run = case.run(&[&args[..], &["env:NONE"]].concat());
    let said =
        "cannot resolve `env:NONE` for `client-secret`: the environment variable `NONE` is not set";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
    let run = case.run(&[&args[..], &[CANARY]].concat());
    assert!(run.code == 2 && run.err.contains("is not a secret reference"), "{}", run.err);
}
