use serde_json::json;

use super::*;
use crate::document::{DocumentError, splice};

#[test]
fn every_notation_of_a_table_is_read() {
    let text = "a.b.c = 1\n[x]\ny = {z = [1.5, true]}\n[[l]]\nn = 'q'\n[l.s]\nt = 1979-05-27\n";
    let root = parse(text).unwrap();
    let want = json!({"a": {"b": {"c": 1}}, "x": {"y": {"z": [1.5, true]}}, "l": [{"n": "q", "s": {"t": "1979-05-27"}}]});
    assert_eq!(root.to_value(), want);
    let twice = parse("a = 1\na = 2\n");
    assert!(matches!(twice, Err(DocumentError::Duplicate { name, .. }) if name == "a"));
}

#[test]
fn all_parts_of_a_table_are_removed_and_nothing_else() {
    let text =
        "[s.x]\na = 1 # c\n\n[other]\nb = 2\n# theirs\n\n[s.x.env]\nK = \"v\"\n\n[s.y]\nc = 3\n";
    let root = parse(text).unwrap();
    let section = root.item("s").unwrap();
    let cut = splice::apply(text, remove(text, &section.node, Level::Entries, &[0]));
    assert_eq!(cut, "[other]\nb = 2\n# theirs\n\n[s.y]\nc = 3\n");
}

#[test]
fn entries_are_added_after_the_last_key_before_the_next_header() {
    let text = "s.x.a = 1\nmodel = \"m\"\n\n[tui]\nb = 2\n";
    let root = parse(text).unwrap();
    let new = insert(text, &root, &["s".into()], &json!({"y": {"c": 3}}));
    let grown = splice::apply(text, new);
    assert_eq!(grown, "s.x.a = 1\nmodel = \"m\"\n\n[s.y]\nc = 3\n\n[tui]\nb = 2\n");
}
