//! `list`: how each client reaches each server, and with which sign-in.

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run};
use crate::docs::{blocks, blocks_of};
use crate::repository;

mod selection;
mod sign_ins;

const URL: &str = "https://mcp.atlassian.com/v1/mcp";

fn rows(case: &Case) -> Vec<Value> {
    serde_json::from_str(&case.ok(&["list", "--json"]).out).unwrap()
}

/// Returns the entry of a client for a server.
fn way(case: &Case, server: &str, client: &str) -> Value {
    let rows = rows(case);
    let row = rows.iter().find(|row| row["server"] == server).unwrap();
    let ways = row["clients"].as_array().unwrap();
    ways.iter().find(|way| way["client"] == client).unwrap().clone()
}

fn flat(run: &Run) -> String {
    run.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens() -> String {
    json!({ "access_token": CANARY, "token_type": "Bearer" }).to_string()
}

fn two_clients() -> Case {
    let direct = |name: &str, more: &str| {
        format!(r#"{{ "mcpServers": {{ "{name}": {{ {more} "url": "{URL}" }} }} }}"#)
    };
    let own = json!({ "mcpOAuth": { "atlassian|0123456789abcdef": {
        "serverName": "atlassian", "serverUrl": URL, "accessToken": CANARY,
    } } });
    Case::new()
        .write(".cursor/mcp.json", direct("Atlassian", ""))
        .write(".claude.json", direct("Atlassian", r#""type": "http","#))
        .write(".claude/.credentials.json", own.to_string())
}

#[test]
fn a_person_sees_that_two_clients_sign_in_separately_and_the_page_shows_it() {
    let case = two_clients();
    let before = case.snapshot();
    let text = case.ok(&["list"]).out;
    assert!(text.contains("not shared: Claude Code and Cursor sign in separately\n"), "{text}");
    assert_eq!(case.snapshot(), before, "list writes nothing");
    let case = two_clients().declare(
        "clients = [\"cursor\", \"claude-code\"]\n[servers.jira]\nurl = \"https://j.example/mcp\"\nauth = \"oauth\"\n",
    );
    case.ok(&["apply"]);
    let page = repository::content("docs/reference/list-and-verify.md");
    let shown = blocks(&page);
    assert_eq!(case.ok(&["list"]).out, blocks_of(&shown, "text")[0]);
}

#[test]
fn every_client_and_many_servers_fit_the_terminal_with_one_line_for_each_server() {
    let table: Vec<Value> =
        serde_json::from_str(&Case::new().ok(&["clients", "--json"]).out).unwrap();
    let clients: Vec<&Value> = table.iter().filter(|row| !row["path"].is_null()).collect();
    let names: Vec<&Value> = clients.iter().map(|row| &row["name"]).collect();
    let mut text = format!("clients = {}\n", json!(names));
    for at in 10..35 {
        text +=
            &format!("[servers.s{at}]\nurl = \"https://s{at}.example/mcp\"\nauth = \"oauth\"\n");
    }
    for width in ["80", "120"] {
        let case = Case::in_memory().declare(&text).var("COLUMNS", width);
        case.ok(&["apply"]);
        let out = case.ok(&["list"]).out;
        let all = format!("all {} clients", names.len());
        assert_eq!(out.lines().filter(|line| line.ends_with(&all)).count(), 25, "{out}");
        assert_eq!(out.lines().count(), 26, "{out}");
        // One client differs: it is named, and so is what the others have.
        let file = case
            .read(".cursor/mcp.json")
            .replace("https://s10.example/mcp", "https://s10.example/mcp/");
        case.put(".cursor/mcp.json", file);
        let out = case.ok(&["list"]).out;
        let widest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest}\n{out}");
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("shared, missing all except Cursor"), "{out}");
        assert!(flat.contains("edited separate, missing Cursor"), "{out}");
        assert!(flat.contains("not shared: 2 separate sign-ins"), "{out}");
    }
}

#[test]
fn each_state_of_an_entry_is_shown() {
    let declaration = |servers: &str| {
        let clients = "clients = [\"cursor\", \"codex\", \"gemini-cli\", \"zed\"]\n";
        clients.to_owned() + servers
    };
    let one = "[servers.one]\ncommand = \"one\"\nclients = [\"cursor\", \"codex\", \"zed\"]\n";
    let case = Case::new().declare(&declaration(one));
    case.ok(&["apply", "cursor", "codex"]);
    case.put(".codex/config.toml", "[mcp_servers.one]\ncommand = \"two\"\nargs = []\n");
    case.put(
        ".gemini/settings.json",
        r#"{ "mcpServers": { "one": { "command": "mine" }, "x": { "command": "x" } } }"#,
    );
    case.put(
        ".qwen/settings.json",
        r#"{ "mcpServers": { "off": { "command": "x", "disabled": true } } }"#,
    );
    let state = |server, client| way(&case, server, client)["state"].clone();
    assert_eq!(state("one", "cursor"), "written");
    assert_eq!(state("one", "codex"), "edited");
    assert_eq!(state("one", "zed"), "not-written");
    assert_eq!(state("x", "gemini-cli"), "foreign");
    assert_eq!(state("off", "qwen-code"), "disabled");
    let flat = flat(&case.ok(&["list"]));
    for cells in ["two, edited none Codex", "not written - Zed", "disabled - Qwen Code"] {
        assert!(flat.contains(cells), "{cells}: {flat}");
    }
}

#[test]
fn of_a_command_the_program_and_its_package_are_shown() {
    let case = Case::new().write("My Apps/server", "");
    let spaced = case.path("My Apps/server");
    for (command, args, shown) in [
        ("npx", json!(["-y", "@scope/pkg", "--key", "x"]), "npx pkg"),
        ("/usr/bin/python3", json!(["-u", "server.py"]), "python3 server.py"),
        ("deno", json!(["run", "-A", "server.ts"]), "deno server.ts"),
        ("npx", json!(["--token", "x", "pkg"]), "npx"),
        (spaced.to_str().unwrap(), json!([]), "server"),
    ] {
        let entry = json!({ "mcpServers": { "a": { "command": command, "args": args } } });
        case.put(".cursor/mcp.json", entry.to_string());
        assert_eq!(way(&case, "a", "cursor")["command"], shown, "{command} {args}");
    }
}

#[test]
fn a_client_whose_file_cannot_be_read_is_not_called_unwritten() {
    let case = Case::new()
        .declare("clients = [\"codex\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\n");
    case.ok(&["apply"]);
    case.put(".cursor/mcp.json", r#"{ "mcpServers": {}, "mcpServers": {} }"#);
    assert_eq!(way(&case, "one", "cursor")["state"], "unreadable");
    assert_eq!(way(&case, "one", "codex")["state"], "written");
    let typed = case.typed(&["list"]).out;
    assert!(typed.contains("unreadable") && !typed.contains("mcpgen apply"), "{typed}");
}

#[test]
fn a_list_says_what_to_type_next() {
    let typed = |case: &Case| {
        let run = case.typed(&["list"]);
        assert_eq!(run.code, 0, "{}", run.out);
        run.out
    };
    assert!(typed(&Case::new()).contains("write a first declaration with `mcpgen init`"));
    assert!(typed(&two_clients()).contains("`mcpgen init --import`"));
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{URL}\"\nauth = \"oauth\"\n"
    ));
    assert!(typed(&case).contains("write the declared servers with `mcpgen apply`"));
    case.ok(&["apply"]);
    assert!(typed(&case).contains("sign in with `mcpgen login one`"));
    case.put(".cursor/mcp.json", case.read(".cursor/mcp.json").replace("npx", "bunx"));
    assert!(typed(&case).contains("`mcpgen plan --diff`"));
}

#[test]
fn files_and_declarations_with_errors_are_reported_and_the_rest_is_listed() {
    let case = two_clients().declare("clients = 1\n").write(".gemini/settings.json", "{ \"a\":");
    let run = case.ok(&["list"]);
    assert!(run.out.contains("Claude Code"), "{}", run.out);
    assert!(run.err.contains("cannot read the servers of Gemini CLI"), "{}", run.err);
    assert!(run.err.contains("has errors") && run.err.contains("`mcpgen check`"), "{}", run.err);
}
