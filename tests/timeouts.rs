//! The timeouts and lists of tools of a declaration in the entries of clients.

use mcpgen::testing::fields::parse_toml;

use crate::case::Case;

fn declared(clients: &str, timeouts: &str) -> Case {
    let server = "[servers.one]\ncommand = \"one\"\n";
    Case::new().declare(&format!("clients = [{clients}]\n{server}{timeouts}\n"))
}

#[test]
fn a_startup_timeout_is_written_in_the_units_of_each_client() {
    let case = declared(
        "'codex', 'kimi-code', 'hermes', 'crush', 'reasonix', 'grok', 'mistral-vibe', 'continue', 'qwen-code'",
        "startup-timeout = 40",
    );
    for (client, line) in [
        ("codex", "startup_timeout_sec = 40"),
        ("kimi-code", "\"startupTimeoutMs\": 40000"),
        ("hermes", "connect_timeout: 40"),
        ("crush", "\"timeout\": 40"),
        ("reasonix", "startup_timeout_seconds = 40"),
        ("grok", "startup_timeout_sec = 40"),
        ("mistral-vibe", "startup_timeout_sec = 40"),
        ("continue", "connectionTimeout: 40000"),
        ("qwen-code", "\"discoveryTimeoutMs\": 40000"),
    ] {
        let text = case.ok(&["render", client]).out;
        assert!(text.contains(line), "{client}:\n{text}");
    }
    let plan = case.ok(&["plan"]);
    assert!(!format!("{}{}", plan.out, plan.err).contains("not support"), "{}", plan.err);
}

#[test]
fn a_client_without_a_startup_timeout_is_named_in_a_note() {
    let case = declared("'claude-code', 'codex'", "startup-timeout = 40");
    let plan = case.ok(&["plan"]);
    let text = format!("{}{}", plan.out, plan.err);
    assert!(text.contains("note: claude-code does not support a startup timeout\n"), "{text}");
}

#[test]
fn a_client_with_a_limit_gets_its_longest_timeout_and_a_note() {
    let case = declared("'roo-code', 'cline'", "timeout = 7200");
    let roo = case.ok(&["render", "roo-code"]).out;
    assert!(roo.contains("\"timeout\": 3600"), "{roo}");
    assert!(case.ok(&["render", "cline"]).out.contains("\"timeout\": 7200"));
    let plan = case.ok(&["plan"]);
    let text = format!("{}{}", plan.out, plan.err);
    let note = "roo-code does not support a timeout of more than 3600 seconds, so its entry has this maximum\n";
    assert!(text.contains(note), "{text}");
    let within = declared("'roo-code'", "timeout = 3600").ok(&["plan"]);
    assert!(!format!("{}{}", within.out, within.err).contains("note"), "{}", within.err);
}

#[test]
fn an_imported_entry_keeps_both_timeouts() {
    let entry =
        "[mcp_servers.one]\ncommand = \"one\"\nstartup_timeout_sec = 40\ntool_timeout_sec = 90\n";
    let case = Case::new().write(".codex/config.toml", entry);
    let text = case.ok(&["import", "codex"]).out;
    let (root, _) = parse_toml(&text);
    let server = &root.to_value()["servers"]["one"];
    assert_eq!(
        (&server["startup-timeout"], &server["timeout"]),
        (&40.into(), &90.into()),
        "{text}"
    );
    assert!(server.get("extra").is_none(), "{text}");
}

#[test]
fn a_client_that_rejects_two_lists_of_tools_gets_the_allowed_tools_that_are_not_denied() {
    let tools = "tools = { allow = ['read', 'write'], deny = ['write', 'drop'] }";
    for (client, field) in [("mcporter", "allowedTools"), ("deepagents", "allowedTools")] {
        let text = declared(&format!("'{client}'"), tools).ok(&["render", client]).out;
        let root: serde_json::Value = serde_json::from_str(&text).unwrap();
        let entry = &root["mcpServers"]["one"];
        assert_eq!(entry[field], serde_json::json!(["read"]), "{client}: {text}");
        assert!(!text.contains("drop"), "{client}: {text}");
    }
    let codex = declared("'codex'", tools).ok(&["render", "codex"]).out;
    assert!(codex.contains("disabled_tools"), "{codex}");
}

#[test]
fn an_imported_entry_keeps_the_one_list_of_tools_that_it_has() {
    let entry = r#"{ "mcpServers": { "one": { "command": "one", "blockedTools": ["drop"] } } }"#;
    let text = Case::new().write(".mcporter/mcporter.json", entry).ok(&["import", "mcporter"]).out;
    assert!(text.contains("tools = { deny = [\"drop\"] }"), "{text}");
}
