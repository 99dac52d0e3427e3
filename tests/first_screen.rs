//! `mcpgen` without a command.

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Server, sign_in};

fn screen(case: &Case, next: &str) -> String {
    let run = case.ok(&[]);
    assert!(run.out.lines().count() < 20, "{}", run.out);
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    assert!(run.out.contains(&format!("\nnext: {next}")), "{}", run.out);
    assert!(run.out.contains("`mcpgen --help`"), "{}", run.out);
    run.out
}

#[test]
fn it_leads_from_an_empty_machine_to_a_machine_where_all_is_done() {
    let (case, server) = (Case::new(), Server::honest());
    let out = screen(&case, "declare a first server with `mcpgen add NAME URL`");
    assert!(out.contains("no client was found"), "{out}");
    let entry =
        json!({ "mcpServers": { "one": { "url": server.url() }, "two": { "command": "sh" } } });
    case.put(".cursor/mcp.json", entry.to_string());
    let setup = "share the servers and their sign-ins, step by step: `mcpgen setup`";
    let out = screen(&case, setup);
    assert!(out.contains("Cursor") && out.contains("one and two"), "{out}");
    assert!(out.contains("`mcpgen init --import`"), "{out}");
    case.ok(&["init"]);
    screen(&case, setup);
    case.ok(&["init", "--import", "--secrets", "env"]);
    case.put(
        ".config/mcpgen/mcp.toml",
        case.read(".config/mcpgen/mcp.toml").replace("/mcp\"\n", "/mcp\"\nauth = \"oauth\"\n"),
    );
    screen(&case, "see the changes with `mcpgen plan`, and write them with `mcpgen apply`");
    case.ok(&["apply", "--adopt-all"]);
    let out = screen(&case, "sign in, once for all clients: `mcpgen login one`");
    assert!(out.contains("up to date") && out.contains("signed in to 0 of 1 server"), "{out}");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let out = screen(&case, "nothing; start every server once with `mcpgen verify`");
    assert!(out.contains("signed in to 1 of 1 server"), "{out}");
    let before = case.snapshot();
    screen(&case, "nothing");
    assert_eq!(case.snapshot(), before, "it writes nothing");
    case.put(".config/mcpgen/mcp.toml", "clients = [");
    screen(&case, "list them with `mcpgen check`");
}

#[test]
fn it_names_the_conflict_that_an_apply_would_have() {
    let case =
        Case::in_memory().declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"a\"\n");
    case.put(
        ".cursor/mcp.json",
        json!({ "mcpServers": { "one": { "command": "b" } } }).to_string(),
    );
    let run = case.ok(&[]);
    assert!(run.err.contains("--adopt one"), "{}", run.err);
}

#[test]
fn diff_is_the_plan_line_by_line() {
    let case =
        Case::in_memory().declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"a\"\n");
    let diff = case.ok(&["diff"]);
    assert!(!diff.out.is_empty());
    assert_eq!(diff.out, case.ok(&["plan", "--diff"]).out);
    assert_eq!(case.run(&["diff", "--exit-code"]).code, 3);
}
