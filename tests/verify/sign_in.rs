//! `verify` and sign-ins: servers with a URL, and bridges that would open a browser.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{HELLO, TWO, assert_ended, verify};
use crate::case::{CANARY, Case};
use crate::oauth::{Answer, Server};

/// A remote server with two tools. It accepts this token only, if there is one.
fn open(token: Option<&'static str>) -> Server {
    Server::tampered(move |asked, _, honest| {
        let message: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let sent = asked.headers.get("authorization").map(String::as_str);
        if token.is_some_and(|token| sent != Some(&format!("Bearer {token}"))) {
            return honest;
        }
        if message["id"].is_null() {
            let status = if asked.method == "POST" { 202 } else { 405 };
            return Answer::text(status, "text/plain", "");
        }
        let result = match message["method"].as_str() {
            Some("tools/list") => serde_json::from_str(TWO).unwrap(),
            _ => serde_json::from_str::<Value>(HELLO).unwrap()["result"].clone(),
        };
        Answer::json(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
    })
}

/// A machine that finds mcpgen, and a browser that records that it was opened.
fn with_browser(text: &str) -> Case {
    let recorder = "#!/bin/sh\ntouch \"$HOME/opened\"\n";
    let case = Case::new().declare(text).write("bin/xdg-open", recorder);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(case.path("bin/xdg-open"), mode).unwrap();
    let mcpgen = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", case.path("bin").display(), mcpgen.display());
    case.var("PATH", path)
}

const NATIVE: &str = "[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n";

#[test]
fn a_server_that_its_clients_reach_by_url_is_verified_with_its_headers() {
    let server = open(None);
    let text = format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nheaders = {{ X-Team = \"a b\" }}\n",
        server.url()
    );
    let case = with_browser(&text);
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["tools"]), (0, &json!(2)), "{err}");
    assert!(server.asked("/mcp").iter().all(|asked| asked.headers["x-team"] == "a b"));
}

#[test]
fn a_server_is_verified_with_the_shared_sign_in_or_its_token_and_the_table_names_them() {
    let server = open(Some(CANARY));
    let url = server.url();
    let case = with_browser(&format!(
        "clients = [\"cursor\"]\n{NATIVE}[servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n\
         [servers.two]\nurl = \"{url}\"\nauth = {{ token = \"env:CANARY\" }}\n"
    ));
    let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let key = status[0]["key"].as_str().unwrap();
    let tokens = json!({ "access_token": CANARY, "token_type": "Bearer" }).to_string();
    case.put(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json"), tokens);
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, rows.len()), (0, 2), "{err}");
    assert_eq!((&rows[0]["tools"], &rows[0]["key"]), (&json!(2), &json!(key)));
    assert_eq!((&rows[1]["tools"], &rows[1]["references"]), (&json!(2), &json!(["env:CANARY"])));
    let out = case.ok(&["verify"]).out;
    assert!(out.contains(&format!("key {}…", &key[..8])) && out.contains("env:CANARY"), "{out}");
}

#[test]
fn a_server_that_requires_a_sign_in_is_reported_and_no_browser_is_opened() {
    let server = Server::honest();
    let url = server.url();
    // With a sign-in that is missing, nothing is started.
    let declared = format!(
        "clients = [\"cursor\"]\n{NATIVE}[servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n"
    );
    let case = with_browser(&declared);
    let run = case.run(&["verify"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("sign in"), "{}", run.out);
    assert!(run.err.contains("`mcpgen login one`"), "{}", run.err);
    assert!(server.asked("/mcp").is_empty() && !case.exists("opened"));
    // With a sign-in that the server does not accept, the bridge asks nobody.
    let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let stored =
        format!(".mcp-auth/mcp-remote-v1/{}_tokens.json", status[0]["key"].as_str().unwrap());
    case.put(&stored, json!({ "access_token": "old", "token_type": "Bearer" }).to_string());
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("sign-in")), "{err}");
    assert_eq!(rows[0]["key"], status[0]["key"]);
    assert!(!case.exists("opened"), "a browser was opened");
    // So does a bridge for a server of which nobody said that it requires a sign-in.
    let case = with_browser(&format!("clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\n"));
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("sign-in")), "{err}");
    assert!(err.contains("`auth = \"oauth\"`"), "{err}");
    assert!(!case.exists("opened"), "a browser was opened");
}

#[test]
fn another_bridge_that_opens_a_browser_is_ended_before_it_waits() {
    let bridge = "#!/bin/sh\necho $$ >> \"$HOME/pids\"\n\
                  printf '\\nPlease authorize this client by visiting:\\nhttp://x/\\n' >&2\n\
                  xdg-open http://x/; gio open http://x/; $BROWSER http://x/\nsleep 60\n";
    let case = with_browser(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"~/bin/remote\"]\n\
         [servers.one]\nurl = \"https://one.example/mcp\"\nvia = \"bridge\"\n",
    );
    case.put("bin/remote", bridge);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(case.path("bin/remote"), mode).unwrap();
    let begin = Instant::now();
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("sign-in")), "{err}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(!case.exists("opened"), "a browser was opened");
    assert_eq!(assert_ended(&case), 1);
}

#[test]
fn a_sign_in_that_only_the_client_has_is_not_verified_and_is_not_an_error() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"https://one.example/mcp\"\n\
         auth = \"oauth\"\nvia = \"client\"\n",
    );
    let (code, rows, _) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["result"]), (0, &json!("not-verified")));
    assert!(case.ok(&["verify"]).out.contains("not verified"));
}

#[test]
fn an_error_of_the_native_bridge_is_said_once() {
    let server = Server::tampered(|_, _, _| Answer::text(500, "text/plain", "out of cheese"));
    let text =
        format!("clients = [\"cursor\"]\n{NATIVE}[servers.one]\nurl = \"{}\"\n", server.url());
    let case = with_browser(&text);
    let (code, rows, _) = verify(&case, &["--timeout", "20"]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("rejected")), "{}", rows[0]);
    let message = rows[0]["message"].as_str().unwrap();
    let message = message.strip_prefix("the server rejects `initialize`: ").unwrap();
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = flat(&case.run(&["verify", "--timeout", "20"]).err);
    assert_eq!(said.matches(&flat(message)).count(), 1, "{said}");
}
