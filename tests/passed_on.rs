//! What clients pass of their environment to servers: the names in their entries, and what is reported.

use mcpgen::testing::fields::parse_toml;
use serde_json::Value;

use crate::case::Case;

const SECRETS: &str = "[servers.one]\ncommand = \"one\"\n\
    secrets = { A = \"env:GH_TOKEN\", B = \"file:${XDG_RUNTIME_DIR}/b\", C = \"keyring:c\" }\n";

fn declared(clients: &str, servers: &str) -> Case {
    Case::new().declare(&format!("clients = [{clients}]\n{servers}"))
}

fn entry(case: &Case, client: &str, section: &str) -> Value {
    let text = case.ok(&["render", client]).out;
    let root: Value = if client == "codex" {
        parse_toml(&text).0.to_value()
    } else {
        serde_json::from_str(&text).unwrap()
    };
    root[section]["one"].clone()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn codex_gets_the_names_of_the_variables_that_references_need() {
    let case = declared("'codex'", SECRETS);
    let entry = entry(&case, "codex", "mcp_servers");
    let want = ["DBUS_SESSION_BUS_ADDRESS", "GH_TOKEN", "XDG_RUNTIME_DIR"];
    assert_eq!(names(&entry["env_vars"]), want);
    assert_eq!(entry["args"], serde_json::json!(["exec", "one"]));
}

#[test]
fn the_names_do_not_depend_on_the_environment_of_mcpgen() {
    let case = declared("'codex', 'gemini-cli'", SECRETS);
    let before = case.ok(&["render", "codex"]).out;
    let case = case.var("GH_TOKEN", "x").var("HTTPS_PROXY", "http://127.0.0.1:1");
    assert_eq!(case.ok(&["render", "codex"]).out, before);
}

#[test]
fn a_client_without_a_list_gets_references_only_to_what_it_withholds() {
    let case = declared("'gemini-cli', 'cursor'", SECRETS);
    let gemini = entry(&case, "gemini-cli", "mcpServers");
    assert_eq!(gemini["env"], serde_json::json!({ "GH_TOKEN": "${GH_TOKEN:-}" }));
    assert_eq!(entry(&case, "cursor", "mcpServers")["env"], Value::Null);
}

#[test]
fn a_client_that_rejects_empty_values_gets_references_only_in_entries_that_start_mcpgen() {
    let server = "[servers.two]\nurl = \"https://example.com/mcp\"\nauth = \"oauth\"\n";
    let case = declared("'auggie'", &format!("{SECRETS}{server}"));
    let env = &entry(&case, "auggie", "mcpServers")["env"];
    assert_eq!(env["GH_TOKEN"], "${GH_TOKEN:-$GH_TOKEN}");
    let file: Value = serde_json::from_str(&case.ok(&["render", "auggie"]).out).unwrap();
    assert_eq!(file["mcpServers"]["two"]["env"], Value::Null, "npx would get `$HTTPS_PROXY`");
    case.ok(&["apply"]);
    let imported = case.ok(&["import", "auggie"]).out;
    assert!(imported.contains("A = \"env:GH_TOKEN\""), "{imported}");
}

#[test]
fn a_bridge_gets_the_proxies_the_certificates_and_the_directory_of_sign_ins() {
    let server = "[servers.one]\nurl = \"https://example.com/mcp\"\nauth = \"oauth\"\n";
    let case = declared("'codex', 'gemini-cli'", server);
    let codex = entry(&case, "codex", "mcp_servers");
    let listed = names(&codex["env_vars"]);
    for name in
        ["HTTPS_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS", "MCP_REMOTE_CONFIG_DIR", "DISPLAY"]
    {
        assert!(listed.contains(&name), "{name}: {listed:?}");
    }
    let gemini = entry(&case, "gemini-cli", "mcpServers");
    assert_eq!(gemini["env"]["NODE_EXTRA_CA_CERTS"], "${NODE_EXTRA_CA_CERTS:-}");
    assert_eq!(gemini["env"]["DISPLAY"], Value::Null, "it passes anyway");
    let set = format!("[launch]\nenv = {{ HTTPS_PROXY = \"http://127.0.0.1:1\" }}\n{server}");
    let codex = entry(&declared("'codex'", &set), "codex", "mcp_servers");
    assert!(!names(&codex["env_vars"]).contains(&"HTTPS_PROXY"), "the launch sets it");
}

#[test]
fn names_that_a_user_adds_are_no_drift_and_stay() {
    let case = declared("'codex'", SECRETS);
    case.ok(&["apply"]);
    let file = ".codex/config.toml";
    let list = "\"GH_TOKEN\", \"XDG_RUNTIME_DIR\"";
    let text = case.read(file);
    assert!(text.contains(list), "{text}");
    case.put(file, text.replace(list, &format!("{list}, \"MINE\"")));
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 0);
    let fewer = SECRETS.replace("A = \"env:GH_TOKEN\", ", "");
    let case = case.declare(&format!("clients = ['codex']\n{fewer}"));
    case.ok(&["apply"]);
    let text = case.read(file);
    assert!(text.contains("\"MINE\"") && !text.contains("GH_TOKEN"), "{text}");
    let none = "[servers.one]\ncommand = \"one\"\n";
    let case = case.declare(&format!("clients = ['codex']\n{none}"));
    case.ok(&["apply"]);
    let text = case.read(file);
    assert!(text.contains("env_vars = [\"MINE\"]"), "{text}");
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 0);
    let url = "[servers.one]\nurl = \"https://example.com/mcp\"\n";
    let case = case.declare(&format!("clients = ['codex']\n{url}"));
    case.ok(&["apply"]);
    assert!(!case.read(file).contains("env_vars"), "Codex rejects the file");
}

