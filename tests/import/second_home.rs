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
fn other_settings_of_the_same_server_in_a_second_home_are_reported() {
    let run = import("command = 'x'", "command = 'x'");
    assert!(!run.err.contains("warning"), "{}", run.err);
    for second in ["tool_timeout_sec = 77", "startup_timeout_sec = 77", "enabled_tools = ['one']"] {
        let run = import("command = 'x'", &format!("command = 'x'\n{second}"));
        assert_eq!(run.out.matches("[servers.a]").count(), 1, "{}", run.out);
        let said = words(&run.err);
        assert!(said.contains("--> ~/.codex-work/config.toml"), "{second}\n{}", run.err);
        let why = "the same entry in `~/.codex/config.toml` has other settings";
        assert!(said.contains(why), "{second}\n{}", run.err);
        assert!(said.contains("write the same settings in both files"), "{}", run.err);
    }
}

#[test]
fn an_entry_that_is_disabled_in_one_home_is_not_disabled_in_the_other() {
    let (on, off) = ("command = 'x'", "command = 'x'\nenabled = false");
    for (first, second, file) in
        [(on, off, "~/.codex-work/config.toml"), (off, on, "~/.codex/config.toml")]
    {
        let run = import(first, second);
        assert!(!run.out.contains("enabled = false"), "{}", run.out);
        let said = words(&run.err);
        assert!(said.contains(&format!("--> {file}")), "{}", run.err);
        assert!(said.contains("the entry is disabled in this file"), "{}", run.err);
    }
    assert!(import(off, off).out.contains("enabled = false"));
}

#[test]
fn two_versions_of_one_client_are_named_by_their_files() {
    let run = import("command = 'x'", "command = 'y'");
    for line in [
        "# in codex (~/.codex/config.toml):\n[servers.a]\ncommand = \"x\"\n",
        "# in codex (~/.codex-work/config.toml):\n[servers.a]\ncommand = \"y\"\n",
        "# to decide: the files of one client differ.",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
    assert!(!run.out.contains("its own `clients`"), "{}", run.out);
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
