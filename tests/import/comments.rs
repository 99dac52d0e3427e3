//! The comments in clients' files.

use crate::case::Case;

#[test]
fn the_comments_of_an_entry_are_in_the_declaration_and_secrets_in_them_are_not() {
    let case = Case::in_memory();
    let codex = "# my servers\n\n# Ada's tracker\n[mcp_servers.tracker]\ncommand = \"uvx\" # the beta\n\
                 [mcp_servers.tracker.env]\n# ask Ada for a new one in May\nLEVEL = \"3\"\n\
                 [mcp_servers.docs]\n# old password: correct horse\ncommand = \"docs\"\n";
    case.put(".codex/config.toml", codex);
    let cursor = "{\n  \"mcpServers\": {\n    // Ada's tracker\n    \"tracker\": {\n      \"command\": \"uvx\", /* runs\n       * slowly \u{1b}[31m */\n      \"env\": { \"LEVEL\": \"3\" }\n    }\n  }\n}\n";
    case.put(".cursor/mcp.json", cursor);
    let run = case.ok(&["import", "--secrets", "env"]);
    let head = "# Ada's tracker\n# the beta\n# ask Ada for a new one in May\n# runs\n# slowly ";
    assert!(run.out.contains(head), "{}", run.out);
    assert!(run.out.contains("31m\n[servers.tracker]\n"), "{}", run.out);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains("my servers"), "{}", run.out);
    let said = format!("{}{}", run.out, run.err);
    assert!(!said.contains("horse"), "{said}");
    let words: Vec<&str> = run.err.split_whitespace().collect();
    let note = "a comment of the entry is not imported, because it may contain a secret";
    assert_eq!(words.join(" ").matches(note).count(), 1, "{}", run.err);
    case.ok(&["init", "--import", "--secrets", "env"]);
    case.ok(&["check"]);
}