#[test]
fn extra_adds_names_to_those_that_mcpgen_writes() {
    let extra = "extra.codex = { env_vars = [\"MINE\", \"GH_TOKEN\"] }\n\
        extra.gemini-cli = { env = { MINE = \"${MINE:-}\" } }\n\
        extra.goose = { env_keys = [\"MINE\"] }\n";
    let case = declared("'codex', 'gemini-cli', 'goose'", &format!("{SECRETS}{extra}"));
    let codex = entry(&case, "codex", "mcp_servers");
    let want = ["DBUS_SESSION_BUS_ADDRESS", "GH_TOKEN", "XDG_RUNTIME_DIR", "MINE"];
    assert_eq!(names(&codex["env_vars"]), want);
    let gemini = entry(&case, "gemini-cli", "mcpServers");
    let want = serde_json::json!({ "GH_TOKEN": "${GH_TOKEN:-}", "MINE": "${MINE:-}" });
    assert_eq!(gemini["env"], want);
    assert!(case.ok(&["render", "goose"]).out.contains("MINE"));
}

#[test]
fn a_secret_that_a_client_does_not_pass_is_reported_with_what_works() {
    let case = declared("'claude-desktop', 'codex'", SECRETS).var("GH_TOKEN", "x");
    let plan = case.ok(&["plan"]);
    let warning = "Claude Desktop does not pass `GH_TOKEN` to servers";
    for part in
        [warning, "`one` cannot resolve `env:GH_TOKEN`", "\"keyring:gh-token\"", "file:PATH"]
    {
        assert!(plan.err.contains(part), "{part}\n{}", plan.err);
    }
    assert!(!plan.err.contains("XDG_RUNTIME_DIR"), "exec finds it\n{}", plan.err);
    let json: Value = serde_json::from_str(&case.ok(&["plan", "--json"]).out).unwrap();
    let note = json["targets"][0]["notes"][0].as_str().unwrap();
    assert!(note.contains(warning), "{note}");
    let check = case.run(&["check", "--secrets"]);
    assert_eq!(check.code, 1);
    assert!(check.err.contains(warning), "{}", check.err);
    case.ok(&["apply"]);
    let doctor = case.run(&["doctor"]);
    let words = doctor.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Claude Desktop does not pass `GH_TOKEN`"), "{}", doctor.out);
    assert!(!words.contains("Codex does not pass"), "{}", doctor.out);
}

#[test]
fn a_keyring_at_an_unusual_message_bus_is_reported_for_a_client_that_does_not_pass_the_bus() {
    let bus = "DBUS_SESSION_BUS_ADDRESS";
    let keyring = "[servers.one]\ncommand = \"one\"\nsecrets = { C = \"keyring:c\" }\n";
    let plan = |address: &str| {
        declared("'claude-desktop', 'codex'", keyring).var(bus, address).ok(&["plan"]).err
    };
    let unusual = plan("unix:path=/tmp/dbus-1");
    for part in [
        "Claude Desktop does not pass `DBUS_SESSION_BUS_ADDRESS` to servers",
        "`one` cannot resolve `keyring:c`",
        "write \"file:PATH\"",
    ] {
        assert!(unusual.contains(part), "{part}\n{unusual}");
    }
    assert!(!unusual.contains("secret set"), "the keyring is not found either\n{unusual}");
    let user = rustix::process::getuid().as_raw();
    let usual = plan(&format!("unix:path=/run/user/{user}/bus"));
    assert!(!usual.contains("does not pass"), "exec finds it\n{usual}");
}

