//! Which servers `list` shows: those that the user names.

use serde_json::{Value, json};

use super::{URL, two_clients};
use crate::case::Case;

#[test]
fn servers_are_selected_by_name_or_url_and_an_unknown_one_gets_a_suggestion() {
    let case = two_clients();
    for name in ["Atlassian", URL, "https://mcp.atlassian.com/v1/mcp/"] {
        assert!(case.ok(&["list", name]).out.contains("Claude Code"), "{name}");
    }
    let slash = format!(r#"{{ "mcpServers": {{ "a": {{ "url": "{URL}/" }} }} }}"#);
    let case_with_slash = Case::new().write(".cursor/mcp.json", slash);
    for name in [URL.to_owned(), format!("{URL}/")] {
        assert!(case_with_slash.ok(&["list", &name]).out.contains("Cursor"), "{name}");
    }
    let run = case.run(&["list", "Atlasian"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("`Atlassian`"), "{}", run.err);
}

#[test]
fn a_url_with_a_query_selects_its_server_and_no_other() {
    let entry = |account: &str| json!({ "url": format!("{URL}?account={account}") });
    let entries = json!({ "mcpServers": { "one": entry("1"), "two": entry("2") } });
    let case = Case::new().write(".cursor/mcp.json", entries.to_string());
    let names = |url: &str| -> Vec<String> {
        let rows: Vec<Value> =
            serde_json::from_str(&case.ok(&["list", "--json", url]).out).unwrap();
        rows.iter().map(|row| row["server"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&format!("{URL}?account=1")), ["one"]);
    assert_eq!(names(&format!("{URL}/?account=2")), ["two"]);
    // The URL as `list` shows it.
    assert_eq!(names(&format!("{URL}?…")), ["one", "two"]);
    assert_eq!(case.run(&["list", &format!("{URL}?account=3")]).code, 2);
}

#[test]
fn an_unknown_server_does_not_hide_that_the_declaration_or_a_file_has_errors() {
    let case = two_clients().declare("clients = 1\n").write(".gemini/settings.json", "{ \"a\":");
    let run = case.run(&["list", "spam"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    for words in ["has errors", "cannot read the servers of Gemini CLI", "`spam`"] {
        assert!(run.err.contains(words), "{}", run.err);
    }
}

#[test]
fn a_disabled_server_is_called_disabled() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n\
         [servers.off]\nurl = \"https://a.example/mcp\"\nauth = \"oauth\"\nenabled = false\n",
    );
    for command in ["list", "verify", "login"] {
        let run = case.run(&[command, "off"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{command}");
        assert!(run.err.contains("server `off` is disabled"), "{command}: {}", run.err);
        assert!(run.err.contains("`enabled = true`"), "{command}: {}", run.err);
    }
}
