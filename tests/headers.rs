//! `via = "headers"`: clients that connect directly, with the headers that mcpgen prints.

use serde_json::{Value, json};

use crate::case::Case;

const CLIENTS: &str =
    "clients = [\"claude-code\", \"codex\", \"qoder-cli\", \"crush\", \"cursor\"]\n";
const DOCS: &str = "[servers.docs]\nurl = \"https://docs.example/mcp\"\nauth = \"oauth\"\n";
const TIMER: &str = "`mcpgen refresh --install`";

fn declared(servers: &str) -> Case {
    Case::in_memory().declare(&format!("{CLIENTS}{servers}"))
}

/// The entry of a server in a client's file.
fn entry(case: &Case, client: &str, server: &str) -> Value {
    let (path, section) = match client {
        "claude-code" => (".claude.json", "mcpServers"),
        "codex" => (".codex/config.toml", "mcp_servers"),
        "qoder-cli" => (".qoder/settings.json", "mcpServers"),
        "crush" => (".config/crush/crush.json", "mcp"),
        "cursor" => (".cursor/mcp.json", "mcpServers"),
        other => panic!("{other}"),
    };
    let text = case.read(path);
    if path.ends_with(".toml") {
        let root: toml_edit::DocumentMut = text.parse().unwrap();
        let entry = root[section][server].as_table_like().unwrap().iter();
        let strings = entry.map(|(key, value)| (key.to_owned(), json!(value.as_str())));
        return Value::Object(strings.collect());
    }
    let root: Value = serde_json::from_str(&text).unwrap();
    root[section][server].clone()
}

fn uses_bridge(entry: &Value) -> bool {
    entry.get("command").is_some() && entry.get("url").is_none()
}

#[test]
fn clients_that_can_get_the_headers_from_mcpgen_and_the_others_start_the_bridge() {
    let case = declared(&format!("{DOCS}via = \"headers\"\nheaders = {{ X-Team = \"a b\" }}\n"));
    let run = case.ok(&["apply"]);
    let url = "https://docs.example/mcp";
    let helper = "mcpgen headers docs";
    let want = json!({ "type": "http", "url": url, "headersHelper": helper });
    assert_eq!(entry(&case, "claude-code", "docs"), want);
    assert_eq!(entry(&case, "qoder-cli", "docs"), want);
    let want = json!({ "url": url, "http_headers_helper": helper });
    assert_eq!(entry(&case, "codex", "docs"), want);
    let each = |name: &str| format!("$({helper} --header {name})");
    let headers = json!({ "X-Team": each("X-Team"), "Authorization": each("Authorization") });
    assert_eq!(
        entry(&case, "crush", "docs"),
        json!({ "type": "http", "url": url, "headers": headers })
    );
    assert!(uses_bridge(&entry(&case, "cursor", "docs")));
    for said in [
        "cursor does not support `via = \"headers\"`, so the bridge is used",
        "needs Claude Code 2.1.260 or newer",
        "Crush and Qoder CLI ask for the headers only when they connect",
        TIMER,
    ] {
        assert!(run.err.contains(said), "{said}: {}", run.err);
    }
    assert_eq!(case.run(&["plan", "--exit-code"]).code, 0, "a second run changes nothing");
    let list: Value = serde_json::from_str(&case.ok(&["list", "--json"]).out).unwrap();
    let text = list.to_string();
    assert_eq!(text.matches("\"headers\"").count(), 4, "{text}");
    let keys: std::collections::BTreeSet<&str> = list[0]["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way["sign_in"]["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), 1, "all clients share one sign-in: {text}");
    // Without the mode, no field of it stays.
    case.put(".config/mcpgen/mcp.toml", format!("{CLIENTS}{DOCS}"));
    case.ok(&["apply"]);
    for client in ["claude-code", "codex", "qoder-cli", "crush"] {
        let now = entry(&case, client, "docs");
        assert!(uses_bridge(&now) && !now.to_string().contains("mcpgen headers"), "{now}");
    }
}

