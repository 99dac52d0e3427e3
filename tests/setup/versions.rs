//! Clients that have different versions of a server: only a person decides which one all clients get.

use serde_json::json;

use super::{DECLARATION, entry};
use crate::case::Case;
use crate::terminal::Terminal;

fn case() -> Case {
    let bridge = |url: &str, version: &str| {
        let args = ["-y", version, url];
        let entry = json!({ "command": "npx", "args": args });
        json!({ "mcpServers": { "atlassian": entry } }).to_string()
    };
    let case = Case::new();
    case.put(".claude.json", bridge("https://mcp.example.com/mcp", "mcp-remote@0.15.1"));
    case.put(".cursor/mcp.json", bridge("https://mcp.example.com/mcp/", "mcp-remote@0.1.29"));
    case
}

#[test]
fn the_person_chooses_the_version_that_all_clients_get() {
    let case = case();
    let mut person = Terminal::start(&case, &["setup", "--no-probe"]);
    person.expect("found 1 server");
    person.answer("which one should all clients get?", "2");
    let shown = person.answer("which one should all clients get?", "2");
    assert!(shown.contains("1  in claude-code") && shown.contains("2  in cursor"), "{shown}");
    assert!(shown.contains("url = \"https://mcp.example.com/mcp/\""), "{shown}");
    person.answer("write this to", "");
    person.answer("make these changes?", "");
    person.answer("sign in now", "q");
    assert_eq!(person.end().0, 0);
    for file in [".claude.json", ".cursor/mcp.json"] {
        let args = entry(&case, file)["args"].clone();
        assert_eq!(args[2], "https://mcp.example.com/mcp/", "{file}: {args}");
    }
    assert!(!case.read(DECLARATION).contains("to decide"));
}

#[test]
fn without_a_person_both_versions_are_declared_and_no_client_changes() {
    let case = case();
    let before = [".claude.json", ".cursor/mcp.json"].map(|file| case.read(file));
    let run = case.run(&["setup", "--yes", "--no-probe"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(case.read(DECLARATION).contains("to decide"), "{}", run.err);
    assert!(run.err.contains("`mcpgen edit`"), "{}", run.err);
    assert_eq!([".claude.json", ".cursor/mcp.json"].map(|file| case.read(file)), before);
    assert_eq!(case.run(&["setup", "--yes", "--no-probe"]).code, 1);
}
