//! Which servers `list` shows: those that the user names.

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
