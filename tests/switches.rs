//! What a user keeps inside mcpgen's entry: it survives a new name and `enabled = false`.

use serde_json::{Value, json};

use crate::case::Case;

const CLINE: &str = ".cline/data/settings/cline_mcp_settings.json";
const CODEX: &str = ".codex/config.toml";
const CURSOR: &str = ".cursor/mcp.json";
const DECLARATION: &str = ".config/mcpgen/mcp.toml";

fn declared(fields: &str) -> String {
    format!(
        "clients = [\"cline\", \"codex\", \"cursor\", \"goose\"]\n[servers.one]\ncommand = \"one\"\n{fields}"
    )
}

// An entry in every client, in which the user changed something.
fn in_use() -> Case {
    let case = Case::new().declare(&declared(""));
    case.ok(&["apply"]);
    let mut cline: Value = serde_json::from_str(&case.read(CLINE)).unwrap();
    cline["mcpServers"]["one"]["autoApprove"] = json!(["read"]);
    case.put(CLINE, cline.to_string());
    let tools = "[mcp_servers.one.tools.read]\napproval_mode = \"approve\"\n";
    case.put(CODEX, format!("{}\n{tools}", case.read(CODEX)));
    case.put(CURSOR, case.read(CURSOR).replace("\"args\"", "\"mine\": 1,\n      \"args\""));
    case
}

fn json_entry(case: &Case, path: &str, name: &str) -> Value {
    let file: Value = serde_json::from_str(&case.read(path)).unwrap();
    file["mcpServers"][name].clone()
}

#[test]
fn a_renamed_server_keeps_what_the_user_added_to_its_entry() {
    let case = in_use();
    case.put(CLINE, case.read(CLINE).replace("\"disabled\":false", "\"disabled\":true"));
    case.put(DECLARATION, declared("replaces = [\"one\"]\n").replace("rs.one", "rs.uno"));
    let run = case.ok(&["apply"]);
    assert!(!run.err.contains("note:"), "nothing is lost: {}", run.err);
    let cline = json_entry(&case, CLINE, "uno");
    let kept = (&cline["disabled"], &cline["autoApprove"], &cline["timeout"]);
    assert_eq!(kept, (&json!(true), &json!(["read"]), &json!(60)));
    assert_eq!(json_entry(&case, CURSOR, "uno")["mine"], 1);
    let codex = case.read(CODEX);
    assert!(codex.contains("mcp_servers.uno") && codex.contains("approval_mode"), "{codex}");
    assert!(!codex.contains("mcp_servers.one"), "{codex}");
    assert_eq!(case.ok(&["plan"]).out, "");
    case.put(DECLARATION, declared("").replace("rs.one", "rs.uno"));
    assert_eq!(case.ok(&["plan"]).out, "", "the user's fields are not mcpgen's");
}

#[test]
fn an_adopted_entry_keeps_the_users_fields_under_its_new_name_but_not_its_launch() {
    let hand =
        r#"{"mcpServers":{"my_one":{"command":"old","env":{"A":"b"},"disabled":true,"mine":1}}}"#;
    let text = declared("replaces = [\"my_one\"]\n");
    let case = Case::new().declare(&text).write(CLINE, hand);
    let plan = case.run(&["plan"]);
    assert!(plan.err.contains("removing it would remove `env` (A)"), "{}", plan.err);
    case.ok(&["apply", "--adopt", "one"]);
    assert_eq!(
        json_entry(&case, CLINE, "one"),
        json!({"type": "stdio", "command": "one", "args": [], "disabled": true, "mine": 1, "autoApprove": [], "timeout": 60})
    );
}

