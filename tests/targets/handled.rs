//! Files whose other content is kept.

use mcpgen::testing::client::FieldSpellings;
use mcpgen::testing::document::Format;
use mcpgen::testing::entry::{self, EntryLaunch};
use serde_json::{Value, json};

use super::{JSON, Kind, TOML, TOML_LIST, YAML, YAML_LIST};
use crate::case::Case;

/// Takes comments and trailing commas out of JSON.
fn strict(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' => {
                let mut escaped = false;
                let close = rest[1..].find(|c| {
                    let close = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    close
                });
                close.unwrap() + 2
            }
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").unwrap() + 2,
            c => c.len_utf8(),
        };
        if c != '/' {
            if matches!(c, ']' | '}') && out.trim_end().ends_with(',') {
                out.truncate(out.trim_end().len() - 1);
            }
            out += &rest[..end];
        }
        rest = &rest[end..];
    }
    out
}

/// Reads a file with a parser that mcpgen does not edit with.
pub fn value(format: Format, text: &str) -> Value {
    let text = text.trim_start_matches('\u{feff}');
    match format {
        Format::Jsonc => match strict(text).trim() {
            "" => Value::Null,
            strict => serde_json::from_str(strict).unwrap_or_else(|e| panic!("{e}: {strict}")),
        },
        Format::Toml => {
            let (root, errors) = mcpgen::testing::fields::parse_toml(text);
            assert_eq!(errors, []);
            root.to_value()
        }
        Format::Yaml => {
            let found: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).unwrap();
            serde_json::to_value(found).unwrap()
        }
    }
}

