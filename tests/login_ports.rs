//! The callback port: free, a sibling's, or somebody else's.

use std::net::{Ipv4Addr, TcpListener};

use mcpgen::testing::auth::bridge_version::BridgeVersion;
use mcpgen::testing::auth::call::BridgeCall;
use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{
    Answer, CALLBACK_HOST, Login, Server, browse, cached, callback, free_port, get, sign_in,
};

/// Holds the port that a sign-in to a new server begins with. Another test may hold it already; then another server is
/// made.
fn taken() -> (Server, TcpListener, u16) {
    loop {
        let server = Server::honest();
        let call = BridgeCall::parse(&[server.url()], BridgeVersion::NEWEST, &|_| None).unwrap();
        let port = call.base_port(&call.key());
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return (server, listener, port);
        }
    }
}

#[test]
fn if_the_port_is_in_use_both_urls_are_registered() {
    let (server, _held, port) = taken();
    let case = Case::new();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let address = |port: u16| json!(format!("http://{CALLBACK_HOST}:{port}/oauth/callback"));
    let client = cached(&case, "client_info.json").unwrap();
    let uris = client["redirect_uris"].as_array().unwrap();
    assert_eq!((uris.len(), &uris[0]), (2, &address(port)), "{uris:?}");
    assert!((port + 1..port + 8).any(|next| uris[1] == address(next)), "{uris:?}");
}

#[test]
fn a_port_that_browsers_refuse_is_skipped_but_registered_for_the_bridges() {
    let server = Server::honest();
    let case = Case::new();
    let run = sign_in(&case, &[&server.url(), "--port", "6665"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let client = cached(&case, "client_info.json").unwrap();
    let address = |port: u16| json!(format!("http://{CALLBACK_HOST}:{port}/oauth/callback"));
    let uris = client["redirect_uris"].as_array().unwrap();
    assert_eq!((uris.len(), &uris[0]), (2, &address(6665)), "the one that a bridge looks for");
    assert!((6670..6673).any(|port| uris[1] == address(port)), "{uris:?}");
    let run = case.run(&["login", &server.url(), "--port", "6665", "--client-id", "me"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("browsers refuse to open port 6665"), "{}", run.err);
}

#[test]
fn a_preregistered_client_has_one_port_and_the_error_says_how_to_free_it() {
    let (server, _held, port) = taken();
    let case = Case::new();
    let run = case.run(&["login", &server.url(), "--client-id", "me"]);
    assert_eq!(run.code, 1);
    let said = format!("port {port} is in use by another program");
    assert!(
        run.err.contains(&said) && run.err.contains(&format!("lsof -i :{port}")),
        "{}",
        run.err
    );
}

#[test]
fn a_client_metadata_document_has_one_port_too() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => {
            answer.with(&json!({ "client_id_metadata_document_supported": true }))
        }
        _ => answer,
    });
    let document = "https://example.com/client.json";
    let (url, case) = (server.url(), Case::new());
    let port = free_port();
    let args = [&url, "--client-metadata-url", document, "--port", &port];
    let mut login = Login::start(&case, &args);
    let opened = login.url().unwrap();
    assert!(opened.contains("client_id=https%3A%2F%2Fexample.com%2Fclient.json&"), "{opened}");
    login.child().kill().unwrap();
    login.end();
    let port = port_of(&callback(&opened));
    let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let run = case.run(&[&["login"], &args[..]].concat());
    assert_eq!(run.code, 1);
    let said = format!("port {port} is in use by another program");
    assert!(run.err.contains(&said), "{}", run.err);
    assert!(server.asked("/register").is_empty());
}

fn port_of(address: &str) -> u16 {
    address.split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap()
}

#[test]
fn a_pasted_response_needs_no_port() {
    let (server, _held, port) = taken();
    let case = Case::new();
    let uri = format!("http://{CALLBACK_HOST}:{port}/oauth/callback");
    server.book.lock().unwrap().clients.insert("me".into(), json!({ "redirect_uris": [uri] }));
    let args = [&server.url(), "--client-id", "me", "--no-browser"];
    let mut login = Login::start(&case, &args);
    let url = loop {
        let mut text = [0; 2048];
        let err = login.child().stderr.as_mut().unwrap();
        let count = std::io::Read::read(err, &mut text).unwrap();
        let text = String::from_utf8_lossy(&text[..count]).into_owned();
        if let Some(line) = text.lines().find(|line| line.starts_with("  http")) {
            break line.trim().to_owned();
        }
    };
    login.paste(get(&url, None).unwrap().header("Location").unwrap());
    assert_eq!(login.end().code, 0);
    assert!(cached(&case, "tokens.json").is_some());
    assert_eq!(cached(&case, "client_info.json"), None, "as the bridge does");
}

