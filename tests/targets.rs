//! Clients' files in every state: handled, or refused by name with nothing changed anywhere.

use serde_json::{Value, json};

use crate::case::{Case, Run};

const CURSOR: &str = ".cursor/mcp.json";
const CODEX: &str = ".codex/config.toml";
const GOOSE: &str = ".config/goose/config.yaml";
const KIRO: &str = ".kiro/settings/mcp.json";
const DECLARATION: &str = "clients = [\"cursor\", \"codex\", \"goose\", \"kiro\"]\n\
    [servers.one]\ncommand = \"one\"\nargs = [\"\\\"q\\\" ${X}\"]\n";
const PLAIN: &str =
    "clients = [\"cursor\", \"codex\", \"goose\", \"kiro\"]\n[servers.one]\ncommand = \"one\"\n";

fn case() -> Case {
    Case::new().declare(PLAIN)
}

/// Expects a refusal that says all `words`, and not a byte changed; then that the others are written
/// with `--keep-going`.
fn refused(case: &Case, words: &[&str]) -> Run {
    let before = case.snapshot();
    let run = case.run(&["apply"]);
    assert_eq!(run.code, 1, "{}", run.err);
    for word in words {
        assert!(run.err.contains(word), "{word} is not in\n{}", run.err);
    }
    assert_eq!(case.snapshot(), before, "not one byte changes");
    assert_eq!(case.run(&["plan"]).code, 1, "plan says so too");
    assert_eq!(case.run(&["apply", "--keep-going"]).code, 1);
    assert!(case.read(KIRO).contains("\"one\""), "the others are written");
    run
}

#[test]
fn a_file_that_does_not_parse_is_named_with_line_and_column() {
    for (path, text, place) in [
        (CURSOR, "{\n  \"mcpServers\": {\n}\n", "~/.cursor/mcp.json:"),
        (CURSOR, "{\n  \"a\": @CANARY@\n}\n", "~/.cursor/mcp.json:2:"),
        (CODEX, "a = 1\nb = @CANARY@\n", "~/.codex/config.toml:2:"),
        (CODEX, "a = 1\n[t]\na = 1\na = 2\n", "~/.codex/config.toml:4:"),
        (GOOSE, "a: [1\nb: @CANARY@\n", "~/.config/goose/config.yaml:"),
        (GOOSE, "a: 1\n---\nb: 2\n", "~/.config/goose/config.yaml:2:"),
    ] {
        refused(&case().write(path, text), &[place, "mend the file"]);
    }
}

#[test]
fn a_duplicate_in_the_section_is_refused_by_name() {
    for (path, text) in [
        (CURSOR, "{\"mcpServers\": {\"x\": {}, \"x\": {}}}"),
        (CURSOR, "{\"mcpServers\": {\"y\": {\"x\": 1, \"x\": 2}}, }"),
        (GOOSE, "extensions:\n  x: {}\n  x: {}\n"),
    ] {
        refused(&case().write(path, text), &["`x` is there twice"]);
    }
    refused(
        &case().write(CURSOR, "{\"mcpServers\": {}, \"mcpServers\": {}}"),
        &["`mcpServers` is there twice"],
    );
}

#[test]
fn a_duplicate_elsewhere_is_the_users_and_stays() {
    let case = case().write(CURSOR, "{\n  \"a\": 1,\n  \"a\": 2,\n  \"mcpServers\": {}\n}\n");
    case.ok(&["apply"]);
    assert!(case.read(CURSOR).starts_with("{\n  \"a\": 1,\n  \"a\": 2,\n"));
}

#[test]
fn a_section_or_a_root_of_the_wrong_kind_is_refused_by_name() {
    refused(&case().write(CURSOR, "{\"mcpServers\": []}"), &["`mcpServers` is not a map"]);
    refused(&case().write(CURSOR, "[1]"), &["not a map"]);
    refused(&case().write(CODEX, "mcp_servers = 1\n"), &["`mcp_servers` is not a map"]);
    refused(
        &case().write(CODEX, "[[mcp_servers]]\nname = \"x\"\n"),
        &["`mcp_servers` is not a map"],
    );
    refused(&case().write(GOOSE, "extensions: [a]\n"), &["`extensions` is not a map"]);
}

#[test]
fn text_that_is_not_utf_8_is_refused_at_its_first_bad_byte() {
    refused(
        &case().write(CURSOR, b"{\"a\": \"\xff\"}"),
        &["is not UTF-8", "~/.cursor/mcp.json:1:8"],
    );
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(
        &case().write(CURSOR, [&[0xff, 0xfe], utf16.as_slice()].concat()),
        &["is not UTF-8", "~/.cursor/mcp.json:1:1"],
    );
}

