//! Clients' files that are broken, odd or not files at all: refused by name, with not one byte changed
//! anywhere, or handled, with every byte kept that is not ours.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::PathBuf;

use mcpgen::client::FieldSpellings;
use mcpgen::document::Format;
use mcpgen::entry::{self, EntryLaunch};
use serde_json::{Value, json};

use crate::case::{Case, mkfifo};

/// One client of each format, and of each kind of section.
#[derive(Clone, Copy)]
struct Kind {
    client: &'static str,
    path: &'static str,
    format: Format,
    section: &'static str,
}

const JSON: Kind = Kind {
    client: "cursor",
    path: ".cursor/mcp.json",
    format: Format::Jsonc,
    section: "mcpServers",
};
const TOML: Kind = Kind {
    client: "codex",
    path: ".codex/config.toml",
    format: Format::Toml,
    section: "mcp_servers",
};
const YAML: Kind = Kind {
    client: "goose",
    path: ".config/goose/config.yaml",
    format: Format::Yaml,
    section: "extensions",
};
const TOML_LIST: Kind = Kind {
    client: "mistral-vibe",
    path: ".vibe/config.toml",
    format: Format::Toml,
    section: "mcp_servers",
};
const YAML_LIST: Kind = Kind {
    client: "continue",
    path: ".continue/mcpServers/mcpgen.yaml",
    format: Format::Yaml,
    section: "mcpServers",
};

/// The targets that are fine: one that comes before all others, one that comes after them.
const FINE: [&str; 2] = [".config/amp/settings.json", ".config/zed/settings.json"];

impl Kind {
    fn declare(self, case: Case) -> Case {
        let clients = format!("clients = [\"amp\", \"{}\", \"zed\"]\n", self.client);
        let server =
            "[servers.one]\ncommand = \"npx\"\nargs = [\"-y\", \"x\"]\nenv = { A = \"b\" }\n";
        let fine = "{\n  \"theirs\": 1 // @CANARY@\n}\n";
        case.declare(&(clients + server)).write(FINE[0], fine).write(FINE[1], fine)
    }
}

/// Returns everything below the home folder but the state folder: kind, mode, and bytes or link.
fn tree(case: &Case) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![case.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let what = if meta.is_dir() {
                folders.push(path.clone());
                String::new()
            } else if meta.is_symlink() {
                format!("{:?}", std::fs::read_link(&path).unwrap())
            } else if meta.is_file() {
                format!("{:?}", std::fs::read(&path).unwrap())
            } else {
                "neither".into()
            };
            found.insert(path, format!("{:o} {what}", meta.mode()));
        }
    }
    found.retain(|path, _| !path.starts_with(case.path(".local")));
    found
}