#[test]
fn the_launch_table_is_for_servers_with_a_sign_in_or_a_secret() {
    let case = declared(&format!(
        "[launch]\nvia = \"headers\"\n{DOCS}\
         [servers.open]\nurl = \"https://open.example/mcp\"\n\
         [servers.old]\nurl = \"https://old.example/mcp\"\nauth = \"oauth\"\nvia = \"bridge\"\n\
         [servers.own]\nurl = \"https://own.example/mcp\"\nauth = \"oauth\"\nvia = \"client\"\n\
         [servers.token]\nurl = \"https://token.example/mcp\"\nauth = {{ token = \"file:~/key\" }}\n"
    ));
    case.ok(&["apply"]);
    let of = |server: &str| entry(&case, "claude-code", server);
    let printed = |server: &str| Value::from(format!("mcpgen headers {server}"));
    assert_eq!(of("docs")["headersHelper"], printed("docs"));
    assert_eq!(of("token")["headersHelper"], printed("token"));
    assert_eq!(of("open"), json!({ "type": "http", "url": "https://open.example/mcp" }));
    assert_eq!(of("own"), json!({ "type": "http", "url": "https://own.example/mcp" }));
    assert!(uses_bridge(&of("old")));
}

#[test]
fn the_note_about_the_timer_is_for_sign_ins_without_a_timer() {
    let token = "[servers.a]\nurl = \"https://a.example/mcp\"\nvia = \"headers\"\nauth = { token = \"file:~/key\" }\n";
    let case = declared(token);
    assert!(!case.ok(&["plan"]).err.contains(TIMER), "an API token does not expire");
    let case = declared(&format!("{DOCS}via = \"headers\"\n"));
    assert!(case.ok(&["plan"]).err.contains(TIMER));
    let timer = if cfg!(windows) {
        ".local/state/mcpgen/mcpgen-refresh.xml"
    } else {
        ".config/systemd/user/mcpgen-refresh.timer"
    };
    case.put(timer, "[Timer]\n");
    assert!(!case.ok(&["plan"]).err.contains(TIMER));
}

#[test]
fn a_client_that_clears_the_environment_gets_the_places_in_the_command() {
    let case = declared(
        "[servers.a]\nurl = \"https://a.example/mcp\"\nvia = \"headers\"\nauth = { token = \"file:~/key\" }\n",
    );
    case.put("key", "k3y\n");
    case.put("my files/m.toml", case.read(".config/mcpgen/mcp.toml"));
    let state = case.path("my state");
    let case = case
        .var("XDG_STATE_HOME", state.to_str().unwrap())
        .var("HTTPS_PROXY", "http://ada:hunter2@proxy.example:3128");
    case.ok(&["apply", "-f", "my files/m.toml"]);
    let codex = entry(&case, "codex", "a");
    let command = codex["http_headers_helper"].as_str().unwrap();
    let home = case.home().to_str().unwrap();
    let want =
        format!("XDG_STATE_HOME='{home}/my state' mcpgen headers a -f '{home}/my files/m.toml'");
    assert_eq!(command, want, "and not the proxy, whose URL contains a password");
    // As Codex runs it.
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", command]).env_clear().current_dir("/");
    shell.env("HOME", home).env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    let ran = shell.output().unwrap();
    let printed: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(printed, json!({ "Authorization": "Bearer k3y" }));
    let other = entry(&case, "claude-code", "a");
    assert_eq!(other["headersHelper"], format!("mcpgen headers a -f '{home}/my files/m.toml'"));
}

#[test]
fn the_bridge_is_used_where_the_headers_cannot_be_printed() {
    let case = declared(
        "[servers.a]\nurl = \"https://a.example/mcp\"\nvia = \"headers\"\nauth = { token = \"env:A_TOKEN\" }\n\
         [servers.b]\nurl = \"https://b.example/$x\"\nvia = \"headers\"\nauth = \"oauth\"\n\
         [servers.c]\nurl = \"https://c.example/mcp\"\nvia = \"headers\"\nauth = \"oauth\"\ntools = { deny = [\"rm\"] }\n\
         [servers.d]\nurl = \"https://d.example/sse\"\nvia = \"headers\"\nauth = \"oauth\"\ntransport = \"sse\"\n",
    );
    let run = case.ok(&["apply"]);
    let bridged = |client: &str, server: &str| uses_bridge(&entry(&case, client, server));
    // Codex clears the environment, and a secret is never in a file.
    assert!(bridged("codex", "a") && !bridged("claude-code", "a"));
    assert!(run.err.contains("codex does not support `via = \"headers\"` of `a`"), "{}", run.err);
    // A client would expand the URL.
    assert!(bridged("codex", "b") && bridged("claude-code", "b"));
    // Claude Code has no list of denied tools, and Codex does not connect to SSE.
    assert!(bridged("claude-code", "c") && !bridged("codex", "c"));
    assert!(bridged("codex", "d") && !bridged("claude-code", "d"));
}