#[test]
fn a_disabled_server_is_disabled_by_the_clients_own_field_and_enabled_again_without_a_loss() {
    let case = in_use();
    let before: Vec<String> = [CLINE, CODEX].map(|path| case.read(path)).into();
    case.put(DECLARATION, declared("enabled = false\n"));
    let plan = case.ok(&["plan"]);
    assert_eq!(plan.out.matches("~ one  disable").count(), 3, "{}", plan.out);
    assert!(plan.out.contains("- one  remove"), "Cursor has no such field: {}", plan.out);
    assert!(plan.err.contains("from ~/.cursor/mcp.json also removes 1 field"), "{}", plan.err);
    case.ok(&["apply"]);
    let cline = json_entry(&case, CLINE, "one");
    assert_eq!((&cline["disabled"], &cline["autoApprove"]), (&json!(true), &json!(["read"])));
    assert!(case.read(CODEX).contains("enabled = false") && case.read(CODEX).contains("approval"));
    assert!(case.read(".config/goose/config.yaml").contains("enabled: false"));
    assert_eq!(case.ok(&["plan"]).out, "");
    case.put(CLINE, case.read(CLINE).replace("\"disabled\":true", "\"disabled\":false"));
    assert!(case.ok(&["apply"]).err.contains("~ one  disabled"), "the declaration wins");
    case.put(DECLARATION, declared(""));
    case.ok(&["apply"]);
    assert_eq!(case.read(CLINE), before[0]);
    assert_eq!(case.read(CODEX).replace("enabled = true\n", ""), before[1]);
    assert!(case.read(".config/goose/config.yaml").contains("enabled: true"));
    assert_eq!(case.ok(&["plan"]).out, "");
}

#[test]
fn an_entry_that_the_user_disabled_stays_disabled_when_the_server_is_enabled_again() {
    let case = in_use();
    case.put(CLINE, case.read(CLINE).replace("\"disabled\":false", "\"disabled\":true"));
    for fields in ["enabled = false\n", ""] {
        case.put(DECLARATION, declared(fields));
        case.ok(&["apply"]);
        assert_eq!(json_entry(&case, CLINE, "one")["disabled"], true, "{fields}");
    }
}

#[test]
fn a_disabled_server_that_a_client_never_had_is_not_added_and_its_entry_goes_with_the_declaration()
{
    let case = Case::new().declare(&declared("enabled = false\n"));
    assert_eq!(case.ok(&["apply"]).err, "");
    assert!(!case.exists(CLINE));
    let case = in_use();
    case.put(DECLARATION, declared("enabled = false\n"));
    case.ok(&["apply"]);
    case.ok(&["apply", "--none"]);
    assert!(!case.exists(CLINE) && !case.exists(".config/goose/config.yaml"));
}

#[test]
fn a_server_that_gets_a_new_name_while_it_is_disabled_keeps_what_the_user_added() {
    let case = in_use();
    let renamed = |fields: &str| {
        declared(&format!("replaces = [\"one\"]\n{fields}")).replace("rs.one", "rs.uno")
    };
    case.put(DECLARATION, renamed("enabled = false\n"));
    case.ok(&["apply"]);
    let cline = json_entry(&case, CLINE, "one");
    assert_eq!((&cline["disabled"], &cline["autoApprove"]), (&json!(true), &json!(["read"])));
    assert!(case.read(CODEX).contains("enabled = false") && case.read(CODEX).contains("approval"));
    let next = case.ok(&["plan"]);
    assert_eq!((next.out.as_str(), next.err.as_str()), ("", ""));
    case.put(DECLARATION, renamed(""));
    case.ok(&["apply"]);
    let cline = json_entry(&case, CLINE, "uno");
    assert_eq!((&cline["disabled"], &cline["autoApprove"]), (&json!(false), &json!(["read"])));
    assert_eq!(json_entry(&case, CLINE, "one"), Value::Null);
    assert!(case.read(CODEX).contains("approval") && !case.read(CODEX).contains("servers.one"));
}

#[test]
fn a_disabled_server_does_not_disable_the_users_own_entry_of_its_old_name_and_a_note_says_so() {
    let hand = r#"{"mcpServers":{"my_one":{"command":"old"}}}"#;
    let text = declared("replaces = [\"my_one\"]\nenabled = false\n");
    let case = Case::new().declare(&text).write(CLINE, hand);
    let run = case.ok(&["apply"]);
    let note = "note: the server `one` is disabled, but the entry `my_one` in \
                ~/.cline/data/settings/cline_mcp_settings.json stays, because mcpgen did not write it\n";
    assert!(run.err.contains(note), "{}", run.err);
    assert_eq!(case.read(CLINE), hand);
}
