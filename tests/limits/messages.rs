//! An error keeps its help apart from its message.

use crate::repository;

#[test]
fn no_message_of_an_error_ends_with_its_help() {
    let mut joined = vec![];
    for file in repository::files(&["src"], &["rs"]) {
        let code = repository::code(&file);
        let found = messages(&code).filter(|message| message.contains("; "));
        joined.extend(found.map(|message| format!("{file}: {message}")));
    }
    assert!(joined.is_empty(), "{joined:#?}");
}

#[test]
fn messages_are_found_on_one_line_and_on_several() {
    let code = "#[error(\"a; b\")]\nOne,\n#[error(\n    \"c {}; d\", .0\n)]\nTwo,\n#[error(transparent)]\n";
    let found: Vec<_> = messages(code).filter(|message| message.contains("; ")).collect();
    assert_eq!(found.len(), 2, "{found:?}");
}

/// Returns what the `#[error(…)]` attributes of a file have between their parentheses.
fn messages(code: &str) -> impl Iterator<Item = &str> {
    code.split("#[error(").skip(1).filter_map(|rest| Some(rest.split_once(")]")?.0))
}
