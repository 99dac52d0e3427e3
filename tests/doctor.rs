//! Doctor: shapes that people's files have, each with the diagnosis it must get.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use toml_edit::{Item, TableLike};

use crate::case::{Case, Run};

/// What stands on the machine's PATH, and does nothing when it is started: nobody is to start it.
const PROGRAMS: [&str; 9] = ["npx", "node", "bunx", "uvx", "docker", "mcpgen", "cmd", "sh", "bash"];

/// One shape: files, and the findings they must get, by severity and kind.
struct Shape {
    name: String,
    table: toml_edit::DocumentMut,
}

impl Shape {
    fn all() -> Vec<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor/shapes");
        let mut paths: Vec<_> =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            table: std::fs::read_to_string(path).unwrap().parse().unwrap(),
        };
        paths.iter().map(read).collect()
    }

    fn list(&self, key: &str) -> Vec<&str> {
        let list = self.table.get(key).and_then(Item::as_array).into_iter().flatten();
        list.map(|value| value.as_str().unwrap()).collect()
    }

    fn pairs(&self, key: &str) -> Vec<(&str, &str)> {
        let table = self.table.get(key).and_then(Item::as_table_like);
        let pairs = table.into_iter().flat_map(TableLike::iter);
        pairs.map(|(key, value)| (key, value.as_str().unwrap())).collect()
    }

    fn case(&self) -> Case {
        let mut case = machine(&self.list("without"));
        for (path, text) in self.pairs("files") {
            case = case.write(path, text);
        }
        for (name, value) in self.pairs("vars") {
            case = case.var(name, value);
        }
        case
    }
}

pub fn machine(without: &[&str]) -> Case {
    let mut case = Case::in_memory();
    for program in PROGRAMS.iter().filter(|program| !without.contains(program)) {
        let path = format!("bin/{program}");
        case = case.write(&path, "#!/bin/sh\ntouch \"$HOME/started\"\n");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(case.path(&path), mode).unwrap();
    }
    let bin = case.path("bin").to_str().unwrap().to_owned();
    case.var("PATH", bin)
}

// By severity and code. Two findings are about this machine and not about the case: no program of the tests is on the PATH
// of a dock, and another program may listen on a callback port, because the system gives such ports to any program.
pub fn findings(run: &Run) -> Vec<String> {
    let rows: Vec<Value> = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let mut found: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", text(row, "severity"), text(row, "code")))
        .filter(|found| !matches!(found.as_str(), "note dock" | "warning port"))
        .collect();
    found.sort();
    found
}