#[test]
fn nesting_without_end_is_refused_and_what_is_deep_elsewhere_is_no_matter_while_nothing_changes() {
    let deep = format!("{{\"deep\": {}{}}}", "[".repeat(600), "]".repeat(600));
    refused(&case().write(CURSOR, &deep), &["~/.cursor/mcp.json:"]);
    let ours =
        deep.replacen('{', "{\"mcpServers\": {\"one\": {\"command\": \"one\", \"args\": []}}, ", 1);
    let case = case().write(CURSOR, &ours);
    case.ok(&["apply"]);
    assert_eq!(case.read(CURSOR), ours);
}

#[test]
fn a_folder_in_a_files_place_is_refused() {
    let case = case().write(&format!("{CURSOR}/x"), "");
    refused(&case, &["is a folder, not a file"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_those_to_nowhere_or_into_the_nix_store_are_refused_by_name() {
    let link = |to: &str| {
        let case = case();
        std::fs::create_dir(case.path(".cursor")).unwrap();
        std::os::unix::fs::symlink(to, case.path(CURSOR)).unwrap();
        case
    };
    refused(&link("nowhere.json"), &["a link to", "nowhere.json"]);
    refused(&link("mcp.json"), &["leads back to itself"]);
    refused(&link("/nix/store/abc-home-manager-files/.cursor/mcp.json"), &["managed by Nix"]);
    let case = link("../dotfiles/a.json").write("dotfiles/b.json", "{}");
    std::os::unix::fs::symlink("b.json", case.path("dotfiles/a.json")).unwrap();
    case.ok(&["apply"]);
    assert!(case.path(CURSOR).is_symlink() && case.path("dotfiles/a.json").is_symlink());
    assert!(case.read("dotfiles/b.json").contains("\"one\""));
}

#[test]
fn a_file_with_nothing_in_it_gets_the_entries_and_keeps_its_comments() {
    for (path, text) in [
        (CURSOR, ""),
        (CURSOR, " \n\t\n"),
        (CURSOR, "// mine\n"),
        (CURSOR, "{}"),
        (CURSOR, "{\"mcpServers\": null}"),
        (CODEX, "# mine\n"),
        (CODEX, ""),
        (GOOSE, "# mine\n"),
        (GOOSE, ""),
        (GOOSE, "extensions:\n"),
        (GOOSE, "{}\n"),
    ] {
        let case = case().write(path, text);
        case.ok(&["apply"]);
        let after = case.read(path);
        assert!(after.contains("one"), "{path} {text:?}\n{after}");
        assert_eq!(after.contains("mine"), text.contains("mine"), "{path} {text:?}\n{after}");
        let again = case.ok(&["plan", "--exit-code"]);
        assert_eq!(again.out, "", "{path} {text:?}");
    }
}

#[test]
fn marks_line_breaks_tabs_comments_and_trailing_commas_stay() {
    let text = "\u{feff}{\r\n\t// mine\r\n\t\"mcpServers\": {\r\n\t\t\"x\": {}, /* theirs */\r\n\t},\r\n}\r\n";
    let case = case().write(CURSOR, text);
    case.ok(&["apply"]);
    let after = case.read(CURSOR);
    let added = "\r\n\t\t\"one\": {\r\n\t\t\t\"command\": \"one\",\r\n\t\t\t\"args\": []\r\n\t\t},";
    assert_eq!(after, text.replace("/* theirs */", &format!("/* theirs */{added}")));
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(CURSOR), text);
}

#[test]
fn anchors_tags_and_merge_keys_around_our_entries_stay() {
    let text = "base: &base {type: builtin}\nextensions:\n  dev: *base\n  git:\n    <<: *base\n    name: !!str 5\n";
    let case = case().write(GOOSE, text);
    case.ok(&["apply"]);
    assert!(case.read(GOOSE).starts_with(text), "{}", case.read(GOOSE));
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(GOOSE), text);
}

#[test]
fn every_spelling_of_a_toml_section_takes_an_entry_and_gives_it_back() {
    for text in [
        "mcp_servers.x.command = \"x\"\nmodel = \"m\"\n\n[tui]\na = 1\n",
        "mcp_servers = { x = { command = \"x\" } }\n",
        "[mcp_servers]\nx = { command = \"x\" }\n",
        "[mcp_servers.x]\ncommand = \"x\"\n\n[other]\na = 1\n\n[mcp_servers.x.env]\nK = \"v\"\n",
    ] {
        let case = case().write(CODEX, text);
        case.ok(&["apply"]);
        let file: toml_edit::DocumentMut = case.read(CODEX).parse().unwrap();
        assert_eq!(file["mcp_servers"]["one"]["command"].as_str(), Some("one"), "{text}");
        assert_eq!(file["mcp_servers"]["x"]["command"].as_str(), Some("x"), "{text}");
        case.ok(&["apply", "--none"]);
        assert_eq!(case.read(CODEX), text);
    }
}

#[test]
fn four_megabytes_of_somebody_elses_state_stay_as_they_are() {
    let project = json!({"history": ["x".repeat(4000)], "n": 1.5, "ok": "\u{2019}"});
    let projects: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("/p{n}"), project.clone())).collect();
    let text =
        serde_json::to_string_pretty(&json!({"projects": projects, "mcpServers": {}, "z": 1}))
            .unwrap();
    assert!(text.len() > 4_000_000);
    let case = Case::new()
        .declare(&PLAIN.replace("\"cursor\"", "\"claude-code\""))
        .write(".claude.json", &text);
    case.ok(&["apply"]);
    let after = case.read(".claude.json");
    let at = after.find("\"mcpServers\": {").unwrap();
    assert_eq!(after[..at], text[..at]);
    assert!(after.ends_with("},\n  \"z\": 1\n}"));
    case.ok(&["apply", "--none"]);
    assert!(case.read(".claude.json") == text);
}