/// Fails unless a target is refused in these words, and nothing else happens to it or to the others.
fn refused(kind: Kind, case: Case, says: &[&str]) {
    let case = kind.declare(case);
    let before = tree(&case);
    let commands: [&[&str]; 5] = [
        &["plan"],
        &["plan", "--diff", "--exit-code"],
        &["apply"],
        &["apply", "--adopt-all"],
        &["apply", "--dry-run"],
    ];
    for command in commands {
        let run = case.run(command);
        assert_eq!(run.code, 1, "{command:?} {says:?}:\n{}{}", run.out, run.err);
        for word in says.iter().chain(&[kind.path, "error: "]) {
            assert!(run.err.contains(word), "{command:?} does not say {word:?}:\n{}", run.err);
        }
        assert_eq!(run.err.matches("error: ").count(), 1, "{command:?}:\n{}", run.err);
        assert_eq!(tree(&case), before, "{command:?} changed something, refusing {says:?}");
    }
    let run = case.run(&["apply", "--keep-going"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains(says[0]), "{}", run.err);
    let mut after = tree(&case);
    for path in FINE {
        assert!(case.read(path).contains("\"one\""), "{path} is written");
        after.insert(case.path(path), before[&case.path(path)].clone());
    }
    assert_eq!(after, before, "--keep-going changed something else, refusing {says:?}");
}

fn refused_bytes(kind: Kind, bytes: impl AsRef<[u8]>, says: &[&str]) {
    refused(kind, Case::new().write(kind.path, bytes), says);
}

#[test]
fn a_file_that_does_not_parse_is_refused_with_its_place() {
    for (text, says) in [
        ("{", "unterminated object"),
        ("{\"mcpServers\": {}", "json:1:1"),
        ("{\n  \"mcpServers\": {\n    \"a\": @CANARY@\n  }\n}", "json:3:10"),
        ("{\"a\": \"@CANARY@}", "json:1:7"),
        ("{'@CANARY@': 1}", "json:1:2"),
        ("{\"a\": 1,, \"@CANARY@\": 2}", "json:1:9"),
        ("{\"a\": 0x1}", "json:1:7"),
        ("{\"a\": NaN}", "json:1:7"),
        ("{} {}", "json:1:4"),
        ("{}\u{0}", "json:1:3"),
        ("{\"ü\": }", "json:1:7"),
    ] {
        refused_bytes(JSON, text, &[says]);
    }
    for (text, says) in [
        ("a = ", "toml:1:5"),
        ("a = @CANARY@\n", "toml:1:5"),
        ("[mcp_servers", "toml:1:13"),
        ("\n\na = \"\\q\"\n", "toml:3:7"),
        ("a = \"\u{1b}[2J\"\n", "toml:1:6"),
        ("a = 99999999999999999999\n", "toml:1:5"),
    ] {
        refused_bytes(TOML, text, &[says]);
    }
    for (text, says) in [
        ("a: [@CANARY@", "yaml:1:"),
        ("a: b: c\n", "yaml:1:5"),
        ("a: \"@CANARY@", "yaml:1:4"),
        ("a:\n\t- b\n", "yaml:2:2"),
        ("a: *none\n", "yaml:1:4"),
        ("ü: b\na: @x\n", "yaml:2:4"),
    ] {
        refused_bytes(YAML, text, &[says]);
    }
}

#[test]
fn a_file_in_another_encoding_is_refused_with_its_place() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    refused_bytes(JSON, b"{\n  \"caf\xe9\": 1\n}\n", &["the file is not UTF-8", "json:2:7"]);
    refused_bytes(TOML, b"# caf\xe9\n", &["the file is not UTF-8", "toml:1:6"]);
    refused_bytes(YAML, b"a: \xff\n", &["the file is not UTF-8", "yaml:1:4"]);
    refused_bytes(JSON, utf16("{}"), &["the file is not UTF-8", "json:1:1"]);
    refused_bytes(TOML, utf16("a = 1\n"), &["the file is not UTF-8", "toml:1:1"]);
    refused_bytes(YAML, utf16("a: 1\n"), &["the file is not UTF-8", "yaml:1:1"]);
}

#[test]
fn a_key_of_the_section_that_is_there_twice_is_refused_by_name() {
    for (kind, text, says, place) in [
        (JSON, "{\"mcpServers\": {}, \"mcpServers\": {}}", "duplicate key `mcpServers`", ":1:20"),
        (JSON, "{\"mcpServers\": {\"a\": {}, \"\\u0061\": {}}}", "duplicate key `a`", ":1:26"),
        (JSON, "{\"mcpServers\": {\"a\": {\n\"x\": 1, \"x\": 2}}}", "duplicate key `x`", ":2:9"),
        (JSON, "{\"mcpServers\": {\"a\": {}, \"a\": {}}, }", "duplicate key `a`", ":1:26"),
        (TOML, "a = 1\na = 2\n", "duplicate key `a`", ":2:1"),
        (TOML, "[mcp_servers.x]\n[mcp_servers.x]\n", "duplicate key `x`", ":2:14"),
        (TOML, "[mcp_servers.x]\na = 1\na = 2\n", "duplicate key `a`", ":3:1"),
        (YAML, "extensions: {}\nextensions: {}\n", "duplicate key `extensions`", ":2:1"),
        (YAML, "extensions:\n  a: 1\n  'a': 2\n", "duplicate key `a`", ":3:3"),
        (YAML, "extensions:\n  a: {x: 1, x: 2}\n", "duplicate key `x`", ":2:13"),
        (YAML_LIST, "mcpServers:\n- name: a\n- name: a\n", "duplicate key `a`", ":3:3"),
        (
            TOML_LIST,
            "[[mcp_servers]]\nname = \"a\"\n[[mcp_servers]]\nname = \"a\"\n",
            "duplicate key `a`",
            ":3:1",
        ),
    ] {
        refused_bytes(kind, text, &[says, place]);
    }
}

