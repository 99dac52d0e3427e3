//! Putting entries into any file and taking them out again, in any order: every byte comes back.

use std::collections::BTreeSet;

use mcpgen::testing::document::edit::Edit;
use mcpgen::testing::document::{CreatedParts, Document, Entry, Format, Section};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::config;

/// A client's file before mcpgen has touched it.
#[derive(Debug, Clone)]
struct File {
    format: Format,
    section: Section,
    text: String,
}

fn section(path: &[&str], list_key: Option<&str>) -> Section {
    let path = path.iter().map(|key| (*key).to_owned()).collect();
    Section { paths: vec![path], list_key: list_key.map(str::to_owned) }
}

fn one_of(list: &[&'static str]) -> impl Strategy<Value = &'static str> + use<> {
    prop::sample::select(list.to_vec())
}

/// Joins up to three of some parts.
fn some_of(list: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    prop::collection::vec(one_of(list), 0..4).prop_map(|parts| parts.concat())
}

/// Applies what all formats have in common: the line break, the final newline and the byte order mark.
fn file((format, section, text): (Format, Section, String), [crlf, cut, bom]: [bool; 3]) -> File {
    let text = if cut { text.strip_suffix('\n').unwrap_or(&text) } else { &text };
    let text = if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
    File { format, section, text: if bom { format!("\u{feff}{text}") } else { text } }
}

fn any_file() -> impl Strategy<Value = File> {
    let text = prop_oneof![json_text(), toml_text(), yaml_text()];
    (text, any::<[bool; 3]>()).prop_map(|(text, flags)| file(text, flags))
}

/// JSON: nothing but space and comments, or an object in any layout, with or without the section.
fn json_text() -> impl Strategy<Value = (Format, Section, String)> {
    let space = ["\n", " ", "\t", " \n", "// c\n", "// c \n", "/* c */", "/* c\n */\n", "// {\n"];
    let entries = [
        "null",
        "{}",
        "{ }",
        "{\n  }",
        "{ // c\n  }",
        "{ /* c */ }",
        "{\"x\": {\"a\": 1}}",
        "{\n    \"x\": {}\n  }",
        "{\n    \"x\": {}, // c\n    // d \n  }",
        "{\"x\":{},}",
        "{ \"x\": {}, \"y\": { } }",
    ];
    let members = ["", "\"a\": 1", "\"a\": [1,\n  2]", "\"a\": 1, \"b\": {\"c\": []}"];
    let gaps = ["", " ", "\n", "\n  ", "\n\n\t", " // c\n  ", " /* c */ "];
    let parts = (one_of(&entries), one_of(&members), one_of(&gaps), one_of(&gaps));
    let shape = (0..8_usize, any::<[bool; 3]>());
    (some_of(&space), parts, shape, some_of(&space)).prop_map(
        |(head, (entries, members, open, close), (shape, [first, trailing, nested]), tail)| {
            let own = match (shape, nested) {
                (0 | 1, _) => String::new(),
                (2, true) => "\"m\": {}".into(),
                (3, true) => "\"m\": {\n    \"x\": 1\n  }".into(),
                (4, true) => "\"m\": null".into(),
                (_, true) => format!("\"m\": {{\"s\": {entries}}}"),
                (_, false) => format!("\"s\": {entries}"),
            };
            let mut members: Vec<&str> = vec![members, &own];
            members.retain(|member| !member.is_empty());
            if first {
                members.reverse();
            }
            let comma = if trailing && !members.is_empty() { "," } else { "" };
            let root = format!("{{{open}{}{comma}{close}}}", members.join(&format!(",{open}")));
            let root = if shape == 0 { "" } else { &root };
            let path: &[&str] = if nested { &["m", "s"] } else { &["s"] };
            (Format::Jsonc, section(path, None), format!("{head}{root}{tail}"))
        },
    )
}

/// TOML: lines of keys, the section in any spelling, tables, with space and comments between.
fn toml_text() -> impl Strategy<Value = (Format, Section, String)> {
    let space = ["\n", " \n", "\t\n", "# c\n", "# c \n", "  # c\n"];
    let keys = ["", "", "a = 1\n", "a = 1 # c \n", "a = [\n 1,\n]\n", "a.b = '''\n'''\n"];
    let maps = [
        "",
        "",
        "s = {}\n",
        "s = { }\n",
        "s = {} # c\n",
        "s = { x = { a = 1 } }\n",
        "s.x.a = 1\n",
        "s.x.a = 1 # c \n",
        "[s]\n",
        "[s] # c\n",
        "[s]\n# c\n",
        "[s.x]\na = 1\n",
        "[s.x]\n\n[s.x.env]\nA = 'b' # c\n",
        "[s]\nx.a = 1\n[other.t]\n[s.y]\n",
    ];
    let lists = [
        "",
        "",
        "s = []\n",
        "s = [ ] # c\n",
        "s = [{ name = 'x' }]\n",
        "s = [\n  { name = 'x' },\n]\n",
        "[[s]]\nname = 'x'\n",
        "[[s]]\nname = 'x' # c \n[s.env]\nA = 'b'\n",
    ];
    let tables =
        ["", "", "[t]\n", "[t] # c\nb = 1\n", "[[t]]\n[[t]]\nb = 1 # c\n", "  [t.u]\n  c = 1\n"];
    let own = prop_oneof![
        one_of(&maps).prop_map(|own| (own, None)),
        one_of(&lists).prop_map(|own| (own, Some("name"))),
    ];
    let spaces = [some_of(&space), some_of(&space), some_of(&space), some_of(&space)];
    (spaces, one_of(&keys), own, one_of(&tables), prop::bool::ANY).prop_map(
        |([a, b, c, d], keys, (own, list_key), tables, last)| {
            // A key cannot follow a header.
            let swapped = last && own.starts_with('[');
            let (one, two) = if swapped { (tables, own) } else { (own, tables) };
            let text = format!("{a}{keys}{b}{one}{c}{two}{d}");
            (Format::Toml, section(&["s"], list_key), text)
        },
    )
}

/// YAML: lines of keys, the section in any spelling, with space and comments between.
fn yaml_text() -> impl Strategy<Value = (Format, Section, String)> {
    let space = ["\n", " \n", "# c\n", "# c \n", "# c: # d\n", "  # c\n"];
    let heads = ["", "", "", "---\n", "--- # c\n", "%YAML 1.2\n---\n"];
    let keys =
        ["", "", "a: 1\n", "a: 1 # c \n", "a: |\n  t\n", "a:\n- b # c\n", "a: {b: [c, d]}\n"];
    let maps = [
        "",
        "",
        "s:\n",
        "s: # c\n",
        "s: {}\n",
        "s: { } # c\n",
        "s: ~\n",
        "s: null # c \n",
        "s: {x: {a: 1}}\n",
        "s: {\n  x: {a: 1}\n}\n",
        "s:\n  x:\n    a: 1\n",
        "s: # c\n    x:\n        a: 1 # d\n",
        "s:\n  # c\n  x: {}\n",
        "s: &b\n  x:\n    a: 1\n",
    ];
    let lists = [
        "",
        "",
        "s:\n",
        "s: []\n",
        "s: [ ] # c\n",
        "s: [{name: x}]\n",
        "s:\n- name: x\n",
        "s:\n  - name: x # c\n    a: 1\n",
        "s:\n-\n  name: x\n",
    ];
    let own = prop_oneof![
        one_of(&maps).prop_map(|own| (own, None)),
        one_of(&lists).prop_map(|own| (own, Some("name"))),
    ];
    let spaces = [some_of(&space), some_of(&space), some_of(&space), some_of(&space)];
    (spaces, one_of(&heads), one_of(&keys), own, prop::bool::ANY).prop_map(
        |([a, b, c, d], head, keys, (own, list_key), last)| {
            let (one, two) = if last { (keys, own) } else { (own, keys) };
            let b = if head.is_empty() { a.clone() + &b } else { b };
            let text = format!("{head}{b}{one}{c}{two}{d}");
            (Format::Yaml, section(&["s"], list_key), text)
        },
    )
}

fn entry(name: &str) -> Entry {
    let value = json!({"name": name, "command": "npx", "args": ["-y", "x"], "env": {"A": "b c"}});
    value.as_object().cloned().expect("an object")
}

/// Makes our entries of a file exactly `wanted`, as an apply does.
fn apply(
    file: &File,
    bytes: Vec<u8>,
    ours: &BTreeSet<String>,
    wanted: &BTreeSet<String>,
    made: Option<&CreatedParts>,
) -> (Vec<u8>, Option<CreatedParts>) {
    let document = Document::new(file.format, bytes).unwrap();
    let put = |name: &String| Edit::Put { name: name.clone(), entry: entry(name).into() };
    let remove = |name: &String| Edit::Remove { name: name.clone() };
    let mut edits: Vec<Edit> = wanted.difference(ours).map(put).collect();
    edits.extend(ours.difference(wanted).map(remove));
    document
        .edit(&file.section, &edits, made)
        .unwrap_or_else(|fault| panic!("{fault}: {edits:?} in {:?}", document))
}

fn round_trip(file: &File, steps: &[BTreeSet<String>]) {
    let before = file.text.clone().into_bytes();
    let document = Document::new(file.format, before.clone()).unwrap();
    let theirs = document.entries(&file.section).unwrap_or_else(|f| panic!("{f}: {:?}", file.text));
    let none = BTreeSet::new();
    let (mut bytes, mut ours, mut made) = (before, &none, None);
    let mut through = vec![];
    for wanted in steps.iter().chain([&none]) {
        (bytes, made) = apply(file, bytes, ours, wanted, made.as_ref());
        let text = String::from_utf8(bytes.clone()).unwrap();
        let found =
            Document::new(file.format, bytes.clone()).unwrap().entries(&file.section).unwrap();
        assert_eq!(found.len(), theirs.len() + wanted.len(), "{text:?}");
        for name in wanted {
            assert_eq!(found[name], Value::Object(entry(name)), "{text:?}");
        }
        through.push(text);
        ours = wanted;
        // The ledger forgets a file without entries.
        made = made.filter(|_| !wanted.is_empty());
    }
    assert_eq!(String::from_utf8(bytes).unwrap(), file.text, "through {through:#?}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn entries_added_and_removed_in_any_order_leave_the_same_bytes(
        file in any_file(),
        steps in prop::collection::vec(prop::collection::btree_set("[a-d]Q", 0..3), 1..4),
    ) {
        round_trip(&file, &steps);
    }
}
