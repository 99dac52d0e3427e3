//! The sign-ins and tokens that `list` shows, and what it never shows.

use serde_json::{Value, json};

use super::{URL, tokens, two_clients, way};
use crate::case::{CANARY, Case};

#[test]
fn a_sign_in_of_another_server_or_without_a_token_is_not_the_clients_sign_in() {
    for (server, token) in [("https://other.example/mcp", CANARY), (URL, "")] {
        let case = two_clients();
        let own = json!({ "mcpOAuth": { "atlassian|0": {
            "serverName": "Atlassian", "serverUrl": server, "accessToken": token,
        } } });
        case.put(".claude/.credentials.json", own.to_string());
        let way = way(&case, "Atlassian", "claude-code");
        assert_eq!(way["sign_in"], json!({ "kind": "client", "found": false }), "{server}");
    }
}

#[test]
fn the_own_sign_ins_of_each_client_whose_file_is_known_are_found() {
    let gemini = json!([{ "serverName": "a", "token": { "accessToken": CANARY } }]).to_string();
    let opencode =
        json!({ "a": { "tokens": { "accessToken": CANARY }, "serverUrl": URL } }).to_string();
    let codex = json!({ "a|0": { "server_name": "a", "server_url": URL, "access_token": CANARY } });
    let codex = codex.to_string();
    let json = format!(r#"{{ "mcpServers": {{ "a": {{ "url": "{URL}" }} }} }}"#);
    let remote = format!(r#"{{ "mcp": {{ "a": {{ "type": "remote", "url": "{URL}" }} }} }}"#);
    for (client, file, text, own, sign_ins) in [
        ("gemini-cli", ".gemini/settings.json", &json, ".gemini/mcp-oauth-tokens.json", &gemini),
        ("qwen-code", ".qwen/settings.json", &json, ".qwen/mcp-oauth-tokens.json", &gemini),
        (
            "opencode",
            ".config/opencode/opencode.json",
            &remote,
            ".local/share/opencode/mcp-auth.json",
            &opencode,
        ),
        (
            "codex",
            ".codex/config.toml",
            &format!("[mcp_servers.a]\nurl = \"{URL}\"\n"),
            ".codex/.credentials.json",
            &codex,
        ),
    ] {
        let case = Case::new().write(file, text).write(own, sign_ins);
        assert_eq!(way(&case, "a", client)["sign_in"]["found"], true, "{client}");
    }
}

#[test]
fn a_client_of_the_user_can_name_the_fields_of_its_own_sign_ins() {
    let row = "[acme]\ntitle = \"Acme\"\npath = \"~/.acme.json\"\nsection = \"mcpServers\"\n\
               template = \"mcp-servers.jsonc.j2\"\naccepts = [\"stdio\", \"http\"]\n\
               sign-ins = { path = \"~/.acme-tokens\", name = \"is\", url = \"at\", token = \"word\" }\n";
    let case = Case::new()
        .write("templates/clients.toml", row)
        .write(".acme.json", format!(r#"{{ "mcpServers": {{ "a": {{ "url": "{URL}" }} }} }}"#));
    for (own, found) in [
        (json!([{ "at": URL, "word": CANARY }]), true),
        (json!({ "x": { "is": "a", "in": { "word": CANARY } } }), true),
        (json!({ "a": { "word": CANARY } }), true),
        (json!({ "a": { "word": "" } }), false),
        (json!({ "a": { "access_token": CANARY } }), false),
        (json!([{ "at": "https://other.example", "is": "a", "word": CANARY }]), false),
    ] {
        case.put(".acme-tokens", own.to_string());
        let templates = case.path("templates");
        let args = ["list", "--json", "--templates", templates.to_str().unwrap()];
        let rows: Value = serde_json::from_str(&case.ok(&args).out).unwrap();
        assert_eq!(rows[0]["clients"][0]["sign_in"]["found"], found, "{own}");
    }
}

#[test]
fn each_kind_of_sign_in_is_shown_and_a_key_is_that_of_status() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n\
         [servers.shared]\nurl = \"https://a.example/mcp\"\nauth = \"oauth\"\n\
         [servers.token]\nurl = \"https://b.example/mcp\"\nauth = { token = \"keyring:b\" }\n\
         [servers.open]\nurl = \"https://c.example/mcp\"\n\
         [servers.own]\nurl = \"https://d.example/mcp\"\nauth = \"oauth\"\nvia = \"client\"\n\
         [servers.local]\ncommand = \"uvx\"\nargs = [\"mcp-x\"]\nsecrets = { T = \"env:CANARY\" }\n",
    );
    case.ok(&["apply"]);
    let sign_in = |server| way(&case, server, "cursor")["sign_in"].clone();
    let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let key = status[0]["key"].as_str().unwrap();
    let standing = |sign_in: &Value| (sign_in["standing"].clone(), sign_in["usable"].clone());
    assert_eq!(sign_in("shared")["key"], key);
    assert_eq!(standing(&sign_in("shared")), (json!("missing"), json!(false)));
    let stored = format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json");
    case.put(&stored, tokens());
    assert_eq!(standing(&sign_in("shared")), (json!("usable"), json!(true)));
    case.put(&stored, tokens().replace('}', ",\"expires_at\":1000}"));
    assert_eq!(standing(&sign_in("shared")), (json!("expired"), json!(false)));
    case.put(&stored, "{");
    assert_eq!(standing(&sign_in("shared")), (json!("broken"), json!(false)));
    assert_eq!(sign_in("token"), json!({ "kind": "token", "references": ["keyring:b"] }));
    assert_eq!(sign_in("open"), json!({ "kind": "none" }));
    assert_eq!(sign_in("own"), json!({ "kind": "client", "found": false }));
    assert_eq!(sign_in("local"), json!({ "kind": "token", "references": ["env:CANARY"] }));
    assert!(!case.ok(&["list"]).out.contains("not shared"), "one client shares with nobody");
}

#[test]
fn a_token_in_a_clients_file_is_named_and_not_shown() {
    let case = Case::new().write(
        ".cursor/mcp.json",
        r#"{ "mcpServers": {
            "a": { "url": "https://a.example/mcp", "headers": { "Authorization": "Bearer @CANARY@" } },
            "b": { "url": "https://b.example/mcp?key=@CANARY@" },
            "c": { "command": "npx", "args": ["-y", "x", "--token", "@CANARY@"], "env": { "API_TOKEN": "@CANARY@" } },
            "e": { "command": "npx", "args": ["--token", "correcthorse", "pkg"] },
            "f": { "command": "python3", "args": ["-c", "connect(key='correcthorse')"] },
            "g": { "command": "npx -y pkg --key correct/correcthorse" },
            "h": { "url": "https://b.example/mcp?key=correcthorse" },
            "@CANARY@": { "command": "@CANARY@" },
            "d\u001b[31m": { "command": "x\u001b[31m" }
        } }"#,
    );
    for args in [&["list"][..], &["list", "--verbose"], &["list", "--json"]] {
        let out = case.ok(args).out;
        assert!(!out.contains(|c: char| c.is_control() && c != '\n'), "{out:?}");
        assert!(!out.contains("correcthorse"), "{out}");
    }
    assert_eq!(way(&case, "a", "cursor")["sign_in"], json!({ "kind": "token", "place": "file" }));
    assert_eq!(way(&case, "c", "cursor")["sign_in"], json!({ "kind": "token", "place": "file" }));
}

#[test]
fn login_is_suggested_only_if_a_person_can_sign_in_and_the_declared_sign_in_is_unusable() {
    let declaration = |auth: &str| {
        format!("clients = [\"cursor\"]\n[servers.one]\nurl = \"{URL}\"\nauth = {auth}\n")
    };
    let case = Case::new().declare(&declaration("\"oauth\""));
    case.ok(&["apply"]);
    let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let key = status[0]["key"].as_str().unwrap();
    case.put(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json"), tokens());
    // The entry of Cursor has another key, so it has a sign-in of its own.
    case.put(".cursor/mcp.json", case.read(".cursor/mcp.json").replace(URL, &format!("{URL}/")));
    let typed = case.typed(&["list"]).out;
    assert!(typed.contains("separate, missing") && !typed.contains("mcpgen login"), "{typed}");
    let program = "{ client-id = \"x\", mode = \"client-credentials\", client-secret = \"env:X\" }";
    let case = Case::new().declare(&declaration(program));
    case.ok(&["apply"]);
    let typed = case.typed(&["list"]).out;
    assert!(typed.contains("one") && !typed.contains("mcpgen login"), "{typed}");
}