#[test]
fn a_section_or_a_root_of_the_wrong_type_is_refused_by_name() {
    for (kind, text, says, place) in [
        (JSON, "{\"mcpServers\": []}", "`mcpServers` is not a map", ":1:2"),
        (JSON, "{\n  \"mcpServers\": \"@CANARY@\"\n}", "`mcpServers` is not a map", ":2:3"),
        (JSON, "[\"@CANARY@\"]", "the file is not a map", ":1:1"),
        (JSON, "// c\n\"@CANARY@\"", "the file is not a map", ":2:1"),
        (JSON, "null", "the file is not a map", ":1:1"),
        (TOML, "mcp_servers = []\n", "`mcp_servers` is not a map", ":1:1"),
        (TOML, "a = 1\n[[mcp_servers]]\nx = 1\n", "`mcp_servers` is not a map", ":2:3"),
        (TOML_LIST, "[mcp_servers]\nname = \"a\"\n", "`mcp_servers` is not a list", ":1:2"),
        (TOML_LIST, "mcp_servers = \"x\"\n", "`mcp_servers` is not a list", ":1:1"),
        (YAML, "a: 1\nextensions: []\n", "`extensions` is not a map", ":2:1"),
        (YAML, "extensions: text\n", "`extensions` is not a map", ":1:1"),
        (YAML, "- a\n", "the file is not a map", ":1:1"),
        (YAML, "text\n", "the file is not a map", ":1:1"),
        (YAML_LIST, "mcpServers: {a: b}\n", "`mcpServers` is not a list", ":1:1"),
    ] {
        refused_bytes(kind, text, &[says, place]);
    }
}

#[test]
fn yaml_that_an_edit_would_tear_is_refused() {
    for (text, says, place) in [
        ("a: 1\n---\nb: 2\n", "a second document in one file", ":2:1"),
        ("---\na: 1\n...\n---\nb: 2\n", "a second document in one file", ":4:1"),
        ("base: &x {a: {cmd: b}}\nextensions: *x\n", "`extensions` is an alias", ":2:13"),
        ("extensions: &x\n  a: {cmd: b}\nb: *x\n", "mcpgen did not write", "without anchors"),
        ("extensions: &x {}\nb: *x\n", "mcpgen did not write", "without anchors"),
        ("\ta: 1\n", "mcpgen did not write", "tabs"),
        ("? [a]\n: b\n", "a key that is not a plain word", ":1:3"),
    ] {
        refused_bytes(YAML, text, &[says, place]);
    }
    let doubled: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    refused_bytes(YAML, format!("a0: &a0 x\n{doubled}"), &["aliases that stand for too much"]);
}

#[test]
fn what_is_nested_600_levels_deep_is_refused_and_200_levels_are_kept() {
    let lists = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let maps = |depth: usize, open: &str| open.repeat(depth) + "1" + &"}".repeat(depth);
    for depth in [600, 100_000] {
        refused_bytes(
            JSON,
            format!("{{\"a\": {}}}", lists(depth)),
            &["256 levels deep", "json:1:"],
        );
        refused_bytes(TOML, format!("a = {}\n", lists(depth)), &["80 levels deep", "toml:1:"]);
        refused_bytes(YAML, format!("a: {}\n", lists(depth)), &["256 levels deep", "yaml:1:"]);
    }
    let deep = &["levels deep"];
    refused_bytes(JSON, format!("{{\"mcpServers\": {}}}", maps(600, "{\"a\": ")), deep);
    refused_bytes(TOML, format!("mcp_servers = {}\n", maps(600, "{a = ")), deep);
    refused_bytes(YAML, format!("extensions: {}\n", maps(600, "{a: ")), deep);
    refused_bytes(YAML, "- ".repeat(4_000), deep);
    refused_bytes(YAML, "? ".repeat(4_000), deep);
    kept(JSON, &format!("{{\n  \"a\": {}\n}}\n", lists(200)));
    kept(JSON, &format!("{{\n  \"mcpServers\": {}\n}}\n", maps(200, "{\"a\": ")));
    kept(YAML, &format!("a: {}\n", lists(100)));
    kept(YAML, &format!("a:\n{}x\n", "- ".repeat(200)));
    kept(TOML, &format!("a = {}\n", lists(70)));
}

