//! The environment variables that only the entries of a bridge have, for clients that otherwise replace the bridge.

use serde_json::{Value, json};

use crate::case::Case;

const FILE: &str = ".cline/data/settings/cline_mcp_settings.json";
const OTHER: &str = ".cursor/mcp.json";
const SIGNED: &str = "[servers.signed]\nurl = \"https://example.com/mcp\"\nauth = \"oauth\"\n";

fn declared(servers: &str) -> Case {
    Case::new().declare(&format!("clients = ['cline', 'cursor']\n{servers}"))
}

fn entries(case: &Case, file: &str) -> Value {
    let root: Value = serde_json::from_str(&case.read(file)).unwrap();
    root["mcpServers"].clone()
}

// The file of Cline with the entry of `mcp-remote` that a user writes by hand.
fn written_by_hand() -> String {
    let args = ["-y", "mcp-remote@0.15.1", "https://example.com/mcp"];
    json!({ "mcpServers": { "signed": { "type": "stdio", "command": "npx", "args": args } } })
        .to_string()
}

fn applied() -> Case {
    let case = declared(SIGNED);
    case.ok(&["apply"]);
    case
}

#[test]
fn only_an_entry_of_a_bridge_gets_the_variable_and_the_command_stays_the_same() {
    let case = declared(&format!(
        "{SIGNED}[servers.keyed]\nurl = \"https://example.com/keyed\"\n\
         auth = {{ token = \"keyring:k\" }}\n\
         [servers.local]\ncommand = \"one\"\n\
         [servers.open]\nurl = \"https://example.com/open\"\n"
    ));
    case.ok(&["apply"]);
    let (cline, cursor) = (entries(&case, FILE), entries(&case, OTHER));
    assert_eq!(cline["signed"]["env"], json!({ "MCP_KEEP_BRIDGE": "1" }));
    for name in ["keyed", "local", "open"] {
        assert_eq!(cline[name]["env"], Value::Null, "{name}");
    }
    assert_eq!(cursor["signed"]["env"], Value::Null);
    for field in ["command", "args"] {
        assert_eq!(cline["signed"][field], cursor["signed"][field]);
    }
}

#[test]
fn a_variable_of_the_declaration_takes_precedence() {
    let case =
        declared(&format!("[launch]\nenv = {{ MCP_KEEP_BRIDGE = \"2\", A = \"b\" }}\n{SIGNED}"));
    case.ok(&["apply"]);
    let want = json!({ "A": "b", "MCP_KEEP_BRIDGE": "2" });
    assert_eq!(entries(&case, FILE)["signed"]["env"], want);
}

#[test]
fn import_does_not_declare_the_variable() {
    let case = applied();
    for clients in [&["import", "cline"][..], &["import", "cline", "cursor"]] {
        let run = case.ok(clients);
        assert!(!run.out.contains("MCP_KEEP_BRIDGE"), "{}", run.out);
        assert!(!run.out.contains("[launch]"), "{}", run.out);
        assert_eq!(run.out.matches("[servers.").count(), 1, "{}", run.out);
    }
}

#[test]
fn doctor_reports_no_difference_between_the_entries() {
    let with = applied();
    let without = Case::new().declare(&format!("clients = ['cursor', 'windsurf']\n{SIGNED}"));
    without.ok(&["apply"]);
    let codes = |case: &Case| -> Vec<Value> {
        let report: Value = serde_json::from_str(&case.run(&["doctor", "--json"]).out).unwrap();
        report.as_array().unwrap().iter().map(|finding| finding["code"].clone()).collect()
    };
    assert_eq!(codes(&with), codes(&without));
    assert_eq!(with.run(&["plan", "--exit-code"]).code, 0);
}

#[test]
fn an_entry_that_lacks_only_the_variable_is_no_conflict_and_gets_it_when_it_is_adopted() {
    let case = declared(SIGNED).write(FILE, written_by_hand());
    case.ok(&["apply"]);
    assert_eq!(case.read(FILE), written_by_hand(), "it is the user's own");
    case.ok(&["apply", "--adopt", "signed"]);
    assert_eq!(entries(&case, FILE)["signed"]["env"], json!({ "MCP_KEEP_BRIDGE": "1" }));
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 0);
}

#[test]
fn an_entry_of_mcpgen_that_lost_the_variable_gets_it_again() {
    let case = applied();
    let text = case.read(FILE);
    let mut root: Value = serde_json::from_str(&text).unwrap();
    root["mcpServers"]["signed"].as_object_mut().unwrap().remove("env");
    case.put(FILE, root.to_string());
    case.ok(&["apply"]);
    assert_eq!(entries(&case, FILE)["signed"]["env"], json!({ "MCP_KEEP_BRIDGE": "1" }));
}
