//! Hostile strings: whatever a declaration says comes back out of every client's file exactly, read by
//! parsers that mcpgen does not write with.

use std::collections::HashMap;

use mcpgen::testing::client::{Client, ClientTable};
use mcpgen::testing::entry::{self, EntryLaunch};
use mcpgen::testing::launch::Command;
use serde_json::{Value, json};

use crate::case::Case;
use crate::targets::handled::value;

mod strings;

use strings::{EXPANDED, is_name, is_program, texts};

/// Writes a string as TOML has it on one line.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap().replace('\u{7f}', "\\u007f")
}

fn names(table: &ClientTable) -> String {
    table.iter().map(|client| quoted(&client.name)).collect::<Vec<_>>().join(", ")
}

/// Holds the entries of one client's file.
struct File {
    client: &'static Client,
    text: String,
    entries: HashMap<String, Value>,
}

impl File {
    fn new(client: &'static Client, text: String) -> Self {
        let mut root = value(client.format, &text);
        let place =
            |path: &&Vec<String>| path.iter().try_fold(&root, |at, key| at.get(key)).is_some();
        let path = client.section.paths.iter().find(place).expect("the section is there");
        let section = path.iter().try_fold(&mut root, |at, key| at.get_mut(key)).map(Value::take);
        let name = |entry: &Value, key: &String| entry[key].as_str().unwrap().to_owned();
        let entries = match (section.unwrap(), &client.section.list_key) {
            (Value::Object(map), None) => map.into_iter().collect(),
            (Value::Array(list), Some(key)) => {
                list.into_iter().map(|entry| (name(&entry, key), entry)).collect()
            }
            other => panic!("{}: {other:?}", client.name),
        };
        Self { client, text, entries }
    }

    fn read(&self, name: &str) -> EntryLaunch {
        let entry = self.entries.get(name);
        let entry = entry.unwrap_or_else(|| panic!("{}: no `{name}`", self.client.name));
        entry::read_entry(entry, self.client.fields())
            .unwrap_or_else(|| panic!("{}: {entry}", self.client.name))
    }

    fn command(&self, name: &str) -> Command {
        match self.read(name) {
            EntryLaunch::Command(command) => command,
            other @ (EntryLaunch::Exec { .. }
            | EntryLaunch::Headers(_)
            | EntryLaunch::Address { .. }) => {
                panic!("{}: {other:?}", self.client.name)
            }
        }
    }
}

/// Renders every client's file, fresh and into a lived-in one.
fn files(declaration: &str) -> Vec<File> {
    let table: &'static ClientTable = Box::leak(Box::new(ClientTable::load(None).unwrap()));
    let declaration = format!("clients = [{}]\n{declaration}", names(table));
    let case = Case::new().declare(&declaration);
    let listed: Value = serde_json::from_str(&case.ok(&["clients", "--json"]).out).unwrap();
    let here = |client: &'static Client| {
        let row = listed.as_array().unwrap().iter().find(|row| row["name"] == client.name.as_str());
        Some((client, row.unwrap()["path"].as_str()?.to_owned()))
    };
    // A client that does not run on this system shares its template with others that do.
    let clients: Vec<_> = table.iter().filter_map(here).collect();
    case.ok(&["render", "--out", "tree"]);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let home = case.home().to_str().unwrap();
    let mut found = vec![];
    for (client, path) in &clients {
        found.push(File::new(client, read(&path.replace(home, &format!("{home}/tree")))));
        let extension = client.format.title().to_lowercase();
        let before = format!("tests/golden/{}/before.{extension}", client.name);
        let before = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(before);
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::copy(before, path).unwrap();
    }
    case.ok(&["apply"]);
    found.extend(clients.iter().map(|(client, path)| File::new(client, read(path))));
    assert!(found.len() >= 80);
    found
}