#[test]
fn what_is_nested_too_deep_elsewhere_is_no_matter_while_nothing_changes() {
    let deep = format!("\"deep\": {}{}", "[".repeat(600), "]".repeat(600));
    let ours =
        "\"one\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"], \"env\": {\"A\": \"b\"}}";
    let text = format!("{{\"mcpServers\": {{{ours}}}, {deep}}}");
    let case = JSON.declare(Case::new().write(JSON.path, &text));
    case.ok(&["apply"]);
    assert_eq!(case.read(JSON.path), text);
}

#[test]
fn what_is_no_file_is_refused_by_name() {
    for kind in [JSON, TOML, YAML] {
        let place = |make: &dyn Fn(&std::path::Path)| {
            let case = Case::new().write(&format!("{}.other", kind.path), "");
            make(&case.path(kind.path));
            case
        };
        let folder = place(&|path| std::fs::create_dir(path).unwrap());
        refused(kind, folder, &["is a directory, not a file; move it away"]);
        let to =
            |target: &'static str| move |path: &std::path::Path| symlink(target, path).unwrap();
        refused(kind, place(&to("gone")), &["is a link to", "gone`, which does not exist"]);
        refused(kind, place(&to("gone/deep")), &["is a link to", "which does not exist"]);
        let own = kind.path.rsplit('/').next().unwrap();
        refused(kind, place(&to(own)), &["is a link that leads back to itself; remove it"]);
        let circle = place(&|path| {
            symlink("circle", path).unwrap();
            symlink(own, path.with_file_name("circle")).unwrap();
        });
        refused(kind, circle, &["is a link that leads back to itself; remove it"]);
        refused(kind, place(&to("/dev/null")), &["is a device, a pipe or a socket, not a file"]);
        refused(kind, place(&mkfifo), &["is a device, a pipe or a socket, not a file"]);
        let socket = place(&|path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()));
        refused(kind, socket, &["is a device, a pipe or a socket, not a file"]);
    }
}

#[test]
fn a_link_into_the_nix_store_is_refused_as_managed_by_nix() {
    for kind in [JSON, TOML, YAML] {
        let store = "/nix/store/0c4mcpgen-test-that-does-not-exist/config";
        let case = Case::new().write(&format!("{}.other", kind.path), "");
        symlink(store, case.path(kind.path)).unwrap();
        refused(
            kind,
            case,
            &["is managed by Nix (it leads to `/nix/store/", "let mcpgen's module"],
        );
        // As home-manager makes it: over a link in the user's profile.
        let case = Case::new().write(&format!("{}.other", kind.path), "");
        symlink(store, case.path("profile")).unwrap();
        symlink(case.path("profile"), case.path(kind.path)).unwrap();
        refused(kind, case, &["is managed by Nix (it leads to `/nix/store/"]);
    }
}

#[test]
fn links_are_followed_and_stay_and_the_end_keeps_its_mode() {
    for kind in [JSON, TOML, YAML] {
        let case = kind.declare(Case::new().write("dotfiles/real", "").write("dotfiles/x/y", ""));
        let folder = case.path(kind.path).parent().unwrap().to_owned();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(case.path("dotfiles/real"), PermissionsExt::from_mode(0o640))
            .unwrap();
        symlink("../real", case.path("dotfiles/x/relative")).unwrap();
        symlink(case.path("dotfiles/x/relative"), case.path(kind.path)).unwrap();
        case.ok(&["apply"]);
        let link = std::fs::read_link(case.path(kind.path)).unwrap();
        assert_eq!(link, case.path("dotfiles/x/relative"));
        assert!(case.path("dotfiles/x/relative").is_symlink());
        let end = case.path("dotfiles/real").symlink_metadata().unwrap();
        assert!(end.is_file());
        assert_eq!(end.mode() & 0o7777, 0o640);
        assert!(case.read("dotfiles/real").contains("npx"));
        let beside = std::fs::read_dir(case.path("dotfiles")).unwrap().count();
        assert_eq!(beside, 2, "nothing is left beside the end of the links");
    }
}

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
            let (root, errors) = mcpgen::fields::parse_toml(text);
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

