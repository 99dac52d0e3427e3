//! How often `verify` looks up the secrets of a server. A store may ask a person each time.

use super::{Case, assert_ended, machine, verify};

/// A machine with a server that gets a secret from a store, and a store that counts how often it was asked.
fn with_store(clients: &str, server: &str) -> Case {
    let store = "#!/bin/sh\necho >> \"$HOME/asked\"\necho plain-word-of-a-user\n";
    let case = machine(&[("one", server), ("store", store)]);
    let text = format!(
        "clients = [{clients}]\n[servers.one]\ncommand = \"~/bin/one\"\n\
         secrets = {{ API_WORD = \"command:~/bin/store\" }}\n"
    );
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    case.declare(&text).var("PATH", format!("{}:/usr/bin:/bin", bin.display()))
}

fn asked(case: &Case) -> usize {
    case.read("asked").lines().count()
}

#[test]
fn the_secrets_of_a_server_are_looked_up_once_for_all_its_launches_that_fail() {
    let fails = "#!/bin/sh\necho \"cannot use $API_WORD\" >&2\nexit 1\n";
    let case = with_store("\"claude-code\", \"claude-desktop\"", fails).var("MY_VARIABLE", "here");
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, rows.len()), (1, 2), "{err}");
    assert!(rows.iter().all(|row| row["stderr"] == "cannot use …"), "{rows:?}");
    // Each of the two launches looks up its secret too.
    assert_eq!(asked(&case), 3);
}

#[test]
fn the_secrets_of_a_server_that_writes_nothing_are_not_looked_up() {
    let silent = "#!/bin/sh\necho $$ >> \"$HOME/pids\"\nexec sleep 30\n";
    let case = with_store("\"cursor\"", silent);
    let (code, rows, err) = verify(&case, &["--timeout", "2"]);
    assert_eq!((code, &rows[0]["error"]), (1, &"timeout".into()), "{err}");
    assert_eq!((asked(&case), assert_ended(&case)), (1, 1));
}