/// Takes our entry out of a file's value, and a section that holds nothing.
fn take(kind: Kind, root: &mut Value) -> Option<Value> {
    let map = root.as_object_mut()?;
    let taken = match map.get_mut(kind.section)? {
        Value::Object(entries) => entries.remove("one"),
        Value::Array(list) => {
            let at = list.iter().position(|entry| entry["name"] == "one");
            at.map(|at| list.remove(at))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    let empty = [json!({}), json!([]), json!(null)].contains(&map[kind.section]);
    if empty {
        map.remove(kind.section);
    }
    taken
}

fn rest(kind: Kind, text: &str) -> Value {
    let mut root = value(kind.format, text);
    take(kind, &mut root);
    if root.is_null() { json!({}) } else { root }
}

/// Whether all bytes of one string are in another one, in their order.
fn is_kept(old: &str, new: &str) -> bool {
    let mut new = new.bytes();
    old.bytes().all(|byte| new.any(|other| other == byte))
}

/// Fails unless our entry is put into a file, with everything else kept, and removed again.
fn handled(kind: Kind, text: &str) {
    let case = kind.declare(Case::new().write(kind.path, text));
    let text = case.read(kind.path);
    case.ok(&["apply"]);
    let new = case.read(kind.path);
    let mut root = value(kind.format, &new);
    let entry = take(kind, &mut root).unwrap_or_else(|| panic!("no entry in {new}"));
    let launch = entry::read_entry(&entry, FieldSpellings::common());
    let Some(EntryLaunch::Command(command)) = launch else { panic!("{entry}") };
    assert_eq!((command.program.as_str(), command.args), ("npx", vec!["-y".into(), "x".into()]));
    assert_eq!(command.env, [("A".to_owned(), "b".to_owned())].into(), "{new}");
    assert_eq!(rest(kind, &text), root, "what is not ours has other values in\n{new}");
    let blank = match kind.format {
        Format::Yaml => [" {}", " []", " ~", " null"]
            .iter()
            .fold(text.clone(), |text, nothing| text.replace(nothing, "")),
        Format::Jsonc | Format::Toml => text.replace("null", ""),
    };
    assert!(is_kept(&blank, &new), "of\n{text}\nsomething is gone or moved in\n{new}");
    let again = case.ok(&["apply"]);
    assert_eq!((again.err.as_str(), case.read(kind.path)), ("", new.clone()), "twice is once");
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(kind.path), text, "through\n{new}");
}

#[test]
fn nearly_empty_files_are_filled_and_restored() {
    for kind in [JSON, TOML, YAML, TOML_LIST, YAML_LIST] {
        handled(kind, "");
        handled(kind, "\n");
        handled(kind, " \n\n");
        handled(kind, "\r\n");
        handled(kind, "\u{feff}");
        handled(kind, "\u{feff}\r\n  ");
    }
    for text in [
        "// only this\n",
        "// only this ",
        "/* only\n this */",
        "{}",
        "{ }\n",
        "{\n\n}",
        "{\r\n}\r\n",
        "{ // c\n}\n",
        "{\"a\": 1}",
        "{ \"a\": 1, }",
    ] {
        handled(JSON, text);
    }
    for text in [
        "# only this\n",
        "# only this",
        "# only this ",
        "# c\n\n",
        "# c\n  ",
        "\u{feff}# c\r\n",
        "# c: # d\n",
    ] {
        for kind in [TOML, YAML, TOML_LIST, YAML_LIST] {
            handled(kind, text);
        }
    }
    for text in ["---\n", "--- # c\n", "%YAML 1.2\n---\n", "{}\n"] {
        handled(YAML, text);
    }
}

#[test]
fn json_keeps_its_comments_commas_tabs_line_breaks_and_duplicates_elsewhere() {
    for text in [
        "{\n\t\"a\": 1, // c\n\t\"mcpServers\": {\n\t\t\"x\": {\"command\": \"y\"}, // d\n\t\t/* e */\n\t},\n}\n",
        "{\r\n  \"a\": [1,\r\n  2],\r\n  \"mcpServers\": {\r\n    \"x\": {}\r\n  }\r\n}\r\n",
        "\u{feff}{\n  \"mcpServers\": {}\n}",
        "{\"mcpServers\":{\"x\":{\"command\":\"y\"}},\"b\":[1,2]}",
        "{\n  \"mcpServers\": { } // nothing yet\n}\n",
        "{\n  \"mcpServers\": null\n}\n",
        "{\"mcpServers\": /* a */ null /* b */}",
        "{\n  \"mcpServers\": {\n    // nothing yet\n  }\n}\n",
        "{\n  \"mcp\\u0053ervers\": {\"two\": {}}\n}\n",
        "{\n  \"a\": 1, \"a\": 2, \"b\": {\"c\": 1, \"c\": 2},\n  \"mcpServers\": {}\n}\n",
        "{\n  \"__proto__\": {\"x\": 1},\n  \"mcpServers\": {\"__proto__\": {\"command\": \"x\"}, \"constructor\": {}}\n}\n",
        "{\n  \"a\": 1e99, \"b\": 12345678901234567890123, \"c\": -0.0, \"d\": \"@CANARY@\"\n}\n",
        "{\n  \"a\": \"\\/\\u00e9\\ud83d\\ude00\u{2028}\u{85}\", \"ü\": \"日本語\"\n}\n",
        "{\n  \"a\": \"// no comment\", \"b\": \"/* nor this */ }\"\n}\n",
        "{\n  \"mcpServers\": {\n    \"x\": \"not a map\", \"y\": null, \"z\": [1]\n  }\n}\n",
    ] {
        handled(JSON, text);
    }
}

#[test]
fn an_entry_follows_the_last_ones_comment_with_the_files_indent_and_line_breaks() {
    let text = "\u{feff}{\r\n\t// mine\r\n\t\"mcpServers\": {\r\n\t\t\"x\": {}, /* theirs */\r\n\t},\r\n}\r\n";
    let case = JSON.declare(Case::new().write(JSON.path, text));
    case.ok(&["apply"]);
    let added = "\r\n\t\t\"one\": {\r\n\t\t\t\"command\": \"npx\",\r\n\t\t\t\"args\": [\"-y\", \"x\"],\r\n\t\t\t\"env\": {\r\n\t\t\t\t\"A\": \"b\"\r\n\t\t\t}\r\n\t\t},";
    let want = text.replace("/* theirs */", &format!("/* theirs */{added}"));
    assert_eq!(case.read(JSON.path), want);
}

#[test]
fn toml_keeps_every_spelling_of_its_section() {
    for text in [
        "mcp_servers.x.command = \"y\" # c\n",
        "\"mcp_servers\".'x'.command = \"y\"\nmodel = 1\n\n[other]\nb = 2\n",
        "mcp_servers = { x = { command = \"y\" } } # c\n",
        "mcp_servers = {}\n",
        "mcp_servers.x = { command = \"y\" }\n[other]\n",
        "[mcp_servers]\n# nothing yet\n",
        "[mcp_servers]\nx.command = \"y\"\n[other]\nb = 1\n[mcp_servers.z]\ncommand = \"q\"\n",
        "[mcp_servers.x]\ncommand = \"y\" # c\n\n# theirs\n[other]\na = 1\n\n[mcp_servers.x.env]\nA = \"1\"\n",
        "\u{feff}a = 1\r\n\r\n[mcp_servers.x]\r\ncommand = 'y'\r\n",
        "\ta = 1\n\t[mcp_servers.x]\n\t\tcommand = \"y\"\n",
        "a = \"\"\"\n[mcp_servers.one]\ncommand = 'z'\n\"\"\"\n",
        "[[a]]\nb = 1\n[a.mcp_servers]\nx = 1\n",
        "a = 1979-05-27T07:32:00Z\nb = +1_000\nc = 0xff\n[mcp_servers.\"__proto__\"]\ncommand = \"x\"\n",
        "[mcp_servers]\nx = 3\n",
    ] {
        handled(TOML, text);
    }
    for text in [
        "mcp_servers = []\n",
        "mcp_servers = [{ name = \"a\", command = [\"b\"] }, 3]\n",
        "[[mcp_servers]]\nname = \"a\"\n\n[mcp_servers.env]\nA = \"b\"\n\n[other]\nx = 1\n",
        "[[mcp_servers]]\nname = 3\n[[mcp_servers]]\ncommand = \"no name\"\n",
    ] {
        handled(TOML_LIST, text);
    }
}

#[test]
fn yaml_keeps_its_anchors_aliases_tags_merge_keys_and_comments() {
    for text in [
        "base: &x {cmd: b}\nextensions:\n  a: *x\n  b: {<<: *x, args: []}\nlast: *x\n",
        "base: &x\n  a: {cmd: b}\nextensions:\n  <<: *x\n",
        "extensions: &x\n  a: {cmd: b}\nb: 1\n",
        "extensions: !!map\n  a: !!map {cmd: !!str 5}\n",
        "extensions: !!map {a: {cmd: b}} # c\n",
        "extensions: &x {}\n",
        "extensions: {} # nothing yet\nb: 1\n",
        "extensions: # nothing yet\nb: 1\n",
        "extensions:\n  # nothing yet\nb: 1\n",
        "extensions: ~\n",
        "extensions: null # c\n",
        "'extensions': {a: {cmd: b},}\n",
        "extensions: {\n  a: {cmd: b}\n}\n",
        "{a: 1, extensions: {}}\n",
        "{\"a\": 1, \"extensions\": {\"x\": {\"cmd\": \"y\"}}}\n",
        "---\n# c\na: 1\nextensions:\n    deep:\n        cmd: x # c\n\n\n# end\n...\n",
        "%YAML 1.2\n---\na: |\n  extensions:\n    one: x\nb: >-\n  folded\n\n\nextensions:\n  x:\n    cmd: y\n",
        "a: 1\r\nextensions:\r\n  x:\r\n    cmd: y\r\n",
        "\u{feff}a: 1\nextensions:\n  x: {cmd: y}\n",
        "a: \"\u{2028}\u{85}\\e[2J\"\n? extensions\n: x: {cmd: y}\n",
        "1: 2\nextensions: {1: {cmd: x}}\n",
        "!!map\na: '@CANARY@'\n",
    ] {
        handled(YAML, text);
    }
    for text in [
        "name: x\nmcpServers: [] # none\nz: 1\n",
        "mcpServers: # none\n",
        "mcpServers:\n-\n  name: a\n-\n  # c\n  name: b\nname: q\n",
        "x-y: 1\nmcpServers: &l\n  - name: a\n",
        "mcpServers: [{name: a}, b, 3]\n",
        "mcpServers:\n- &a\n  name: a\n- name: [b]\n",
    ] {
        handled(YAML_LIST, text);
    }
}

/// As [`handled`], for what the other parsers do not read.
pub(super) fn kept(kind: Kind, text: &str) {
    let case = kind.declare(Case::new().write(kind.path, text));
    case.ok(&["apply"]);
    let new = case.read(kind.path);
    assert!(is_kept(text, &new) && new.contains("npx"), "{new}");
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(kind.path), text);
}

#[test]
fn duplicate_keys_outside_of_the_section_are_kept() {
    kept(YAML, "a: 1\na: 2\nb: {c: 1, c: 2}\nextensions:\n  x: {cmd: y}\n");
    kept(JSON, "{\n  \"a\": 1,\n  \"a\": 2,\n  \"b\": {\"c\": 1, \"c\": 1e999}\n}\n");
}

#[test]
fn an_unpaired_surrogate_in_json_is_kept() {
    kept(
        JSON,
        "{\n  \"history\": [\"cut \\ud83d\", \"\\udc00\\ud800\", \"\\\\ud800\"],\n  \"\\uD800\": 1\n}\n",
    );
    kept(JSON, "{\n  \"mcpServers\": {\n    \"x\": {\"command\": \"\\ud83d\"}\n  } // c\n}\n");
}
