//! Placeholders: each client replaces its own, and import and doctor know which.

use std::fmt::Write as _;

use serde_json::Value;

use crate::case::{CANARY, Case, golden};

mod fixes;

/// The clients of the table: one of each kind of expansion.
const CLIENTS: [&str; 16] = [
    "amazon-q",
    "claude-code",
    "claude-desktop",
    "cline",
    "codex",
    "continue",
    "copilot-cli",
    "cursor",
    "droid",
    "gemini-cli",
    "goose",
    "opencode",
    "qwen-code",
    "roo-code",
    "vscode",
    "warp",
];
/// The same values in every client's file: an environment variable or a header, and its value.
const VALUES: [(&str, &str); 15] = [
    ("env.API_URL", "${API_URL}"),
    ("env.API_URL", "$API_URL"),
    ("env.API_URL", "${env:API_URL}"),
    ("env.API_URL", "{env:API_URL}"),
    ("env.API_KEY", "${{ secrets.API_KEY }}"),
    ("env.LOG", "${LOG:-info}"),
    ("env.API_KEY", "${input:api-key}"),
    ("env.ROOT", "${workspaceFolder}"),
    ("env.ROOT", "${userHome}/src"),
    ("env.DB_PASSWORD", "$ecretPa55word"),
    ("args", "${HOME}/src"),
    ("args", "--url=${API_URL}"),
    ("headers.X-Team", "${TEAM}"),
    ("headers.Authorization", "Bearer ${API_KEY}"),
    ("headers.Authorization", "Bearer ${input:api-key}"),
];

fn declaration(client: &str) -> String {
    let mut text = format!("clients = ['{client}']\n");
    for (at, (field, _)) in VALUES.iter().enumerate() {
        let token = format!("ZZ{at:02}ZZ");
        let fields = match field.split_once('.') {
            None => format!("command = 'x'\nargs = ['{token}']"),
            Some(("env", name)) => {
                format!("command = 'x'\nenv.{name} = '{token}'\nplain = ['{field}']\n")
            }
            Some((_, name)) => {
                format!(
                    "url = 'https://a.example/mcp'\nheaders.{name} = '{token}'\nplain = ['{field}']\n"
                )
            }
        };
        writeln!(text, "[servers.p{at:02}]\n{fields}").unwrap();
    }
    text
}

/// Writes the values into the client's file by hand.
fn case(client: &str) -> Case {
    let case = Case::in_memory().declare(&declaration(client));
    case.ok(&["apply"]);
    let files = case.snapshot();
    let is_file = |text: &str| text.contains("ZZ00ZZ") && !text.contains("[servers.p00]");
    for (path, bytes) in files {
        let Ok(mut text) = String::from_utf8(bytes) else { continue };
        if !is_file(&text) {
            continue;
        }
        for (at, (_, value)) in VALUES.iter().enumerate() {
            let quote = if path.extension().is_some_and(|it| it == "yaml") { "\"" } else { "" };
            text = text.replace(&format!("ZZ{at:02}ZZ"), &format!("{quote}{value}{quote}"));
        }
        std::fs::write(&path, text).unwrap();
    }
    std::fs::remove_dir_all(case.path(".local/state")).unwrap();
    std::fs::remove_file(case.path(".config/mcpgen/mcp.toml")).unwrap();
    case
}