#[test]
fn a_variable_that_decides_where_a_secret_is_is_reported_only_if_it_is_set() {
    let pass = "[servers.one]\ncommand = \"one\"\nsecrets = { C = \"pass:c\" }\n";
    let case = declared("'claude-desktop', 'codex'", pass);
    assert!(!case.ok(&["plan"]).err.contains("does not pass"));
    let plan = case.var("PASSWORD_STORE_DIR", "/store").ok(&["plan"]).err;
    let warning = "Claude Desktop does not pass `PASSWORD_STORE_DIR` to servers";
    assert!(plan.contains(warning) && plan.contains("\"keyring:password-store-dir\""), "{plan}");
}

#[test]
fn a_server_that_the_client_reaches_by_itself_needs_no_variable() {
    let server = "[servers.one]\nurl = \"https://example.com/mcp\"\nvia = \"client\"\n\
        auth = { mode = \"oauth\", client-id = \"c\" }\n";
    let plan = declared("'deepagents', 'mistral-vibe'", server).ok(&["plan"]);
    assert!(!plan.err.contains("does not pass"), "{}", plan.err);
}

#[test]
fn doctor_reports_an_entry_from_before_the_names_and_apply_adds_them() {
    let case = declared("'codex'", SECRETS).var("GH_TOKEN", "x");
    case.ok(&["apply"]);
    let file = ".codex/config.toml";
    let text = case.read(file);
    let old: Vec<&str> = text.lines().filter(|line| !line.starts_with("env_vars")).collect();
    case.put(file, old.join("\n") + "\n");
    let doctor = case.run(&["doctor"]).out;
    assert!(doctor.contains("Codex does not pass `GH_TOKEN`"), "{doctor}");
    case.ok(&["apply"]);
    assert_eq!(case.read(file), text);
}

#[test]
fn doctor_reports_a_proxy_that_does_not_reach_a_bridge() {
    let server = "[servers.docs]\nurl = \"https://docs.example.com/mcp\"\nauth = \"oauth\"\n";
    let case = declared("'claude-desktop', 'codex', 'cursor'", server);
    case.ok(&["apply"]);
    assert!(!case.run(&["doctor"]).out.contains("HTTPS_PROXY"), "no proxy is set");
    let case = case.var("HTTPS_PROXY", "http://p.example:1");
    let doctor = case.run(&["doctor"]).out;
    assert_eq!(doctor.matches("does not pass `HTTPS_PROXY`").count(), 1, "{doctor}");
    assert!(doctor.contains("Claude Desktop does not pass `HTTPS_PROXY`"), "{doctor}");
    let file = case.read(".config/mcpgen/mcp.toml");
    let launch = "[launch]\nenv = { HTTPS_PROXY = \"http://p.example:1\" }\n";
    case.put(".config/mcpgen/mcp.toml", file + launch);
    case.ok(&["apply"]);
    let doctor = case.run(&["doctor"]).out;
    assert!(!doctor.contains("does not pass"), "{doctor}");
}

#[test]
fn a_variable_that_a_client_did_not_expand_is_not_a_secret() {
    let server = "[servers.one]\ncommand = \"sh\"\nargs = [\"-c\", \"echo started\"]\n";
    for value in ["${GH_TOKEN}", "$GH_TOKEN", "${env:GH_TOKEN}", "{env:GH_TOKEN}", "${GH_TOKEN:-}"]
    {
        let secret = format!("{server}secrets = {{ A = \"env:GH_TOKEN\" }}\n");
        let case = declared("'cursor'", &secret).var("GH_TOKEN", value);
        let run = case.run(&["exec", "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{value}");
        assert!(run.err.contains("`GH_TOKEN` is not set"), "{}", run.err);
    }
    let print = "[servers.one]\ncommand = \"sh\"\nargs = [\"-c\", \"echo [$HTTPS_PROXY]\"]\n";
    let case = declared("'cursor'", print).var("HTTPS_PROXY", "${HTTPS_PROXY}");
    assert_eq!(case.ok(&["exec", "one"]).out, "[]\n");
}
