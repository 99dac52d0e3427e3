//! The sign-in that a client does itself: its settings in the client's entry, and the way back through `import`.

use serde_json::{Value, json};

use crate::case::Case;

const AUTH: &str = "client-id = 'acme-id', scope = 'read write', resource = 'https://one.example.com', port = 8085";

fn declared(clients: &str, auth: &str, more: &str) -> Case {
    let server = "[servers.one]\nurl = \"https://one.example.com/mcp\"\nvia = \"client\"\n";
    let auth = format!("auth = {{ mode = \"oauth\", {auth} }}\n");
    Case::new().declare(&format!("clients = [{clients}]\n{server}{auth}{more}\n"))
}

fn all(case: &Case, args: &[&str]) -> String {
    let run = case.run(args);
    format!("{}{}", run.out, run.err)
}

fn entry(case: &Case, client: &str, section: &str) -> Value {
    let root: Value = serde_json::from_str(&case.ok(&["render", client]).out).unwrap();
    root[section]["one"].clone()
}

#[test]
fn each_client_gets_the_settings_in_its_own_fields() {
    let scopes = json!(["read", "write"]);
    let redirect = json!("http://localhost:8085/oauth/callback");
    for (client, section, want) in [
        (
            "claude-code",
            "mcpServers",
            json!({ "oauth": { "clientId": "acme-id", "scopes": "read write", "callbackPort": 8085 } }),
        ),
        (
            "gemini-cli",
            "mcpServers",
            json!({ "oauth": { "enabled": true, "clientId": "acme-id", "scopes": scopes, "redirectUri": redirect } }),
        ),
        (
            "opencode",
            "mcp",
            json!({ "oauth": { "clientId": "acme-id", "scope": "read write", "callbackPort": 8085 } }),
        ),
        ("cursor", "mcpServers", json!({ "auth": { "CLIENT_ID": "acme-id", "scopes": scopes } })),
        ("vscode", "servers", json!({ "oauth": { "clientId": "acme-id" } })),
        ("zed", "context_servers", json!({ "oauth": { "client_id": "acme-id" } })),
        (
            "crush",
            "mcp",
            json!({ "oauth": true, "oauth_client_id": "acme-id", "oauth_callback_port": 8085 }),
        ),
        ("cline", "mcpServers", json!({ "oauthClient": { "clientId": "acme-id" } })),
        (
            "kiro",
            "mcpServers",
            json!({ "oauth": { "clientId": "acme-id", "redirectUri": redirect }, "oauthScopes": scopes }),
        ),
    ] {
        let entry = entry(&declared(&format!("'{client}'"), AUTH, ""), client, section);
        for (field, value) in want.as_object().unwrap() {
            assert_eq!(&entry[field], value, "{client}: {field}");
        }
        assert_eq!(entry["url"], "https://one.example.com/mcp", "{client}");
    }
    let codex = declared("'codex'", AUTH, "").ok(&["render", "codex"]).out;
    for line in
        ["client_id = \"acme-id\"", "\"read\"", "oauth_resource = \"https://one.example.com\""]
    {
        assert!(codex.contains(line), "{codex}");
    }
}

#[test]
fn a_sign_in_without_settings_has_the_fields_that_the_client_requires() {
    let case = declared("'kimi-code', 'mistral-vibe', 'cursor'", "", "");
    assert_eq!(entry(&case, "kimi-code", "mcpServers")["auth"], "oauth");
    let vibe = case.ok(&["render", "mistral-vibe"]).out;
    assert!(vibe.contains("type = \"oauth\"") && vibe.contains("scopes = []"), "{vibe}");
    assert_eq!(
        entry(&case, "cursor", "mcpServers"),
        json!({ "url": "https://one.example.com/mcp" })
    );
}

#[test]
fn a_host_and_a_path_need_the_whole_redirect_url() {
    let auth = "client-id = 'a', port = 8085, host = '127.0.0.1', callback-path = '/back'";
    let case = declared("'opencode', 'claude-code'", auth, "");
    let oauth = &entry(&case, "opencode", "mcp")["oauth"];
    assert_eq!(oauth, &json!({ "clientId": "a", "redirectUri": "http://127.0.0.1:8085/back" }));
    let plan = all(&case, &["plan"]);
    for name in ["host", "callback-path"] {
        let note = format!("note: claude-code does not support `{name}` in its own sign-in\n");
        assert!(plan.contains(&note), "{plan}");
    }
    assert!(!plan.contains("opencode does"), "{plan}");
}

