//! The secrets in the clients' files: they move to the store that the person chooses, or everything stays as it was.

use serde_json::{Value, json};

use super::DECLARATION;
use crate::case::{CANARY, Case};
use crate::terminal::Terminal;

const FILE: &str = ".local/share/mcpgen/secrets.env";

fn case() -> Case {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    let env = json!({ "API_TOKEN": "@CANARY@", "MODE": "fast" });
    let one = json!({ "command": "sh", "args": ["-c", "true"], "env": env });
    let two = json!({ "command": "true" });
    case.put(".cursor/mcp.json", json!({ "mcpServers": { "one": one, "two": two } }).to_string());
    case
}

#[test]
fn a_secret_moves_to_a_private_file_and_reaches_the_server_from_there() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = case();
    let mut person = Terminal::start(&case, &["setup"]);
    person.expect("1 secret in the clients' files");
    let choices = person.answer("your choice", "1");
    assert!(choices.contains(FILE) && !choices.contains("keyring"), "{choices}");
    person.answer("move 1 secret and write this to", "");
    person.answer("make these changes?", "");
    person.answer("start every server once", "n");
    assert_eq!(person.end().0, 0);
    assert!(!case.read(".cursor/mcp.json").contains(CANARY));
    assert!(!case.read(DECLARATION).contains(CANARY));
    assert_eq!(case.path(FILE).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let out = case.run(&["check", "--secrets"]).out;
    assert!(out.contains("dotenv:"), "{out}");
    let text = case.read(DECLARATION).replace("\"true\"]", "\"test $API_TOKEN = $CANARY\"]");
    case.put(DECLARATION, text);
    case.ok(&["exec", "one"]);
    let before = case.snapshot();
    case.ok(&["import", "--secrets", "file"]);
    assert_eq!(case.snapshot(), before);
}

#[test]
fn if_the_store_fails_the_entries_stay_as_they_were() {
    let case = case();
    let before = case.snapshot();
    let run = case.run(&["setup", "--yes", "--secrets", "keyring"]);
    assert!(run.code == 1 && run.err.contains("no keyring is available"), "{}", run.err);
    assert_eq!(case.snapshot(), before);

    // A variable whose value programs read in different ways is not overwritten.
    case.put(FILE, "API_TOKEN=$HOME\n");
    let before = case.snapshot();
    let run = case.run(&["setup", "--yes"]);
    assert!(run.code == 1 && run.err.contains("already has another value"), "{}", run.err);
    assert_eq!(case.snapshot(), before);
}

#[test]
fn servers_with_a_secret_can_stay_as_they_are() {
    let case = case();
    let mut person = Terminal::start(&case, &["setup"]);
    person.answer("your choice", "n");
    person.answer("write this to", "");
    person.answer("make these changes?", "q");
    assert_eq!(person.end().0, 0);
    let text = case.read(DECLARATION);
    assert!(text.contains("[servers.two]") && !text.contains("[servers.one]"), "{text}");
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    assert_eq!(file["mcpServers"]["one"]["env"]["API_TOKEN"], CANARY);
}

#[test]
fn two_servers_with_a_variable_of_the_same_name_keep_their_own_secrets() {
    let case = Case::new().declare("clients = [\"cursor\"]\n");
    let secret = |n: u8| format!("ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY{n}");
    for n in [1, 2] {
        let (name, value) = (format!("hub-{n}"), format!("GITHUB_TOKEN={}", secret(n)));
        case.ok(&[
            "add",
            &name,
            "-e",
            &value,
            "--secrets",
            "file",
            "--",
            "printenv",
            "GITHUB_TOKEN",
        ]);
    }
    for n in [1, 2] {
        assert_eq!(case.ok(&["exec", &format!("hub-{n}")]).out.trim(), secret(n));
    }
    let file = case.read(FILE);
    assert!(file.contains(&secret(1)) && file.contains(&secret(2)), "no value was overwritten");
}