#[test]
fn every_string_is_read_back_from_every_clients_file() {
    let texts = texts();
    let args: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    let env: Vec<String> = texts
        .iter()
        .enumerate()
        .flat_map(|(n, text)| {
            let name = is_name(text).then(|| format!("{} = \"{n}\"", quoted(text)));
            [Some(format!("V{n} = {}", quoted(text))), name]
        })
        .flatten()
        .collect();
    let declaration = format!(
        "[servers.one]\ncommand = \"npx\"\nargs = [{}]\n[servers.one.env]\n{}\n",
        args.join(", "),
        env.join("\n"),
    );
    for file in files(&declaration) {
        let (client, command) = (&file.client.name, file.command("one"));
        assert_eq!(command.program, "npx", "{client}");
        assert_eq!(command.args, texts, "{client}");
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(command.env.get(&format!("V{n}")), Some(text), "{client}");
            if is_name(text) {
                assert_eq!(command.env.get(text), Some(&n.to_string()), "{client}: {text:?}");
            }
        }
    }
}

#[test]
fn every_string_is_read_back_as_a_program_a_header_and_a_client_field() {
    let texts = texts();
    let mut declaration = String::new();
    let table = ClientTable::load(None).unwrap();
    for (n, text) in texts.iter().enumerate().filter(|(_, text)| is_program(text)) {
        declaration += &format!("[servers.local-{n}]\ncommand = {}\n", quoted(text));
        if n % 8 == 0 {
            for client in table.iter() {
                let text = quoted(text);
                declaration += &format!("extra.{} = {{ {text} = {text} }}\n", client.name);
            }
        }
        if !text.contains(['\r', '\n']) {
            let text = quoted(text);
            declaration += &format!(
                "[servers.remote-{n}]\nurl = \"https://example.com/mcp\"\nheaders = {{ X-A = {text} }}\n"
            );
        }
    }
    for file in files(&declaration) {
        let client = &file.client.name;
        for (n, text) in texts.iter().enumerate().filter(|(_, text)| is_program(text)) {
            let name = format!("local-{n}");
            assert_eq!(file.command(&name).program, *text, "{client}");
            if n % 8 == 0 {
                assert_eq!(file.entries[&name][text], json!(text), "{client}");
            }
            if text.contains(['\r', '\n']) {
                continue;
            }
            match file.read(&format!("remote-{n}")) {
                EntryLaunch::Address { headers, .. } => {
                    assert_eq!(headers.get("X-A"), Some(text), "{client}");
                }
                EntryLaunch::Command(command) => {
                    assert_eq!(command.args.last(), Some(&format!("X-A:{text}")), "{client}");
                }
                other @ (EntryLaunch::Exec { .. } | EntryLaunch::Headers(_)) => {
                    panic!("{client}: {other:?} of {text:?}")
                }
            }
        }
    }
}

#[test]
fn no_clients_file_contains_a_string_that_some_client_expands_or_runs() {
    for text in EXPANDED {
        let text = format!("MARK{text}");
        let quoted = quoted(&text);
        let declaration = format!(
            "[servers.arg]\ncommand = \"npx\"\nargs = [{quoted}]\nplain = [\"args\"]\n\
             [servers.env]\ncommand = \"npx\"\nenv = {{ A = {quoted} }}\nplain = [\"env.A\"]\n\
             [servers.program]\ncommand = {quoted}\nplain = [\"command\"]\n\
             [servers.directory]\ncommand = \"npx\"\ncwd = {quoted}\nplain = [\"cwd\"]\n\
             [servers.header]\nurl = \"https://example.com/mcp\"\nheaders = {{ X-A = {quoted} }}\nplain = [\"headers.X-A\"]\n"
        );
        for file in files(&declaration) {
            let client = &file.client.name;
            assert!(!file.text.contains("MARK"), "{client} has {text} in\n{}", file.text);
            for name in ["arg", "env", "program", "directory", "header"] {
                let exec = EntryLaunch::Exec { server: name.into(), declaration: None };
                assert_eq!(file.read(name), exec, "{client}");
            }
        }
    }
}

#[test]
fn no_string_in_a_clients_file_starts_with_what_some_client_runs_as_a_command() {
    for text in ["!a", "!!str", "!PATH!"] {
        let declaration = format!(
            "[servers.arg]\ncommand = \"npx\"\nargs = [\"{text}\"]\n\
             [servers.env]\ncommand = \"npx\"\nenv = {{ A = \"{text}\" }}\n\
             [servers.header]\nurl = \"https://example.com/mcp\"\nheaders = {{ X-A = \"{text}\" }}\n"
        );
        for file in files(&declaration) {
            let client = &file.client.name;
            for name in ["arg", "env"] {
                let exec = EntryLaunch::Exec { server: name.into(), declaration: None };
                assert_eq!(file.read(name), exec, "{client}");
            }
            // The bridge's argument begins with the header's name.
            let args = file.command("header").args;
            assert_eq!(args.last(), Some(&format!("X-A:{text}")), "{client}");
        }
    }
}

