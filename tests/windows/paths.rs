//! Paths as Windows users write them.

use crate::case::Case;

const DECLARED: &str = "clients = [\"claude-code\", \"claude-desktop\", \"vscode\"]\n[servers.one]\ncommand = \"one\"\n";

// What mcpgen prints, with its backslashes.
fn said(case: &Case, args: &[&str]) -> String {
    let output = case.command(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

// The words that contain a backslash.
fn paths(text: &str) -> Vec<&str> {
    text.split([' ', '\n', '`', '"', ',', '(', ')']).filter(|word| word.contains('\\')).collect()
}

#[test]
fn every_path_in_a_message_has_backslashes_only() {
    let case = Case::new().declare(DECLARED).write(".claude.json", "{}\n");
    for args in [
        &["apply", "--dry-run"][..],
        &["plan"],
        &["apply"],
        &["status"],
        &["clients"],
        &["doctor"],
        &["list"],
        &["undo"],
        &["check", "-f", "none/mcp.toml"],
        &["apply", "--project", "none/project"],
    ] {
        let text = said(&case, args);
        for path in paths(&text) {
            assert!(!path.contains('/'), "{args:?}: {path}\n{text}");
            assert!(!path.contains(r"\\"), "{args:?}: {path}\n{text}");
        }
    }
}

#[test]
fn the_files_of_clients_are_shown_below_the_home_directory() {
    let case = Case::new().declare(DECLARED);
    let plan = said(&case, &["plan"]);
    for path in [
        r"~\.claude.json",
        r"~\AppData\Roaming\Claude\claude_desktop_config.json",
        r"~\AppData\Roaming\Code\User\mcp.json",
    ] {
        assert!(plan.contains(path), "{path}\n{plan}");
    }
    let home = case.home().to_str().unwrap().to_owned();
    let broken = Case::new().declare("= 3\n");
    let text = said(&broken, &["check"]);
    assert!(text.contains(r"~\.config\mcpgen\mcp.toml"), "{home}: {text}");
}

#[test]
fn a_path_outside_the_home_directory_starts_with_its_drive() {
    let case = Case::new().declare(DECLARED);
    let text = said(&case, &["check", "-f", r"C:/none/mcp.toml"]);
    assert!(text.contains(r"C:\none\mcp.toml") && !text.contains("C:/"), "{text}");
}
