//! A client whose file has one of two layouts: each file gets entries in its own layout.

use serde_json::{Value, json};

use crate::case::Case;

const FILE: &str = ".config/opencode/opencode.json";
const DECLARATION: &str = r#"clients = ["opencode"]
[servers.local]
command = "one"
timeout = 90
[servers.own]
url = "https://one.example.com/mcp"
auth = { mode = "oauth", client-id = "abc", port = 4321 }
via = "client"
"#;

fn servers(case: &Case) -> Value {
    serde_json::from_str::<Value>(&case.read(FILE)).unwrap()["mcp"]["servers"].clone()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn entries_have_the_fields_of_the_layout_that_the_file_has() {
    let case = Case::new().declare(DECLARATION).write(FILE, r#"{"mcp": {"servers": {}}}"#);
    case.ok(&["apply"]);
    let timeout = json!({ "request": 90_000, "catalog": 90_000, "execution": 90_000 });
    let local =
        json!({ "type": "local", "command": ["one"], "timeout": timeout, "disabled": false });
    let oauth = json!({ "client_id": "abc", "callback_port": 4321 });
    let servers = servers(&case);
    assert_eq!(servers["local"], local);
    assert_eq!(servers["own"]["oauth"], oauth);
    assert_eq!(case.ok(&["plan"]).out, "");
    case.ok(&["undo"]);
    assert_eq!(case.read(FILE), r#"{"mcp": {"servers": {}}}"#);

    let case = Case::new().declare(DECLARATION).write(FILE, r#"{"mcp": {}}"#);
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(FILE)).unwrap();
    let local = json!({ "type": "local", "command": ["one"], "timeout": 90_000, "enabled": true });
    assert_eq!(file["mcp"]["local"], local);
    assert_eq!(file["mcp"]["own"]["oauth"], json!({ "clientId": "abc", "callbackPort": 4321 }));
}

#[test]
fn a_server_is_disabled_with_the_field_of_the_layout() {
    let case = Case::new().declare(DECLARATION).write(FILE, r#"{"mcp": {"servers": {}}}"#);
    case.ok(&["apply"]);
    let disabled = DECLARATION.replace("timeout = 90", "enabled = false");
    case.put(".config/mcpgen/mcp.toml", &disabled);
    case.ok(&["apply"]);
    let entry = servers(&case)["local"].clone();
    assert_eq!((&entry["disabled"], &entry["enabled"]), (&json!(true), &Value::Null));
}

#[test]
fn an_adopted_entry_loses_the_field_that_selects_the_older_layout() {
    let theirs = r#"{"mcp": {"servers": {"local": {"type": "local", "command": ["one"], "enabled": true, "mine": 1}}}}"#;
    let case = Case::new().declare(DECLARATION).write(FILE, theirs);
    let plan = case.ok(&["plan", "--adopt", "local"]).err;
    assert!(plan.contains("removes its `enabled`"), "{plan}");
    case.ok(&["apply", "--adopt", "local"]);
    let entry = servers(&case)["local"].clone();
    assert_eq!((&entry["mine"], &entry["enabled"]), (&json!(1), &Value::Null));
}

#[test]
fn import_reads_both_layouts_alike() {
    for layout in [r#"{"mcp": {"servers": {}}}"#, r#"{"mcp": {}}"#] {
        let case = Case::new().declare(DECLARATION).write(FILE, layout);
        case.ok(&["apply"]);
        let text = case.ok(&["import", "opencode"]).out;
        for line in ["timeout = 90", "client-id = \"abc\"", "port = 4321", "via = \"client\""] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("extra"), "{text}");
    }
    let case = Case::new().write(
        FILE,
        r#"{"mcp": {"servers": {"off": {"type": "local", "command": ["off"], "disabled": true}}}}"#,
    );
    let text = case.ok(&["import", "opencode"]).out;
    assert!(text.contains("enabled = false"), "{text}");
}

#[test]
fn a_layout_without_a_section_is_an_error() {
    let row = "[acme]\ntitle = \"Acme\"\npath = \"~/acme.json\"\nsection = \"mcp\"\n\
               template = \"opencode.jsonc.j2\"\naccepts = [\"stdio\"]\n\
               other-layout = { template = \"opencode.jsonc.j2\" }\n";
    let case = Case::new().write(".config/mcpgen/templates/clients.toml", row);
    let run = case.run(&["clients"]);
    assert_ne!(run.code, 0);
    assert!(run.err.contains("`other-layout` of `acme` has no `section`"), "{}", run.err);
    let more =
        row.replace("title = \"Acme\"\n", "strict = 3\n").replace("opencode.jsonc", "none.jsonc");
    let case = Case::new().write(".config/mcpgen/templates/clients.toml", &more);
    let err = case.run(&["clients"]).err;
    for error in ["has no `section`", "has no `title`", "`strict` must be", "not found"] {
        assert!(err.contains(error), "{error}: {err}");
    }
}

#[test]
fn doctor_accepts_what_mcpgen_writes_in_each_layout_and_reports_the_fields_of_the_other() {
    for (layout, timeout) in
        [(r#"{"mcp": {"servers": {}}}"#, "90"), (r#"{"mcp": {}}"#, "{\"request\": 90}")]
    {
        let case = Case::new().declare(DECLARATION).write(FILE, layout);
        case.ok(&["apply"]);
        let doctor = case.run(&["doctor"]).out;
        assert!(!flat(&doctor).contains("OpenCode rejects"), "{layout}: {doctor}");
        assert!(!flat(&doctor).contains("OpenCode ignores"), "{layout}: {doctor}");
        let mut file: Value = serde_json::from_str(&case.read(FILE)).unwrap();
        let servers = file["mcp"].get_mut("servers").map(Value::take);
        let mut servers = servers.unwrap_or_else(|| file["mcp"].take());
        servers["local"]["timeout"] = serde_json::from_str(timeout).unwrap();
        let wrong = match layout.contains("servers") {
            true => json!({ "mcp": { "servers": servers } }),
            false => json!({ "mcp": servers }),
        };
        case.put(FILE, wrong.to_string());
        let doctor = case.run(&["doctor"]).out;
        assert!(flat(&doctor).contains("`timeout` is not"), "{layout}: {doctor}");
    }
}

#[test]
fn a_users_rules_apply_to_both_layouts() {
    let rules = "[opencode.types]\nmine = \"string\"\n\
                 [opencode.other-layout.types]\nmine = \"string\"\n";
    for theirs in [
        r#"{"mcp": {"servers": {"x": {"type": "local", "command": ["x"], "mine": 1}}}}"#,
        r#"{"mcp": {"x": {"type": "local", "command": ["x"], "mine": 1}}}"#,
    ] {
        let case = Case::new().write(".config/mcpgen/templates/rules.toml", rules);
        let case = case.write(FILE, theirs);
        let doctor = case.run(&["doctor"]).out;
        assert!(flat(&doctor).contains("`mine` is not"), "{theirs}: {doctor}");
    }
}
