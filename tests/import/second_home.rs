//! Entries that one client has in two files.

use crate::case::{Case, Run};

/// Imports the entry `a` of Codex: the usual home has `first`, and the second home has `second`.
fn import(first: &str, second: &str) -> Run {
    let homes = "clients = ['codex']\n[homes]\ncodex = ['~/.codex-work']\n\
        [servers.b]\ncommand = 'b'\n";
    let case = Case::new()
        .declare(homes)
        .write(".codex/config.toml", format!("[mcp_servers.a]\n{first}\n"))
        .write(".codex-work/config.toml", format!("[mcp_servers.a]\n{second}\n"));
    let run = case.ok(&["import", "codex"]);
    assert!(run.out.contains("\n[homes]\ncodex = [\"~/.codex-work\"]\n"), "{}", run.out);
    run
}

fn words(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_note_names_the_file_that_has_the_entry() {
    let run = import("command = 'x'", "command = 'y'\nargs = ['~/src']");
    let said = words(&run.err);
    assert!(said.contains("--> ~/.codex-work/config.toml"), "{}", run.err);
    assert!(!said.contains("--> ~/.codex/config.toml"), "{}", run.err);
    // Both files have a note of their own.
    let run = import("command = 'x'\nargs = ['~/src']", "command = 'y'\nargs = ['~/src']");
    for file in ["~/.codex/config.toml", "~/.codex-work/config.toml"] {
        assert!(words(&run.err).contains(&format!("--> {file}")), "{file}\n{}", run.err);
    }
}
