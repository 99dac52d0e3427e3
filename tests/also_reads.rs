//! Clients that read the files of other clients: what a plan says about them.

use crate::case::Case;

fn declared(clients: &str) -> Case {
    let servers = "[servers.one]\ncommand = \"one\"\n\
                   [servers.two]\ncommand = \"two\"\nclients = [\"claude-code\"]\n";
    Case::new().declare(&format!("clients = [{clients}]\n{servers}"))
}

fn notes(case: &Case, args: &[&str]) -> String {
    let plan = case.ok(args);
    plan.err.lines().filter(|line| line.contains("also reads")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_server_that_reaches_a_client_through_another_file_is_a_note() {
    let found = notes(&declared("'claude-code', 'grok', 'codex'"), &["plan"]);
    let want = "note: Grok Build also reads ~/.claude.json, so it gets `two`, which is not declared for it";
    assert_eq!(found, want);
    assert_eq!(notes(&declared("'claude-code', 'codex'"), &["plan"]), "");
}

#[test]
fn a_server_that_a_client_shows_twice_in_a_project_is_a_note_and_the_remedy_helps() {
    let case = declared("'claude-code', 'vscode'");
    std::fs::create_dir(case.path("site")).unwrap();
    let found = notes(&case, &["plan", "--project", "site"]);
    assert!(
        found.contains("VS Code also reads ~/site/.mcp.json, so it can show `one` twice"),
        "{found}"
    );
    assert!(found.contains("it gets `two`"), "{found}");
    let once = declared("'claude-code', 'vscode'");
    let text = once.read(".config/mcpgen/mcp.toml");
    let text = text.replace("[servers.two]", "clients = [\"claude-code\"]\n[servers.two]");
    let once = Case::new().declare(&text);
    std::fs::create_dir(once.path("site")).unwrap();
    let found = notes(&once, &["plan", "--project", "site"]);
    assert!(!found.contains("twice"), "{found}");
}

#[test]
fn a_client_reads_only_the_usual_home_of_another_client_and_each_note_is_there_once() {
    let case = declared("'claude-code', 'grok'");
    let text = case.read(".config/mcpgen/mcp.toml");
    let homes = "[homes]\nclaude-code = [\"~/.claude-work\"]\ngrok = [\"~/.grok-work\"]\n";
    let case = Case::new().declare(&format!("{text}{homes}"));
    let found = notes(&case, &["plan"]);
    assert!(found.contains("Grok Build also reads ~/.claude.json"), "{found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn json_has_the_notes_about_the_files_of_other_clients() {
    let case = declared("'claude-code', 'grok'");
    let plan: serde_json::Value = serde_json::from_str(&case.ok(&["plan", "--json"]).out).unwrap();
    let targets = plan["targets"].as_array().unwrap();
    let grok = targets.iter().find(|target| target["client"] == "grok").unwrap();
    let want =
        "Grok Build also reads ~/.claude.json, so it gets `two`, which is not declared for it";
    assert_eq!(
        grok["notes"],
        serde_json::json!([want.replace('/', std::path::MAIN_SEPARATOR_STR)])
    );
}
