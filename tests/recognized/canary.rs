//! One secret behind every flag and name, in every part of a URL and at every position: it appears nowhere.

use std::os::unix::fs::PermissionsExt as _;

use crate::case::{Case, LEDGER};

const SECRET: &str = "correct-Horse7";

// What nothing but the position says about: only a diff hides it.
const POSITIONS: &[&str] = &[
    r#"{ "command": "npx", "args": ["-y", "server", "§"] }"#,
    r#"{ "command": "npx", "args": ["-y", "server", "--flag", "§"] }"#,
    r#"{ "command": "npx", "args": ["-y", "server", "--flag=§"] }"#,
    r#"{ "command": "npx", "args": ["-y", "§"] }"#,
    r#"{ "command": "server §" }"#,
    r#"{ "command": "server", "args": ["--", "§"] }"#,
    r#"{ "command": "docker", "args": ["run", "-e", "§", "-v", "§:/x", "image", "§"] }"#,
    r#"{ "command": "server", "cwd": "/srv/§" }"#,
    r#"{ "command": "server", "env": { "ANY": "§" } }"#,
    r#"{ "url": "https://a.example/mcp/§/sse" }"#,
    r#"{ "command": "npx", "args": ["-y", "mcp-remote@0.1.16", "https://b.example/mcp/§/sse"] }"#,
    r#"{ "url": "https://a.example/mcp?x=§#§" }"#,
    r#"{ "url": "https://a.example/mcp", "headers": { "X-Any": "§" } }"#,
    r#"{ "url": "https://a.example/mcp", "description": "§", "list": ["§", { "a": "§" }] }"#,
    r#"{ "url": "https://a.example/mcp", "type": "§" }"#,
];
// What a name, a flag or the form says about: every command recognizes it.
const NAMED: &[&str] = &[
    r#"{ "command": "server", "args": ["--password", "§"] }"#,
    r#"{ "command": "server", "args": ["--pass=§", "--pat", "§", "--credential", "§"] }"#,
    r#"{ "command": "mysql", "args": ["-u", "ada", "-p", "§"] }"#,
    r#"{ "command": "mysql", "args": ["-uada", "-p§"] }"#,
    r#"{ "command": "docker", "args": ["run", "-e", "AZURE_PAT=§", "--env", "TOKEN=§", "image"] }"#,
    r#"{ "command": "curl", "args": ["-H", "X-Api-Key: §", "--header", "Authorization: Bearer §"] }"#,
    r#"{ "command": "sh", "args": ["-c", "server --token § --x"] }"#,
    r#"{ "command": "server", "args": ["{\"apiKey\":\"§\"}"] }"#,
    r#"{ "command": "server", "env": { "DB_PASSWORD": "§", "clientSecret": "§" } }"#,
    r#"{ "url": "https://ada:§@a.example/mcp" }"#,
    r#"{ "url": "https://a.example/mcp?exaApiKey=§" }"#,
    r#"{ "url": "https://a.example/mcp", "headers": { "X-Auth-Token": "§", "Authorization": "Bearer §" } }"#,
    r#"{ "command": "server", "own": { "token": "§" }, "apiKey": "§" }"#,
    r#"{ "command": "server", "env": { "A_PASSWORD": "$§" } }"#,
    r#"{ "command": "npx", "args": ["-y", "mcp-remote", "https://a.example/mcp", "--header", "X-Key:§"] }"#,
];

fn home(entries: &[&str]) -> Case {
    let entry = |(at, entry): (usize, &&str)| format!("\"s{at}\": {}", entry.replace('§', SECRET));
    let entries: Vec<String> = entries.iter().enumerate().map(entry).collect();
    let case = Case::new().write(
        ".cursor/mcp.json",
        format!("{{ \"mcpServers\": {{\n{}\n}} }}", entries.join(",\n")),
    );
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(case.path(".cursor/mcp.json"), mode).unwrap();
    case
}

fn run(case: &Case, args: &[&str]) {
    let run = case.run(args);
    assert!(!run.out.contains(SECRET), "mcpgen {args:?}:\n{}", run.out);
    assert!(!run.err.contains(SECRET), "mcpgen {args:?}:\n{}", run.err);
    if case.exists(LEDGER) {
        assert!(!case.read(LEDGER).contains(SECRET), "mcpgen {args:?}");
    }
}

