//! What becomes of a sign-in once it is there: it is shown, refreshed, printed, revoked and migrated.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::oauth::{Server, cached, sign_in};

mod headers;
mod headers_process;
mod issuer;
mod logout;
mod refresh;
mod refresh_endpoint;
mod status;

const DIRECTORY: &str = ".mcp-auth/mcp-remote-v1";

pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A declaration of one server that uses OAuth.
fn declared(server: &Server) -> Case {
    Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ))
}

fn signed_in(server: &Server) -> Case {
    let case = declared(server);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    case
}

/// The path of one of the only server's files.
pub fn path(case: &Case, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(case.path(DIRECTORY)).unwrap().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| path.to_str().unwrap().ends_with(&format!("_{name}"))).unwrap()
}

pub fn change(case: &Case, changes: &Value) {
    let mut tokens = cached(case, "tokens.json").unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            tokens.as_object_mut().unwrap().remove(name);
        } else {
            tokens[name] = value.clone();
        }
    }
    std::fs::write(path(case, "tokens.json"), tokens.to_string()).unwrap();
}

/// Lets the access token in the cache expire.
pub fn expire(case: &Case) {
    change(case, &json!({ "expires_at": now() - 1000 }));
}

fn status(case: &Case) -> Value {
    let run = case.ok(&["status", "--json"]);
    serde_json::from_str::<Value>(&run.out).unwrap()[0].clone()
}

/// What every server gave is in nothing that was said.
fn assert_secret(server: &Server, run: &Run) {
    for secret in &server.book.lock().unwrap().secrets {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{}{}", run.out, run.err);
    }
}