#[test]
fn a_client_of_the_user_needs_one_line() {
    let case = Case::in_memory()
        .declare(&format!("clients = [\"acme\"]\n{DOCS}via = \"headers\"\n"))
        .write(
            ".config/mcpgen/templates/clients.toml",
            "[acme]\ntitle = \"Acme\"\npath = \"~/.acme.json\"\nsection = \"mcpServers\"\n\
             template = \"mcp-servers-typed.jsonc.j2\"\naccepts = [\"stdio\", \"http\"]\n\
             headers-helper = { field = \"headersHelper\" }\n",
        );
    case.ok(&["apply"]);
    let root: Value = serde_json::from_str(&case.read(".acme.json")).unwrap();
    assert_eq!(root["mcpServers"]["docs"]["headersHelper"], "mcpgen headers docs");
}

fn findings(case: &Case) -> Vec<(String, String)> {
    let run = case.run(&["doctor", "--json"]);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    let found = found.as_array().unwrap();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let rows = found.iter().map(|it| (text(it, "code"), text(it, "cause")));
    rows.filter(|(code, _)| code.starts_with("headers-")).collect()
}

#[test]
fn doctor_names_what_takes_precedence_over_the_headers() {
    let case = declared(&format!("{DOCS}via = \"headers\"\n"));
    case.ok(&["apply"]);
    assert_eq!(findings(&case), []);
    // A sign-in of Claude Code has no effect, because its headers take precedence.
    case.put(
        ".claude/.credentials.json",
        json!({ "mcpOAuth": { "docs|1": { "serverName": "docs", "serverUrl": "https://docs.example/mcp", "accessToken": "x" } } }).to_string(),
    );
    assert_eq!(findings(&case), []);
    let own = json!({ "docs|1": { "server_name": "docs", "server_url": "https://docs.example/mcp", "access_token": "x" } });
    case.put(".codex/.credentials.json", own.to_string());
    let found = findings(&case);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "headers-own-sign-in");
    assert!(found[0].1.contains("Codex") && !found[0].1.contains("Claude"), "{found:?}");
    let mut qoder: Value = serde_json::from_str(&case.read(".qoder/settings.json")).unwrap();
    qoder["mcpServers"]["docs"]["headers"] = json!({ "authorization": "Bearer ${X}" });
    case.put(".qoder/settings.json", qoder.to_string());
    case.put(
        ".mcp.json",
        json!({ "mcpServers": { "docs": { "type": "http", "url": "https://docs.example/mcp" } } })
            .to_string(),
    );
    let codes: Vec<String> = findings(&case).into_iter().map(|(code, _)| code).collect();
    assert!(codes.contains(&"headers-token".to_owned()), "{codes:?}");
    assert!(codes.contains(&"headers-other-entry".to_owned()), "{codes:?}");
    case.ok(&["apply"]);
    let codes: Vec<String> = findings(&case).into_iter().map(|(code, _)| code).collect();
    assert!(!codes.contains(&"headers-token".to_owned()), "{codes:?}");
}

#[test]
fn a_hand_written_helper_entry_is_recognized_and_adopted() {
    let case = declared(&format!("{DOCS}via = \"headers\"\n"));
    let by_hand = json!({ "mcpServers": { "docs": {
        "type": "http", "url": "https://docs.example/mcp", "headersHelper": "/opt/mcpgen headers docs"
    } } });
    case.put(".claude.json", by_hand.to_string());
    let listed = case.ok(&["list", "--json"]).out;
    assert!(listed.contains("\"headers\""), "{listed}");
    // The declaration already has this server.
    let imported = case.run(&["import"]);
    assert!(!imported.out.contains("opt/mcpgen"), "{}{}", imported.out, imported.err);
    assert_eq!(case.run(&["apply"]).code, 4);
    case.ok(&["apply", "--adopt", "docs"]);
    assert_eq!(entry(&case, "claude-code", "docs")["headersHelper"], "mcpgen headers docs");
}