#[test]
fn a_declaration_does_not_control_the_terminal() {
    let evil = "\\u001b[2J\\u009b2J\\u007f\\u202e\\n\\r\\u0007";
    let server = format!(
        "[servers.one]\ncommand = \"{evil}\"\nargs = [\"{evil}\"]\nenv = {{ \"{evil}\" = \"{evil}\" }}\n"
    );
    let clients = "clients = [\"codex\", \"cursor\", \"goose\"]\n";
    let calm = |case: &Case, args: &[&str], code: i32| {
        let run = case.run(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        for text in [&run.out, &run.err] {
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(steers), "{args:?}: {text:?}");
        }
    };
    let right = Case::new().declare(&format!("{clients}{server}"));
    for args in [&["check"][..], &["plan"], &["plan", "--diff"], &["plan", "--json"], &["apply"]] {
        calm(&right, args, 0);
    }
    let more = [
        format!("[servers.\"{evil}\"]\ncommand = \"a\"\n"),
        format!("\"{evil}\" = 1\n"),
        format!("[servers.two]\nurl = \"{evil}\"\nheaders = {{ \"{evil}\" = \"{evil}\" }}\n"),
        format!("[servers.two]\ncommand = \"a\"\nclients = [\"{evil}\"]\nplain = [\"{evil}\"]\n"),
        format!(
            "[servers.two]\ncommand = \"a\"\nextra.\"{evil}\" = {{}}\nsecrets = {{ \"{evil}\" = \"{evil}\" }}\n"
        ),
        format!("[servers.two]\nurl = \"https://a.b\"\nauth = \"{evil}\"\nvia = \"{evil}\"\n"),
        "[servers.two]\ncommand = \"\u{9b}2J\u{202e}\"\nargs = 1 # \u{9b}2J\u{202e}\u{85}\n"
            .to_owned(),
        "[servers.two]\ncommand = \"\u{1b}[2J\"\n".to_owned(),
        "[servers.two]\ncommand = \u{1b}[2J\u{9b}\n".to_owned(),
    ];
    for text in more {
        calm(&Case::new().declare(&format!("{clients}{text}")), &["check"], 1);
    }
}

#[test]
fn what_a_clients_file_contains_controls_no_terminal_in_json_or_in_an_import() {
    for evil in [
        "a\u{9b}2J\u{7f}",
        "\u{202e}b\u{2066}c\u{200f}",
        "\u{85}'\"\\\u{2028}\n",
        "\u{feff}x\u{61c}",
    ] {
        let entry =
            json!({ "command": evil, "args": ["a", evil], "env": { evil: evil, "A": evil } });
        let more = json!({ "url": "https://a.example/mcp", "headers": { "X-A": evil } });
        let file = json!({ "mcpServers": { "one": entry, "two": more, evil: more } });
        let case = Case::new().write(".cursor/mcp.json", file.to_string());
        let imported = case.run(&["import"]).out;
        let read: toml_edit::DocumentMut = imported.parse().unwrap();
        assert_eq!(read["servers"]["one"]["command"].as_str(), Some(evil), "{imported}");
        assert_eq!(read["servers"]["one"]["args"][1].as_str(), Some(evil), "{imported}");
        let case = case.declare(&imported);
        for args in [
            &["import"][..],
            &["doctor", "--json"],
            &["plan", "--json"],
            &["apply", "--json", "--adopt-all"],
            &["owners", "--json"],
            &["clients", "--json"],
            &["status", "--json"],
            &["check", "--secrets", "--json"],
        ] {
            let run = case.run(args);
            let steers =
                |c: char| (c.is_control() && c != '\n') || mcpgen::testing::display::is_steering(c);
            assert!(!run.out.contains(steers) && !run.err.contains(steers), "{args:?}: {run:?}");
        }
    }
}