#[test]
fn every_shape_gets_its_findings() {
    let mut wrong = vec![];
    for shape in Shape::all() {
        let case = shape.case();
        let before = case.snapshot();
        let json = case.run(&["doctor", "--json"]);
        let text = case.run(&["doctor"]);
        let mut expected: Vec<String> =
            shape.list("expect").into_iter().map(str::to_owned).collect();
        expected.sort();
        let found = findings(&json);
        let broken = i32::from(expected.iter().any(|code| code.starts_with("broken")));
        let says = shape.table.get("says").map_or("", |says| says.as_str().unwrap());
        let flat = text.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        let good = found == expected
            && (json.code, text.code) == (broken, broken)
            && flat.contains(says)
            && !text.out.contains(steers)
            && !case.exists("started")
            && case.snapshot() == before;
        if !good {
            wrong.push(format!(
                "{}: wanted {expected:?} {says:?}\n{}",
                shape.name,
                text.out + &text.err
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn there_are_forty_shapes_and_half_of_them_come_from_public_threads() {
    let shapes = Shape::all();
    let from: BTreeSet<&str> =
        shapes.iter().filter_map(|shape| shape.table.get("from")?.as_str()).collect();
    assert!(shapes.len() >= 40 && from.len() >= 20, "{} {}", shapes.len(), from.len());
    assert!(from.iter().all(|address| address.starts_with("https://github.com/")));
}

#[test]
fn no_line_of_the_report_is_wider_than_a_terminal() {
    for shape in Shape::all() {
        let run = shape.case().run(&["doctor"]);
        for line in run.out.lines().filter(|line| line.chars().count() > 80) {
            // Only a word that is longer than a line by itself, or a command, which is copied whole.
            let line = line.trim();
            let command = line.starts_with("`mv ") && line.trim_end_matches(',').ends_with('`');
            let word = line.split_whitespace().count() == 1;
            assert!(word || command, "{}: {line}", shape.name);
        }
    }
}

const URL: &str = "https://mcp.example.com/mcp";
/// The md5 of that.
const KEY: &str = "94baabe3c3fadb285b26c035e4e86046";

/// A machine whose Cursor calls the bridge with further arguments.
fn cursor(args: &[&str]) -> Case {
    let args: Vec<&str> = ["-y", "mcp-remote", URL].iter().chain(args).copied().collect();
    let entry = serde_json::json!({ "command": "npx", "args": args });
    machine(&[]).write(".cursor/mcp.json", format!("{{ \"mcpServers\": {{ \"srv\": {entry} }} }}"))
}

fn sign_in(case: &Case, directory: &str, mode: u32) {
    let tokens = r#"{ "access_token": "@CANARY@", "token_type": "Bearer", "refresh_token": "r" }"#;
    let path = format!(".mcp-auth/{directory}/{KEY}_tokens.json");
    case.put(&path, tokens);
    std::fs::set_permissions(case.path(&path), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn servers_in_files_that_mcpgen_does_not_write_are_servers() {
    let file = r#"{ "mcpServers": { "a": { "command": "sh" } } }"#;
    let run = machine(&[]).write(".continue/mcpServers/a.json", file).run(&["doctor"]);
    assert!(run.out.ends_with("\n\n1 note\n"), "{}", run.out);
    assert_eq!(run.code, 0);
}

#[test]
fn doctor_checks_the_cache() {
    let case = cursor(&[]);
    sign_in(&case, "mcp-remote-v1", 0o644);
    case.put(&format!(".mcp-auth/mcp-remote-v1/{KEY}_code_verifier_x.txt"), "v");
    assert_eq!(findings(&case.run(&["doctor", "--json"])), ["warning exposed"]);
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let verifier = case.path(&format!(".mcp-auth/mcp-remote-v1/{KEY}_code_verifier_x.txt"));
    std::fs::File::options().write(true).open(verifier).unwrap().set_modified(hour_ago).unwrap();
    assert_eq!(findings(&case.run(&["doctor", "--json"])), ["note left-over", "warning exposed"]);

    let case = cursor(&[]);
    sign_in(&case, "mcp-remote-0.1.37", 0o600);
    assert_eq!(findings(&case.run(&["doctor", "--json"])), ["warning carry-over"]);
    sign_in(&case, "mcp-remote-v1", 0o600);
    assert_eq!(findings(&case.run(&["doctor", "--json"])), [""; 0]);
    case.put(&format!(".mcp-auth/mcp-remote-v1/{KEY}_tokens.json"), "{");
    std::fs::set_permissions(
        case.path(&format!(".mcp-auth/mcp-remote-v1/{KEY}_tokens.json")),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let found = findings(&case.run(&["doctor", "--json"]));
    assert_eq!(found, ["warning sign-in"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_callback_port_in_use_is_named_with_its_program() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let case = cursor(&[&port]);
    let run = case.run(&["doctor", "--json"]);
    assert_eq!(findings(&run), ["broken port"]);
    assert!(run.out.contains(&format!("(process {})", std::process::id())), "{}", run.out);
    drop(taken);
    assert_eq!(findings(&case.run(&["doctor", "--json"])), [""; 0]);
}

#[test]
fn an_edited_entry_and_a_deleted_file_are_found() {
    let declaration = "clients = ['cursor', 'kiro']\n[servers.srv]\ncommand = 'uvx'\n";
    let case = machine(&[]).declare(declaration);
    case.ok(&["apply"]);
    assert_eq!(findings(&case.run(&["doctor", "--json"])), [""; 0]);
    case.put(".cursor/mcp.json", case.read(".cursor/mcp.json").replace("uvx", "npx"));
    std::fs::remove_file(case.path(".kiro/settings/mcp.json")).unwrap();
    assert_eq!(findings(&case.run(&["doctor", "--json"])), ["warning drift", "warning gone"]);
}

#[test]
fn doctor_checks_the_program_that_a_client_really_starts() {
    let bare = r#"{ "mcpServers": { "srv": { "command": "npx", "args": ["mcp-remote", "https://mcp.example.com/mcp"] } } }"#;
    let latest = bare.replace("mcp-remote\"", "mcp-remote@latest\"");
    // npm prefers what is installed for all to what is newest.
    let case = machine(&[])
        .write(".cursor/mcp.json", bare)
        .write(".claude.json", latest)
        .write(
            "node_modules/mcp-remote/package.json",
            r#"{ "name": "mcp-remote", "version": "0.1.29" }"#,
        )
        .write("node_modules/mcp-remote/dist/proxy.js", "");
    let proxy = "../node_modules/mcp-remote/dist/proxy.js";
    std::os::unix::fs::symlink(proxy, case.path("bin/mcp-remote")).unwrap();
    let run = case.run(&["doctor", "--json"]);
    assert_eq!(findings(&run), ["warning version"]);
    assert!(run.out.contains("Cursor starts the installed mcp-remote 0.1.29"));
    // What a dock does not find is said, once for all clients.
    assert_eq!(run.out.matches("\"dock\"").count(), 1, "{}", run.out);

    let case = machine(&[]).write(".nvm/versions/node/v16.20.2/bin/npx", "");
    let npx = case.path(".nvm/versions/node/v16.20.2/bin/npx");
    let old = bare.replace("\"npx\"", &format!("{npx:?}"));
    let case = case.write(".claude.json", old);
    assert_eq!(findings(&case.run(&["doctor", "--json"])), ["broken node"]);
}