#[test]
fn a_second_login_waits_for_the_running_sign_in_and_opens_no_tab() {
    let (case, server) = (Case::new(), Server::honest());
    let mut first = Login::start(&case, &[&server.url()]);
    let url = first.url().unwrap();
    let second = case.command(&["login", &server.url()]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(600));
    browse(&url).unwrap();
    assert_eq!(first.end().code, 0);
    let run = case.ended(second);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("another bridge is already signing in (port "), "{}", run.err);
    assert!(run.err.contains("signed in, expires in 60 min"), "{}", run.err);
    assert_eq!(server.asked("/token").len(), 1);
}

#[test]
fn an_abandoned_sign_in_is_taken_over() {
    let (case, server) = (Case::new(), Server::honest());
    let mut first = Login::start(&case, &[&server.url()]);
    let address = callback(&first.url().unwrap());
    let mut second = Login::start(&case, &[&server.url()]);
    std::thread::sleep(std::time::Duration::from_millis(600));
    first.child().kill().unwrap();
    first.end();
    let url = second.url().unwrap();
    assert_eq!(callback(&url), address);
    browse(&url).unwrap();
    assert_eq!(second.end().code, 0);
}

/// A bridge that holds the port for this server; it says as often as given that its sign-in is under way, then
/// that the browser has come back.
fn bridge(case: &Case, server: &Server, held: TcpListener, under_way: usize) -> String {
    let mut probe = Login::start(case, &[&server.url()]);
    let key = key_of(&callback(&probe.url().unwrap()));
    probe.child().kill().unwrap();
    probe.end();
    be_a_bridge(held, &key, under_way);
    key
}

fn be_a_bridge(held: TcpListener, key: &str, mut under_way: usize) {
    let id = json!({ "mcpRemote": true, "serverUrlHash": key }).to_string();
    std::thread::spawn(move || {
        for mut stream in held.incoming().flatten() {
            let mut asked = [0; 512];
            let count = std::io::Read::read(&mut stream, &mut asked).unwrap();
            let (status, body) = if asked[..count].starts_with(b"GET /.mcp") {
                ("200 OK", id.as_str())
            } else if under_way == 0 {
                ("200 OK", "done")
            } else {
                under_way -= 1;
                ("202 Accepted", "under way")
            };
            let length = body.len();
            let page = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
            std::io::Write::write_all(&mut stream, page.as_bytes()).ok();
        }
    });
}

#[test]
fn a_login_does_not_wait_for_a_bridge_that_has_finished_its_sign_in() {
    let (server, held, _) = taken();
    let case = Case::new();
    bridge(&case, &server, held, 0);
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!run.err.contains("already signing in"), "{}", run.err);
}

#[test]
fn a_login_does_not_wait_for_a_bridge_of_another_server() {
    let (server, held, _) = taken();
    let case = Case::new();
    be_a_bridge(held, "0123456789abcdef0123456789abcdef", usize::MAX);
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!run.err.contains("already signing in"), "{}", run.err);
    let client = cached(&case, "client_info.json").unwrap();
    assert_eq!(client["redirect_uris"].as_array().unwrap().len(), 2);
}

#[test]
fn a_login_waits_until_a_bridge_whose_browser_has_returned_has_its_tokens() {
    let (server, held, _) = taken();
    let case = Case::new();
    let other = Case::new();
    assert_eq!(sign_in(&other, &[&server.url()]).code, 0);
    let tokens = cached(&other, "tokens.json").unwrap().to_string();
    let key = bridge(&case, &server, held, 2);
    let pages = server.asked("/authorize").len();
    let login = case.command(&["login", &server.url()]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let path = case.path(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json"));
    std::fs::write(path, tokens).unwrap();
    let run = case.ended(login);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("already signing in"), "{}", run.err);
    assert!(!run.err.contains("in your browser\nif"), "{}", run.err);
    assert_eq!(server.asked("/authorize").len(), pages, "no second page");
}

fn key_of(address: &str) -> String {
    let origin = address.strip_suffix("/oauth/callback").unwrap();
    let Answer { body, .. } = get(&format!("{origin}/.mcp-remote/id"), None).unwrap();
    let id: Value = serde_json::from_slice(&body).unwrap();
    id["serverUrlHash"].as_str().unwrap().to_owned()
}