#[test]
fn a_setting_without_a_field_is_a_note_that_names_a_fixed_redirect_url() {
    let plan = all(&declared("'cursor', 'codex'", AUTH, ""), &["plan"]);
    let fixed = "note: cursor does not support `port` in its own sign-in, whose redirect URL is \
                 always `cursor://anysphere.cursor-mcp/oauth/callback`\n";
    for note in [
        fixed,
        "note: codex does not support `port` in its own sign-in\n",
        "note: cursor does not support `resource` in its own sign-in\n",
    ] {
        assert!(plan.contains(note), "{plan}");
    }
    let bridged = Case::new().declare(
        "clients = ['cursor']\n[servers.one]\nurl = 'https://one.example.com/mcp'\n\
         auth = { mode = 'oauth', port = 8085 }\n",
    );
    assert!(!all(&bridged, &["plan"]).contains("note"));
}

#[test]
fn a_client_without_a_field_for_the_client_id_is_an_error_with_two_ways_out() {
    let case = declared("'kimi-code', 'cursor'", "client-id = 'a'", "");
    let error = all(&case, &["check"]);
    assert!(error.contains("`client-id` is not supported by Kimi Code"), "{error}");
    for help in ["via = \"bridge\"", "clients = [\"cursor\"]"] {
        assert!(error.contains(help), "{error}");
    }
    let narrowed = declared("'kimi-code', 'cursor'", "client-id = 'a'", "clients = [\"cursor\"]");
    narrowed.ok(&["check"]);
    let bridge =
        case.read(".config/mcpgen/mcp.toml").replace("via = \"client\"", "via = \"bridge\"");
    Case::new().declare(&bridge).ok(&["check"]);
}

#[test]
fn a_secret_of_the_oauth_client_is_never_for_a_client() {
    for (auth, title) in [
        (
            "mode = 'oauth', client-id = 'a', client-secret = 'env:S'",
            "`client-secret` cannot be used",
        ),
        (
            "mode = 'client-credentials', client-id = 'a', client-secret = 'env:S'",
            "client-credentials",
        ),
    ] {
        let text = format!(
            "clients = ['cursor', 'claude-desktop']\n[servers.one]\nurl = 'https://one.example.com/mcp'\n\
             via = 'client'\nauth = {{ {auth} }}\n"
        );
        let case = Case::new().declare(&text);
        let error = all(&case, &["check"]);
        assert!(error.contains(title) && error.contains("via = \"bridge\""), "{error}");
        Case::new().declare(&text.replace("via = 'client'", "via = 'bridge'")).ok(&["check"]);
        // Claude Desktop starts the bridge in any case.
        Case::new().declare(&text.replace("'cursor', ", "")).ok(&["check"]);
    }
}

#[test]
fn a_value_that_a_client_would_expand_is_an_error() {
    for field in ["client-id", "scope"] {
        let case = declared("'crush'", &format!("{field} = 'a$(touch x)'"), "");
        let error = all(&case, &["check"]);
        assert!(error.contains("a client would expand this value"), "{field}: {error}");
    }
}

#[test]
fn a_client_that_rejects_headers_next_to_its_sign_in_is_an_error() {
    let headers = "headers = { X-Tenant = 'acme' }";
    let error = all(&declared("'mistral-vibe'", "", headers), &["check"]);
    assert!(error.contains("Mistral Vibe cannot sign in with `headers`"), "{error}");
    declared("'cursor'", "", headers).ok(&["check"]);
}

#[test]
fn the_users_own_settings_of_a_sign_in_stay_next_to_the_declared_ones() {
    let extra =
        "extra.claude-code = { oauth = { authServerMetadataUrl = 'https://one.example.com/x' } }";
    let case = declared("'claude-code'", "client-id = 'a'", extra);
    let oauth = &entry(&case, "claude-code", "mcpServers")["oauth"];
    let want = json!({ "clientId": "a", "authServerMetadataUrl": "https://one.example.com/x" });
    assert_eq!(oauth, &want);
    let other = "extra.claude-code = { oauth = { clientId = 'b' } }";
    let clash = all(&declared("'claude-code'", "client-id = 'a'", other), &["render"]);
    assert!(clash.contains("is a field that mcpgen writes itself"), "{clash}");
}

