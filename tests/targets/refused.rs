//! Files that are refused by name.

use std::os::unix::fs::symlink;

use super::handled::kept;
use super::{FINE, JSON, Kind, TOML, TOML_LIST, YAML, YAML_LIST, tree};
use crate::case::{Case, mkfifo};

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
fn a_file_that_does_not_parse_is_refused_with_the_position() {
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
fn a_file_in_another_encoding_is_refused_with_the_position() {
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
fn a_duplicate_key_of_the_section_is_refused_and_named() {
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
fn a_section_or_a_root_of_the_wrong_type_is_refused_and_named() {
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
fn yaml_that_an_edit_would_break_is_refused() {
    for (text, says, place) in [
        ("a: 1\n---\nb: 2\n", "a second document in one file", ":2:1"),
        ("---\na: 1\n...\n---\nb: 2\n", "a second document in one file", ":4:1"),
        ("base: &x {a: {cmd: b}}\nextensions: *x\n", "`extensions` is an alias", ":2:13"),
        ("extensions: &x\n  a: {cmd: b}\nb: *x\n", "mcpgen did not write", "without anchors"),
        ("extensions: &x {}\nb: *x\n", "mcpgen did not write", "without anchors"),
        ("\ta: 1\n", "mcpgen did not write", "tabs"),
        ("? [a]\n: b\n", "a key that is not a string", ":1:3"),
    ] {
        refused_bytes(YAML, text, &[says, place]);
    }
    let doubled: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    refused_bytes(
        YAML,
        format!("a0: &a0 x\n{doubled}"),
        &["aliases that expand to too many values"],
    );
}

#[test]
fn nesting_of_600_levels_is_refused_and_200_levels_are_kept() {
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
fn a_target_that_is_not_a_file_is_refused_and_named() {
    for kind in [JSON, TOML, YAML] {
        let place = |make: &dyn Fn(&std::path::Path)| {
            let case = Case::new().write(&format!("{}.other", kind.path), "");
            make(&case.path(kind.path));
            case
        };
        let directory = place(&|path| std::fs::create_dir(path).unwrap());
        refused(
            kind,
            directory,
            &["is a directory, not a file\n", "help: move the directory away\n"],
        );
        let to =
            |target: &'static str| move |path: &std::path::Path| symlink(target, path).unwrap();
        refused(kind, place(&to("gone")), &["is a link to", "gone`, which does not exist"]);
        refused(kind, place(&to("gone/deep")), &["is a link to", "which does not exist"]);
        let own = kind.path.rsplit('/').next().unwrap();
        refused(
            kind,
            place(&to(own)),
            &["is a link that leads back to itself\n", "help: remove the link\n"],
        );
        let circle = place(&|path| {
            symlink("circle", path).unwrap();
            symlink(own, path.with_file_name("circle")).unwrap();
        });
        refused(
            kind,
            circle,
            &["is a link that leads back to itself\n", "help: remove the link\n"],
        );
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