fn imported(declaration: &toml_edit::DocumentMut, at: usize) -> String {
    let server = declaration.get("servers").and_then(|all| all.get(format!("p{at:02}")));
    let Some(server) = server.and_then(|it| it.as_table_like()) else {
        return "not imported".to_owned();
    };
    let told = ["args", "env", "headers", "secrets", "auth", "plain"];
    let fields = server.iter().filter(|(key, _)| told.contains(key));
    let text = |(key, item): (&str, &toml_edit::Item)| match item.as_value() {
        Some(value) => format!("{key} = {}", value.to_string().trim()),
        None => format!("{key} = {}", item.clone().into_value().unwrap().to_string().trim()),
    };
    fields.map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn each_client_replaces_its_own_placeholders() {
    let mut table = String::new();
    for client in CLIENTS {
        let case = case(client);
        let import = case.run(&["import", client, "--secrets", "env"]);
        let declaration: toml_edit::DocumentMut = import.out.parse().unwrap();
        let doctor = case.run(&["doctor", "--json"]);
        let findings: Vec<Value> = serde_json::from_str(&doctor.out).unwrap();
        writeln!(table, "{client}").unwrap();
        for (at, (field, value)) in VALUES.iter().enumerate() {
            let name = format!("`p{at:02}`");
            let about = |it: &&Value| {
                it["code"] == "unreplaced" && it["cause"].as_str().unwrap().contains(&name)
            };
            let found = findings.iter().find(about);
            let found = found.map_or("", |it| it["remedy"].as_str().unwrap());
            let left = imported(&declaration, at);
            writeln!(table, "  {field} = {value}\n    import: {left}").unwrap();
            if !found.is_empty() {
                writeln!(table, "    doctor: {found}").unwrap();
            }
            assert!(!left.contains("ecretPa55"), "{client}: {left}");
        }
        assert!(!doctor.out.contains("ecretPa55"), "{client}: {}", doctor.out);
    }
    golden("placeholders/table.txt", &table);
}

fn file(client: &str, entries: &str) -> Case {
    let (path, section) = match client {
        "vscode" if cfg!(windows) => ("AppData/Roaming/Code/User/mcp.json", "servers"),
        "vscode" => (".config/Code/User/mcp.json", "servers"),
        "cursor" => (".cursor/mcp.json", "mcpServers"),
        _ => (".claude.json", "mcpServers"),
    };
    Case::new().write(path, format!("{{ \"{section}\": {{ {entries} }} }}"))
}

#[test]
fn a_value_that_a_client_asks_for_becomes_a_secret_to_store() {
    let entries = r#""api": { "command": "x", "env": { "API_KEY": "${input:key}" } },
        "web": { "url": "https://a.example/mcp", "headers": { "Authorization": "Bearer ${input:pat}" } }"#;
    let case = file("vscode", entries);
    let run = case.run(&["import"]);
    assert!(run.out.contains("API_KEY = \"keyring:api-key\""), "{}", run.out);
    assert!(run.out.contains("auth.token = \"keyring:web\""), "{}", run.out);
    for command in ["`mcpgen secret set api-key`", "`mcpgen secret set web`"] {
        assert!(run.err.contains(command), "{}", run.err);
    }
    assert!(run.err.contains("the value of `env.API_KEY` is the"), "{}", run.err);
    let run = case.run(&["import", "--secrets", "env"]);
    assert!(run.err.contains("before you start the clients: API_KEY, WEB"), "{}", run.err);
    case.put("mcp.toml", &run.out);
    case.ok(&["check", "-f", "mcp.toml"]);
}

#[test]
fn a_directory_of_the_client_is_never_an_environment_variable() {
    for value in ["${workspaceFolder}", "${pathSeparator}", "${CLAUDE_PROJECT_DIR}", "${userHome}"]
    {
        for client in ["cursor", "claude-code", "vscode"] {
            let entries = format!(
                r#""a": {{ "command": "x", "env": {{ "ROOT": "{value}" }} }}, "b": {{ "command": "x" }}"#
            );
            let run = file(client, &entries).run(&["import", client]);
            assert!(!run.out.contains("env:"), "{client} {value}: {}", run.out);
            assert!(run.err.contains("env.ROOT"), "{client} {value}: {}", run.err);
            let remedy = format!("write the value itself in place of `{value}`");
            assert!(run.err.contains(&remedy), "{client} {value}: {}", run.err);
        }
    }
}

#[test]
fn a_shell_keeps_its_own_variables() {
    let case = Case::new().write(
        ".codex/config.toml",
        "[mcp_servers.a]\ncommand = 'bash'\nargs = ['-c', 'PATH=/x:${PATH:-} exec srv']\n",
    );
    let run = case.run(&["import"]);
    assert!(run.out.contains("PATH=/x:${PATH:-} exec srv"), "{}{}", run.out, run.err);
    case.put("mcp.toml", &run.out);
    case.ok(&["check", "-f", "mcp.toml"]);
    assert!(!case.run(&["doctor", "--json"]).out.contains("unreplaced"));
}

#[test]
fn a_default_that_is_a_secret_is_not_imported() {
    let entries = format!(
        r#""a": {{ "command": "x", "env": {{ "API_KEY": "${{KEY:-{CANARY}}}", "N": "${{M:-{CANARY}}}" }} }}"#
    );
    let case = file("claude-code", &entries);
    for args in [&["import"][..], &["import", "--secrets", "env"], &["doctor"]] {
        let run = case.run(args);
        assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "{}{}", run.out, run.err);
    }
}

