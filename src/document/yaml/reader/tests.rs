use serde_json::json;

use super::*;

#[test]
fn values_and_their_positions_are_found() {
    let text =
        "a: \"q\" # c\nb: [1, 'x''y', ]\nc:\n  - d: |\n      t\n    e: ~\n  - {f: yes}\ng:\né: ü\n";
    let root = parse(text).unwrap().unwrap();
    assert_eq!(
        root.to_value(),
        json!({"a": "q", "b": [1, "x'y"], "c": [{"d": "t\n", "e": null}, {"f": "yes"}], "g": null, "é": "ü"})
    );
    assert_eq!(&text[root.item("a").unwrap().node.span.clone()], "\"q\"");
    assert_eq!(&text[root.item("b").unwrap().node.span.clone()], "[1, 'x''y', ]");
    assert_eq!(&text[root.item("é").unwrap().node.span.clone()], "ü");
    let root = parse("a: |\n  b\n  ").unwrap().unwrap();
    assert_eq!(root.to_value(), json!({"a": "b\n"}), "spaces at the end of the file");
    let text = "{a: b\u{a0} , c: \u{a0} }";
    let root = parse(text).unwrap().unwrap();
    assert_eq!(&text[root.item("a").unwrap().node.span.clone()], "b\u{a0}", "a no-break space");
    assert_eq!(&text[root.item("c").unwrap().node.span.clone()], "\u{a0}");
}

#[test]
fn a_missing_value_is_after_the_colon_and_in_brackets_before_the_comma() {
    for (text, want) in
        [("e:  # c\n", 2), ("{e}", 2), ("{e: }", 4), ("{e: , a: 1}", 4), ("{e :\n # c\n}", 10)]
    {
        let root = parse(text).unwrap().unwrap();
        assert_eq!(root.item("e").unwrap().node.span, want..want, "{text}");
    }
}

#[test]
fn a_collection_starts_after_its_anchor_and_tag() {
    for (text, want) in [
        ("e: &x {}\n", "{}"),
        ("e: !!map &x # c\n  {a: 1}\n", "{a: 1}"),
        ("e: &x [1] # c\n", "[1]"),
        ("x-y: 1\ne: &l\n  - a\n", "- a"),
        ("e: &x\n  a: 1\n", "a: 1"),
    ] {
        let root = parse(text).unwrap().unwrap();
        assert_eq!(&text[root.item("e").unwrap().node.span.clone()], want);
    }
    let doubled: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    assert!(matches!(parse(&format!("a0: &a0 x\n{doubled}")), Err(DocumentError::Syntax { .. })));
}

#[test]
fn aliases_are_resolved_and_syntax_errors_are_rejected() {
    let root = parse("a: &x {b: 1}\nc: *x\n").unwrap().unwrap();
    assert_eq!(root.to_value(), json!({"a": {"b": 1}, "c": {"b": 1}}));
    assert!(parse("# only a comment\n").unwrap().is_none());
    for text in ["a: b: c\n", "a: [1\n", "a: @x\n", "a: \"x\n", "a: 1\n---\nb: 2\n", "a: *none\n"] {
        assert!(matches!(parse(text), Err(DocumentError::Syntax { .. })), "{text}");
    }
}