// A declaration with other servers under the same names.
fn declared(count: usize) -> String {
    let server = |at| format!("[servers.s{at}]\ncommand = \"other\"\nargs = [\"-y\"]\n");
    format!("clients = [\"cursor\"]\n{}", (0..count).map(server).collect::<String>())
}

#[test]
fn a_plan_shows_no_value_of_an_entry_that_mcpgen_did_not_write_unless_it_is_harmless() {
    let all = [POSITIONS, NAMED].concat();
    let case = home(&all).declare(&declared(all.len()));
    let file = case.read(".cursor/mcp.json");
    for args in [
        &["plan"][..],
        &["plan", "--diff"],
        &["plan", "--adopt-all", "--diff"],
        &["plan", "--adopt-all", "--json"],
        &["apply", "--adopt-all", "--dry-run"],
        &["apply", "--adopt-all"],
    ] {
        run(&case, args);
    }
    // Drift: somebody restores the old entries.
    case.put(".cursor/mcp.json", file);
    run(&case, &["plan", "--diff"]);
    run(&case, &["plan", "--json"]);
    let case = case.declare("clients = [\"cursor\"]\nservers = {}\n");
    run(&case, &["plan", "--diff"]);
    run(&case, &["apply"]);
}

#[test]
fn doctor_shows_no_value_that_only_its_position_tells() {
    let case = home(POSITIONS);
    for args in [&["doctor"][..], &["doctor", "--json"]] {
        run(&case, args);
    }
}

#[test]
fn what_is_known_to_be_harmless_is_shown() {
    let entry = r#"{ "command": "/opt/bin/npx", "args": ["-y", "@scope/server@1.2.3", "--verbose", "--port", "8080", "x"],
        "disabled": false, "timeout": 60, "env": { "LOG": "x" } }"#;
    let url = r#"{ "type": "http", "url": "https://mcp.example.com/v1/mcp/Qx7?x=1", "headers": { "X-Team": "a" } }"#;
    let case = Case::new()
        .write(
            ".cursor/mcp.json",
            format!("{{ \"mcpServers\": {{ \"s0\": {entry}, \"s1\": {url} }} }}"),
        )
        .declare(&declared(2));
    let diff = case.ok(&["plan", "--adopt-all", "--diff"]).out;
    for shown in [
        "\"/opt/bin/npx\"",
        "\"-y\"",
        "\"@scope/server@1.2.3\"",
        "\"--verbose\"",
        "\"8080\"",
        "\"LOG\": \"…\"",
        "\"https://mcp.example.com/v1/mcp/…?…\"",
        "\"X-Team\": \"…\"",
    ] {
        assert!(diff.contains(shown), "no {shown} in\n{diff}");
    }
}

#[test]
fn import_and_doctor_show_no_secret_that_its_name_its_flag_or_its_form_tells() {
    let case = home(NAMED);
    for args in [
        &["import"][..],
        &["import", "--secrets", "env"],
        &["doctor"],
        &["doctor", "--json"],
        &["init", "--import", "--secrets", "env"],
    ] {
        run(&case, args);
    }
    assert!(!case.read(".config/mcpgen/mcp.toml").contains(SECRET));
}

#[test]
fn a_file_made_from_a_private_file_is_private() {
    let mode = |path: std::path::PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    let set = |path: std::path::PathBuf, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for (source, want) in [(0o600, 0o600), (0o644, 0o644)] {
        let case = home(&[r#"{ "command": "server", "args": ["§"] }"#]);
        set(case.path(".cursor/mcp.json"), source);
        case.ok(&["init", "--import"]);
        let declaration = case.path(".config/mcpgen/mcp.toml");
        assert_eq!(mode(declaration.clone()), want, "{source:o}");
        set(declaration, source);
        case.ok(&["render", "--out", "out"]);
        assert_eq!(mode(case.path("out/.cursor/mcp.json")), want, "{source:o}");
        set(case.path(".config/mcpgen/mcp.toml"), 0o600);
        case.ok(&["render", "--out", "out"]);
        assert_eq!(mode(case.path("out/.cursor/mcp.json")), 0o600, "the next output is private");
    }
}
