//! A project file of two clients: the plan says of it what it says of a file of one client.

use serde_json::Value;

use crate::case::Case;

// Claude Code reads the file too, but the server is declared only for the other client.
const DECLARATION: &str = r#"clients = ["claude-code", "copilot-cli"]
[servers.one]
clients = ["copilot-cli"]
command = "one"
args = ["--key", { secret = "env:CANARY" }]
startup-timeout = 7
secrets = { TOKEN = "env:GITHUB_TOKEN" }
"#;

#[test]
fn the_notes_about_each_client_of_a_shared_file_are_there_and_name_this_client() {
    let case = Case::new().declare(DECLARATION).write("site/x", "");
    let case = case.var("GITHUB_TOKEN", "x");
    let alone = Case::new().declare(&DECLARATION.replace("\"claude-code\", ", ""));
    let alone = alone.write("site/x", "").var("GITHUB_TOKEN", "x");
    let notes = |case: &Case| -> Value {
        let plan = case.ok(&["plan", "--project", "site", "--json"]).out;
        serde_json::from_str::<Value>(&plan).unwrap()["targets"][0]["notes"].clone()
    };
    let said = notes(&alone);
    assert_eq!(said.as_array().unwrap().len(), 3, "{said}");
    assert_eq!(notes(&case), said);
    let plan = case.ok(&["plan", "--project", "site"]).err;
    for part in [
        "note: `one` gets a secret in an argument",
        "copilot-cli does not support a startup timeout",
        "GitHub Copilot CLI does not pass `GITHUB_TOKEN`",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    assert!(!plan.contains("claude-code does not"), "{plan}");
}
