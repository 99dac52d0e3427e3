//! What `verify` says if a server does not start or respond.

use serde_json::json;

use super::{assert_ended, machine, verify};
use crate::case::Case;

#[test]
fn if_mcpgen_is_not_on_path_its_directory_is_named() {
    let text =
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\nsecrets = { X = \"env:X\" }\n";
    let case = Case::new().declare(text).var("PATH", "/usr/bin:/bin");
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("not-found")), "{err}");
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let add = format!("add the directory of mcpgen to PATH: {}", bin.display());
    assert!(err.contains("not in any directory of PATH") && err.contains(&add), "{err}");
    assert!(!err.contains("absolute path"), "{err}");
}

#[test]
fn what_to_type_after_a_timeout_keeps_the_clients_and_is_not_the_same_command() {
    let silent = "#!/bin/sh\necho $$ >> \"$HOME/pids\"\nexec sleep 60\n";
    let case = machine(&[("one", silent)]);
    let run = case.run(&["verify", "--client", "cursor", "--timeout", "1"]);
    let again = "`mcpgen verify --timeout 3 --client cursor one`";
    assert!(run.err.contains(again), "{}", run.err);
    assert_ended(&case);
}

#[test]
fn a_working_directory_that_does_not_exist_is_named() {
    let case = Case::new()
        .declare("clients = [\"cline\"]\n[servers.one]\ncommand = \"sh\"\ncwd = \"~/away\"\n");
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["error"]), (1, &json!("no-directory")), "{err}");
    assert!(err.contains("correct `cwd`"), "{err}");
}