/// Whether all bytes of one text stand in another one, in their order.
fn is_kept(old: &str, new: &str) -> bool {
    let mut new = new.bytes();
    old.bytes().all(|byte| new.any(|other| other == byte))
}

/// Fails unless our entry is put into a file, with everything else kept, and taken out again.
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
fn files_with_next_to_nothing_in_them_are_filled_and_given_back() {
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
fn a_file_that_mcpgen_made_stays_if_someone_has_put_a_comment_into_it() {
    for (kind, comment) in [(JSON, "// mine\n"), (TOML, "# mine\n"), (YAML, "# mine\n")] {
        let case = kind.declare(Case::new());
        case.ok(&["apply"]);
        let commented = comment.to_owned() + &case.read(kind.path);
        case.put(kind.path, &commented);
        case.ok(&["apply", "--none"]);
        assert!(case.read(kind.path).starts_with(comment), "{}", case.read(kind.path));
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
fn an_entry_stands_behind_the_last_ones_comment_in_the_files_own_indent_and_line_breaks() {
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
fn kept(kind: Kind, text: &str) {
    let case = kind.declare(Case::new().write(kind.path, text));
    case.ok(&["apply"]);
    let new = case.read(kind.path);
    assert!(is_kept(text, &new) && new.contains("npx"), "{new}");
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(kind.path), text);
}

#[test]
fn duplicates_beside_the_section_are_none_of_our_business() {
    kept(YAML, "a: 1\na: 2\nb: {c: 1, c: 2}\nextensions:\n  x: {cmd: y}\n");
    kept(JSON, "{\n  \"a\": 1,\n  \"a\": 2,\n  \"b\": {\"c\": 1, \"c\": 1e999}\n}\n");
}

#[test]
fn half_a_character_in_a_json_file_is_kept_as_it_is_written() {
    kept(
        JSON,
        "{\n  \"history\": [\"cut \\ud83d\", \"\\udc00\\ud800\", \"\\\\ud800\"],\n  \"\\uD800\": 1\n}\n",
    );
    kept(JSON, "{\n  \"mcpServers\": {\n    \"x\": {\"command\": \"\\ud83d\"}\n  } // c\n}\n");
}

#[test]
fn a_list_element_with_its_dash_on_a_line_of_its_own_is_taken_out_whole() {
    let one = "mcpServers:\n-\n  # c\n  name: one\n  command: old\n";
    let case = YAML_LIST.declare(Case::new().write(YAML_LIST.path, one));
    case.ok(&["apply", "--adopt", "one"]);
    assert!(case.read(YAML_LIST.path).contains("command: npx"));
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(YAML_LIST.path), "mcpServers: []\n");
}

#[test]
fn an_alias_is_not_edited_through_and_may_be_taken_out() {
    let text = "base: &x {cmd: old}\nextensions:\n  one: *x\n  two: *x\n";
    let case = YAML.declare(Case::new().write(YAML.path, text));
    let run = case.run(&["apply", "--adopt", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`one` is an alias for another value"), "{}", run.err);
    assert!(run.err.contains("config.yaml:3:8"), "{}", run.err);
    assert_eq!(case.read(YAML.path), text);
}

#[test]
fn four_megabytes_of_a_clients_state_keep_every_byte() {
    let line = |n: usize| {
        format!(
            "    \"/home/ada/p{n}\": {{\"history\": [\"say \\\"{n}\\\" {}\"], \"mcpServers\": {{}}, \"n\": {n}}}",
            "é日🎉 \\ud83d x".repeat(12)
        )
    };
    let projects: Vec<String> = (0..16_000).map(line).collect();
    let head =
        format!("{{\n  \"projects\": {{\n{}\n  }},\n  \"mcpServers\": {{", projects.join(",\n"));
    let tail = "},\n  \"last\": true\n}\n";
    assert!(head.len() > 4_000_000);
    let case = Case::new()
        .declare("clients = [\"claude-code\"]\n[servers.one]\ncommand = \"npx\"\n")
        .write(".claude.json", format!("{head}{tail}"));
    case.ok(&["apply"]);
    let new = case.read(".claude.json");
    assert!(new.starts_with(&head) && new.ends_with(tail));
    assert!(new[head.len()..].contains("\"one\""));
    case.ok(&["apply", "--none"]);
    assert!(case.read(".claude.json") == format!("{head}{tail}"), "every byte is back");
}

#[test]
fn the_exit_code_is_usage_before_error_before_conflict_before_changes() {
    let broken = Case::new().write(JSON.path, "{").write(TOML.path, "mcp_servers.one = 3\n");
    let text = "clients = [\"codex\", \"cursor\", \"zed\"]\n[servers.one]\ncommand = \"npx\"\n";
    let case = broken.declare(text);
    let code = |args: &[&str]| case.run(args).code;
    assert_eq!(code(&["plan", "--exit-code", "emacs"]), 2);
    assert_eq!(code(&["apply", "emacs"]), 2);
    assert_eq!(code(&["plan", "--exit-code"]), 1, "a fault, a conflict and changes");
    assert_eq!(code(&["apply"]), 1);
    assert_eq!(code(&["apply", "--keep-going"]), 1);
    assert_eq!(code(&["plan", "--exit-code", "codex", "cursor"]), 1, "a fault and a conflict");
    case.put(JSON.path, "{}");
    assert_eq!(code(&["plan", "--exit-code"]), 4, "a conflict and changes");
    assert_eq!(code(&["plan", "--exit-code", "cursor"]), 3, "changes");
    assert_eq!(code(&["plan", "cursor"]), 0, "changes that nobody asked about");
    assert_eq!(code(&["plan", "--exit-code", "zed"]), 0, "written by --keep-going");
    case.put(".config/mcpgen/mcp.toml", "clients = [");
    assert_eq!(code(&["plan", "--exit-code"]), 1);
}

#[test]
fn what_a_clients_file_holds_does_not_steer_the_terminal() {
    let evil = "\\u001b[2J\\u009b2J\\u007f\\u202e\\n\\r\\u0007";
    let command = format!(
        "{{\"command\": \"{evil}\", \"args\": [\"{evil}\"], \"env\": {{\"{evil}\": \"{evil}\"}}, \"{evil}\": 1}}"
    );
    let toml = format!(
        "[mcp_servers.one]\ncommand = \"{evil}\"\nargs = [\"{evil}\"]\n[mcp_servers.one.env]\n\"{evil}\" = \"x\"\n"
    );
    let yaml = format!("extensions:\n  one: {command}\n");
    let case = Case::new()
        .declare("clients = [\"codex\", \"cursor\", \"goose\"]\n[servers.one]\ncommand = \"npx\"\n")
        .write(JSON.path, format!("{{\"mcpServers\": {{\"one\": {command}, \"{evil}\": {{}}}}}}"))
        .write(TOML.path, toml)
        .write(YAML.path, yaml);
    let calm = |args: &[&str], code: i32| {
        let run = case.run(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        for text in [&run.out, &run.err] {
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(steers), "{args:?}: {text:?}");
        }
        run.out
    };
    calm(&["plan"], 4);
    calm(&["plan", "--json"], 4);
    let diff = calm(&["plan", "--adopt-all", "--diff"], 0);
    assert!(diff.contains("+++ ~/.cursor/mcp.json"), "{diff}");
    assert!(diff.contains("-"), "what stood there is shown: {diff}");
    calm(&["apply", "--adopt-all"], 0);
    calm(&["apply", "--none"], 0);
    case.put(JSON.path, format!("{{\"mcpServers\": {{\"{evil}\": 1, \"{evil}\": 2}}}}"));
    calm(&["plan"], 1);
    case.put(JSON.path, "{\"a\": \u{1b}[2J\u{9b}}");
    calm(&["plan"], 1);
}