/// Returns the lines behind `help:` of the only error.
fn helps(error: &str) -> Vec<&str> {
    error
        .lines()
        .filter_map(|line| line.trim_start_matches([' ', '=']).strip_prefix("help: "))
        .collect()
}

#[test]
fn the_fix_for_a_placeholder_in_a_declaration_works_when_typed() {
    for (server, field, first) in [
        ("command = '${HOME}/bin/x'", "command", "command = \"~/bin/x\""),
        ("command = 'x'\ncwd = '$HOME/src'", "cwd", "cwd = \"~/src\""),
        ("command = 'x'\nenv = { A = '${B}' }", "env", "secrets = { A = \"env:B\" }"),
        ("command = 'x'\nenv = { A = '${B:-c}' }", "env", "env = { A = \"c\" }"),
        ("command = 'x'\nenv = { A = '${env:HOME}/b' }", "env", "env = { A = \"~/b\" }"),
        ("command = 'x'\nenv = { A_TOKEN = '%B%' }", "env", "secrets = { A_TOKEN = \"env:B\" }"),
        (
            "command = 'x'\nenv = { A_TOKEN = '$(pass show b)' }",
            "env",
            "secrets = { A_TOKEN = \"command:pass show b\" }",
        ),
        (
            "url = 'https://a.example/mcp'\nheaders = { Authorization = 'Bearer ${B}' }",
            "headers",
            "auth = { token = \"env:B\" }",
        ),
        (
            "url = 'https://a.example/mcp'\nheaders = { X-Team = '{env:B}' }",
            "headers",
            "secrets = { X-Team = \"env:B\" }",
        ),
    ] {
        let case = Case::in_memory();
        let put = |text: &str| {
            case.put("mcp.toml", format!("clients = ['codex', 'zed']\n[servers.a]\n{text}\n"));
            case.run(&["check", "-f", "mcp.toml"])
        };
        let run = put(server);
        let found = helps(&run.err);
        assert_eq!(found.first(), Some(&first), "{server}\n{}", run.err);
        let rest: Vec<&str> =
            server.lines().filter(|line| !line.starts_with(&format!("{field} = "))).collect();
        let fixed = format!("{}\n{first}", rest.join("\n"));
        assert_eq!(put(&fixed).code, 0, "{fixed}");
        let last = found.last().unwrap().rsplit_once(": ").unwrap().1;
        assert_eq!(put(&format!("{server}\n{last}")).code, 0, "{last}\n{}", run.err);
    }
}

#[test]
fn a_placeholder_is_an_error_in_every_field_of_a_declaration() {
    for (server, place) in [
        ("command = '${workspaceFolder}/x'", "command"),
        ("command = 'x'\nargs = ['--a', '${userHome}/x']", "args"),
        ("command = 'x'\nargs = ['--a=$B']", "args"),
        ("command = 'x'\nenv.A = '${{ secrets.A }}'", "env.A"),
        ("command = 'x'\ncwd = '${workspaceFolder}'", "cwd"),
        ("url = 'https://${HOST}/mcp'", "url"),
        ("url = 'https://a.example/mcp'\nheaders.X-A = 'a ${input:b}'", "headers.X-A"),
    ] {
        let case = Case::in_memory();
        let text = format!("clients = ['codex', 'zed']\n[servers.a]\n{server}\n");
        case.put("mcp.toml", &text);
        let run = case.run(&["check", "-f", "mcp.toml"]);
        assert!(run.err.contains(&format!("`{place}` has a placeholder")), "{server}\n{}", run.err);
        case.put("mcp.toml", format!("{text}plain = ['{place}']\n"));
        case.ok(&["check", "-f", "mcp.toml"]);
    }
    let bridge =
        "command = 'npx'\nargs = ['-y', 'mcp-remote', 'https://a.example', '--header', 'A:${B}']";
    let case = Case::in_memory();
    case.put(
        "mcp.toml",
        format!("clients = ['zed']\n[servers.a]\n{bridge}\nsecrets.B = 'env:B'\n"),
    );
    case.ok(&["check", "-f", "mcp.toml"]);
}
