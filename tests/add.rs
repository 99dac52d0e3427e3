//! `add` and `remove`: changing the declaration from the command line.

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run};
use crate::oauth::Server;

const FILE: &str = ".config/mcpgen/mcp.toml";

fn case() -> Case {
    let case = Case::in_memory();
    case.put(".cursor/mcp.json", "{}");
    case
}

fn written(case: &Case) -> Value {
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    file["mcpServers"].clone()
}

fn paste(case: &Case, args: &[&str], text: &str) -> Run {
    case.pipe(&[&["add"], args, &["--from", "-"]].concat(), text)
}

#[test]
fn an_added_server_reaches_the_clients_with_what_was_said() {
    let case = case();
    let run = case.ok(&["add", "files", "--", "npx", "-y", "server-files", "--root", "/srv"]);
    assert!(run.err.contains("next: write the clients' files: `mcpgen apply`"), "{}", run.err);
    assert_eq!(case.read(FILE).lines().next(), Some("clients = [\"cursor\"]"));
    case.ok(&["add", "plain", "uvx", "tool", "-e", "A=b=c", "--env", "D=e"]);
    case.ok(&[
        "add",
        "sse",
        "http://127.0.0.1:9/sse",
        "-t",
        "sse",
        "-H",
        "X-Team: a: b",
        "--no-probe",
    ]);
    case.ok(&["add", "gh", "https://x.example/mcp", "--token", "env:GH", "--client", "cursor"]);
    case.ok(&["add", "jira", "--secret", "JIRA_TOKEN=env:J", "uvx", "jira"]);
    case.ok(&["add", "team", "https://x.example/b", "-H", "Authorization: Bearer ${TEAM}"]);
    case.ok(&["check"]);
    case.ok(&["apply"]);
    let servers = written(&case);
    assert_eq!(servers["files"]["args"], json!(["-y", "server-files", "--root", "/srv"]));
    assert_eq!(servers["plain"]["env"], json!({ "A": "b=c", "D": "e" }));
    assert_eq!(servers["sse"]["headers"], json!({ "X-Team": "a: b" }));
    assert_eq!(servers["gh"]["args"], json!(["exec", "gh"]));
    let text = case.read(FILE);
    for line in [
        "transport = \"sse\"",
        "auth = { token = \"env:GH\" }\nclients = [\"cursor\"]",
        "secrets = { JIRA_TOKEN = \"env:J\" }",
        "auth = { token = \"env:TEAM\" }",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn every_byte_of_the_declaration_stays_when_a_server_is_added_and_removed() {
    for text in [
        "# mine\nclients = [\"cursor\"] # only this\n\n[servers.one]\ncommand = \"a\" # why\n",
        "clients = [\"cursor\"]\n\n# the first\n[servers.one]\ncommand = \"a\"\n\n[servers.one.env]\nA = \"b\"\n\n[launch]\nmcpgen = \"mcpgen\"",
        "clients = [\"cursor\"]\r\n\r\n[servers.one]\r\ncommand = \"a\"\r\n",
        "\u{feff}clients = [\"cursor\"]\n[servers]\none = { command = \"a\" }\n",
    ] {
        let case = case();
        case.put(FILE, text);
        case.ok(&["add", "two", "uvx", "two"]);
        let added = case.read(FILE);
        assert!(added.starts_with(text), "{added:?}");
        assert_eq!(added.contains("\r\n"), text.contains("\r\n"), "{added:?}");
        assert_eq!(
            added.matches('\n').count(),
            added.matches("\r\n").count().max(added.matches('\n').count())
        );
        case.ok(&["remove", "two"]);
        assert_eq!(case.read(FILE).trim_end(), text.trim_end());
    }
}

#[test]
fn a_removed_server_takes_its_own_comment_along_and_no_other() {
    let case = case();
    let text = "# my servers\nclients = [\"cursor\"]\n\n# Work\n\n# the tracker\n# since May\n[servers.one]\ncommand = \"a\"\n\
                [servers.one.env]\nA = \"b\" # c\n\n# the docs\n[servers.two]\ncommand = \"b\"\n";
    case.put(FILE, text);
    case.ok(&["apply"]);
    let run = case.ok(&["remove", "one"]);
    assert!(run.err.contains("`mcpgen apply`"), "{}", run.err);
    let left = case.read(FILE);
    for (piece, stays) in [
        ("# my servers", true),
        ("# Work", true),
        ("# the docs", true),
        ("tracker", false),
        ("May", false),
    ] {
        assert_eq!(left.contains(piece), stays, "{piece} in {left}");
    }
    case.ok(&["apply"]);
    assert_eq!(written(&case).as_object().unwrap().keys().collect::<Vec<_>>(), ["two"]);
    let run = case.run(&["remove", "tow"]);
    assert!(run.code == 2 && run.err.contains("`two`"), "{}", run.err);
    assert_eq!(case.read(FILE), left);
}

#[test]
fn a_pasted_entry_of_any_client_is_one_server() {
    let entry = json!({ "command": "npx", "args": ["-y", "docs"], "env": { "LEVEL": "2" } });
    let opencode = json!({ "type": "local", "command": ["npx", "-y", "docs"], "environment": { "LEVEL": "2" } });
    for (name, text) in [
        (None, json!({ "mcpServers": { "docs": entry } }).to_string()),
        (None, json!({ "servers": { "docs": entry } }).to_string()),
        (None, json!({ "mcp": { "docs": opencode } }).to_string()),
        (None, json!({ "docs": entry }).to_string()),
        (None, format!("\"docs\": {entry},\n")),
        (Some("docs"), entry.to_string()),
        (Some("docs"), json!({ "mcpServers": { "other": entry } }).to_string()),
        (None, "[mcp_servers.docs]\ncommand = 'npx'\nargs = ['-y', 'docs']\nenv = { LEVEL = '2' }\n".to_owned()),
        (None, "extensions:\n  docs:\n    type: stdio\n    cmd: npx\n    args: [-y, docs]\n    envs: { LEVEL: '2' }\n".to_owned()),
    ] {
        let case = case();
        let args: Vec<&str> = name.into_iter().collect();
        let run = paste(&case, &args, &text);
        assert_eq!(run.code, 0, "{text}: {}", run.err);
        let declared = "[servers.docs]\ncommand = \"npx\"\nargs = [\"-y\", \"docs\"]\nenv = { LEVEL = \"2\" }\n";
        assert!(case.read(FILE).ends_with(declared), "{text}: {}", case.read(FILE));
    }
}

#[test]
fn a_secret_that_is_typed_or_pasted_is_never_written() {
    let case = case();
    let header = format!("Authorization: Bearer {CANARY}");
    let entry = json!({ "acme": { "command": "acme", "env": { "ACME_API_KEY": CANARY } } });
    let readme =
        json!({ "acme": { "command": "acme", "env": { "ACME_API_KEY": "YOUR_API_KEY" } } });
    for run in [
        case.run(&["add", "gh", "https://x.example/mcp", "-H", &header]),
        case.run(&["add", "acme", "-e", &format!("ACME_API_KEY={CANARY}"), "acme"]),
        case.run(&["add", "acme", "--", "acme", "--api-key", CANARY]),
        paste(&case, &[], &entry.to_string()),
        paste(&case, &[], &readme.to_string()),
    ] {
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains("pass `--secrets keyring`"), "{}", run.err);
        assert!(!run.err.contains(CANARY) && !run.out.contains(CANARY), "{}", run.err);
        assert!(!case.exists(FILE));
    }
    let run = paste(&case, &["--secrets", "env"], &entry.to_string());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(case.read(FILE).contains("secrets = { ACME_API_KEY = \"env:ACME_API_KEY\" }"));
    assert!(!case.read(FILE).contains(CANARY) && !run.err.contains(CANARY));
}

#[test]
fn what_is_no_server_is_an_error_and_changes_nothing() {
    let case = case();
    case.put(FILE, "clients = [\"cursor\"]\n[servers.one]\ncommand = \"a\"\n");
    let before = case.snapshot();
    for (args, code, said) in [
        (&["one", "uvx", "x"][..], 1, "already has a server `one`"),
        (&["two"], 2, "URL"),
        (&["bad name", "uvx"], 2, "for example `bad-name`"),
        (&["two", "https://x.example", "-e", "A=b"], 2, "a URL has no environment"),
        (&["two", "uvx", "-H", "A: b"], 2, "a program has no headers"),
        (&["two", "uvx", "-t", "http"], 2, "needs a URL"),
        (&["two", "uvx", "-e", "A"], 2, "NAME=VALUE"),
        (&["two", "uvx", "--secret", "A"], 2, "NAME=REF"),
        (&["two", "uvx", "--secret", "A=b"], 1, "secret reference"),
        (&["two", "uvx", "--client", "cursr"], 2, "cursor"),
        (&["two", "uvx", "--client", "codex"], 1, "codex"),
        (&["--from", "nowhere.json"], 1, "not found"),
    ] {
        let run = case.run(&[&["add"], args].concat());
        assert!(run.code == code && run.err.contains(said), "{args:?}: {} {}", run.code, run.err);
        assert_eq!(case.snapshot(), before, "{args:?}");
    }
    for text in ["", "hello", "{\"a\": 1}", "{\"command\": \"x\"}", "[1]"] {
        let run = paste(&case, &[], text);
        assert!(run.code == 1 && run.err.contains("no entry of a server"), "{text}: {}", run.err);
        assert_eq!(case.snapshot(), before, "{text}");
    }
}

#[test]
fn a_server_that_requires_a_sign_in_is_declared_with_it() {
    let server = Server::honest();
    let case = Case::new();
    case.put(".cursor/mcp.json", "{}");
    let run = case.ok(&["add", "one", &server.url()]);
    assert!(case.read(FILE).contains("auth = \"oauth\""), "{}", case.read(FILE));
    assert!(run.err.contains("`mcpgen login one`"), "{}", run.err);
    case.ok(&["add", "two", &server.url(), "--no-probe"]);
    assert_eq!(case.read(FILE).matches("auth =").count(), 1);
    let run = case.ok(&["add", "three", "http://127.0.0.1:1/mcp"]);
    assert!(run.err.contains("may require a sign-in"), "{}", run.err);
}

#[test]
fn a_server_of_a_registry_is_started_by_its_package() {
    let variable =
        |name: &str, secret: bool| json!({ "name": name, "isSecret": secret, "isRequired": true });
    let package = |kind: &str, id: &str| {
        json!({ "registryType": kind, "identifier": id, "version": "1.2.3", "transport": { "type": "stdio" },
            "packageArguments": [{ "type": "named", "name": "--mode", "value": "fast" }],
            "environmentVariables": [variable("ACME_API_KEY", true), { "name": "LEVEL", "default": "2" }] })
    };
    for (kind, id, said) in [
        (
            "npm",
            "@acme/mcp",
            "command = \"npx\"\nargs = [\"-y\", \"@acme/mcp@1.2.3\", \"--mode\", \"fast\"]",
        ),
        ("pypi", "acme", "command = \"uvx\"\nargs = [\"acme==1.2.3\", \"--mode\", \"fast\"]"),
        ("oci", "docker.example/acme", "  \"ACME_API_KEY\",\n  \"docker.example/acme:1.2.3\",\n"),
    ] {
        let case = case();
        let text = json!({ "name": "com.example/acme", "description": "x", "packages": [package(kind, id)] });
        case.put("server.json", text.to_string());
        let path = case.path("server.json").to_str().unwrap().to_owned();
        let run = case.ok(&["add", "--from", &path]);
        let declared = case.read(FILE);
        assert!(declared.contains("[servers.acme]") && declared.contains(said), "{declared}");
        assert!(
            declared.contains("secrets = { ACME_API_KEY = \"env:ACME_API_KEY\" }"),
            "{declared}"
        );
        assert!(declared.contains("LEVEL"), "{declared}");
        assert!(run.err.contains("mcpgen apply"), "{}", run.err);
        case.ok(&["check"]);
    }
    let case = case();
    let remote = json!({ "type": "streamable-http", "url": "https://x.example/mcp",
        "headers": [{ "name": "X-Key", "isSecret": true, "isRequired": true }] });
    let text = json!({ "name": "com.example/acme", "remotes": [remote] });
    let run = paste(&case, &["mine"], &text.to_string());
    assert_eq!(run.code, 0, "{}", run.err);
    let declared =
        "[servers.mine]\nurl = \"https://x.example/mcp\"\nsecrets = { X-Key = \"env:X_KEY\" }\n";
    assert!(case.read(FILE).ends_with(declared), "{}", case.read(FILE));
}

#[test]
fn an_edited_declaration_is_checked_and_the_next_step_is_named() {
    let case = Case::new();
    let run = case.run(&["edit"]);
    assert!(run.code == 1 && run.err.contains("`mcpgen init`"), "{}", run.err);
    let text = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"a\"\n";
    let case = case.declare(text).var("VISUAL", "true --wait");
    let run = case.ok(&["edit"]);
    assert!(run.err.contains("is unchanged"), "{}", run.err);
    let case =
        case.var("EDITOR", "printf '%s\\n' '[servers.two]' 'command = \"b\"' >>").var("VISUAL", "");
    let run = case.ok(&["edit"]);
    assert!(run.err.contains("next: `mcpgen plan`"), "{}", run.err);
    assert!(case.read(FILE).ends_with("[servers.two]\ncommand = \"b\"\n"));
    let run = case.run(&["edit"]);
    assert!(run.code == 1 && run.err.contains("two"), "twice: {}", run.err);
    let run = case.var("VISUAL", "exit 3; ").run(&["edit"]);
    assert!(run.code == 1 && run.err.contains("exit status: 3"), "{}", run.err);
}