#[test]
fn hostile_values_come_back_exactly_from_every_clients_file() {
    let hostile = [
        "\"quoted\" 'single' `tick`",
        "back\\slash",
        "line\nbreak\r\ttab",
        "\u{1b}[31mred",
        "{{ x }} {% x %}",
        "a: b # c",
        "- x",
        "[table]",
        "\u{2028}\u{85}\u{feff}",
        "🦀é",
        "__proto__",
        "",
        "~",
        "null",
        "0x10",
        "on",
        "}, \"evil\": {",
        "\"\"\"",
        "'''",
        "%HOME%",
        "-----",
        "!!binary x",
        "&a *b",
        "\u{7f}",
    ];
    let table: Value = serde_json::from_str(&Case::new().ok(&["clients", "--json"]).out).unwrap();
    let names: Vec<&str> =
        table.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    let args: Vec<String> = hostile
        .iter()
        .map(|text| {
            Value::from(*text).to_string().replace('\u{7f}', "\\u007f").replace('\u{85}', "\\u0085")
        })
        .collect();
    let declaration = format!(
        "clients = {names:?}\n[servers.one]\ncommand = \"c\"\nargs = [{}]\n",
        args.join(", ")
    );
    let case = Case::new().declare(&declaration);
    let clients = mcpgen::client::ClientTable::load(None).unwrap();
    case.ok(&["apply"]);
    for client in clients.iter() {
        let text = case.ok(&["render", &client.name]).out;
        let document = mcpgen::document::Document::new(client.format, text.into_bytes()).unwrap();
        let entries = document.entries(&client.section).unwrap();
        let Some(mcpgen::entry::Reading::Command(command)) = mcpgen::entry::read(&entries["one"])
        else {
            panic!("{}: {entries:?}", client.name)
        };
        assert_eq!(command.args, hostile, "{}", client.name);
    }
}

#[test]
fn nothing_in_a_file_or_a_declaration_steers_the_terminal() {
    let evil = "\\u001b]0;owned\\u0007";
    let text = format!(
        "{{\"mcpServers\": {{\"one\": {{\"command\": \"{evil}\", \"args\": [\"{evil}\"]}}}}}}"
    );
    let case = Case::new().declare(DECLARATION).write(CURSOR, text);
    for args in [&["plan", "--adopt", "one", "--diff"][..], &["plan", "--adopt", "one"], &["plan"]]
    {
        let run = case.run(args);
        assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn an_error_comes_before_a_conflict_and_a_conflict_before_changes() {
    let conflict = "{\"mcpServers\": {\"one\": {\"command\": \"theirs\"}}}";
    let case = case().write(CURSOR, conflict);
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 4);
    case.put(CODEX, "= broken");
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 1);
    assert_eq!(case.run(&["plan", "--exit-code", "nobody"]).code, 2);
    let clean = Case::new().declare(PLAIN);
    assert_eq!(clean.run(&["plan", "--exit-code"]).code, 3);
}