#[test]
fn an_imported_entry_of_each_client_gives_the_same_entry_again() {
    let here = Case::new();
    let listed: Value = serde_json::from_str(&here.ok(&["clients", "--json"]).out).unwrap();
    let mut proven = 0;
    for row in listed.as_array().unwrap() {
        let name = row["name"].as_str().unwrap();
        let path = row["path"].as_str().map(std::path::Path::new);
        let path = path.and_then(|path| path.strip_prefix(here.home()).ok()?.to_str());
        let case = declared(&format!("'{name}'"), AUTH, "");
        let (Some(path), true) = (path, case.run(&["check"]).code == 0) else { continue };
        let file = case.ok(&["render", name]).out;
        let from = Case::new().write(path, &file);
        let text = from.ok(&["import", name]).out;
        let again = Case::new().declare(&text);
        assert_eq!(again.ok(&["render", name]).out, file, "{name}:\n{text}");
        let gains = text.contains("client-id = \"acme-id\"") || !file.contains("acme-id");
        assert!(gains && !text.contains("extra"), "{name}:\n{text}");
        proven += 1;
    }
    assert!(proven > 20, "{proven}");
}

#[test]
fn an_entry_that_forbids_its_client_to_sign_in_has_no_auth() {
    let file = r#"{ "mcp": { "one": { "type": "remote", "url": "https://one.example.com/mcp", "oauth": false, "enabled": true } } }"#;
    let case = Case::new().write(".config/opencode/opencode.json", file);
    let text = case.ok(&["import", "opencode"]).out;
    assert!(!text.contains("auth = \"oauth\""), "{text}");
    assert_eq!(entry(&Case::new().declare(&text), "opencode", "mcp")["oauth"], false, "{text}");
}

#[test]
fn doctor_reports_a_redirect_url_that_the_client_ignores() {
    let entry = r#"{ "mcpServers": { "one": { "url": "https://one.example.com/mcp", "auth": { "CLIENT_ID": "a", "redirectUri": "http://localhost:1/x" } } } }"#;
    let found = all(&Case::new().write(".cursor/mcp.json", entry), &["doctor"]);
    assert!(found.contains("Cursor ignores `auth.redirectUri`"), "{found}");
    assert!(found.contains("cursor://anysphere.cursor-mcp/oauth/callback"), "{found}");
    let opencode = r#"{ "mcp": { "one": { "type": "remote", "url": "https://one.example.com/mcp", "oauth": { "callbackPort": 8085 } } } }"#;
    let case = Case::new().write(".config/opencode/opencode.json", opencode);
    assert!(!all(&case, &["doctor"]).contains("ignores"));
}

#[test]
fn a_client_that_does_it_itself_gets_its_own_field_and_every_other_client_is_an_error() {
    let declared = |client: &str| {
        Case::new().declare(&format!(
            "clients = [\"{client}\"]\n[idp.acme]\nissuer = \"https://idp.example.com\"\nclient-id = \"mcpgen\"\n\
             [servers.one]\nurl = \"https://one.example.com/mcp\"\nvia = \"client\"\n\
             auth = {{ mode = \"enterprise\", idp = \"acme\", client-id = \"c\" }}\n"
        ))
    };
    for (client, section, field, want) in [
        ("claude-code", "mcpServers", "oauth", json!({ "clientId": "c", "xaa": true })),
        ("vscode", "servers", "enterpriseManaged", json!(true)),
    ] {
        let rendered = declared(client).ok(&["render", client]).out;
        let root: Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(root[section]["one"][field], want, "{rendered}");
    }
    for client in ["cursor", "codex"] {
        let run = declared(client).run(&["check"]);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("cannot use an identity provider"), "{}", run.err);
        assert!(run.err.contains("via = \"bridge\""), "{}", run.err);
    }
}
