//! What hides the tools of a server, in each client.

use serde_json::{Value, json};

use super::{CALL, DENY, LIST};
use crate::bridge::{Bridge, INITIALIZE, server};
use crate::case::Case;
use crate::oauth::{Answer, sign_in};

const CLIENTS: [&str; 4] = ["claude-code", "codex", "cursor", "zed"];

fn rendered(lines: &str) -> Vec<String> {
    let case = Case::new().declare(&format!("clients = {CLIENTS:?}\n{lines}"));
    CLIENTS.iter().map(|client| case.ok(&["render", client]).out).collect()
}

#[test]
fn every_client_starts_exec_for_a_local_server_with_hidden_tools() {
    for tools in [DENY, "tools = { allow = [\"read\"] }\n"] {
        for text in rendered(&format!("[servers.one]\ncommand = \"serve\"\n{tools}")) {
            assert!(text.contains("\"exec\"") && !text.contains("serve\""), "{text}");
        }
    }
    for text in rendered("[servers.one]\ncommand = \"serve\"\n") {
        assert!(!text.contains("\"exec\""), "{text}");
    }
}

#[test]
fn every_client_reaches_a_remote_server_through_something_that_hides_its_tools() {
    let remote = "[servers.one]\nurl = \"https://x.example/mcp\"\n";
    let oauth = "auth = \"oauth\"\n";
    let native = "[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n";
    let allow = "tools = { allow = [\"read\"] }\n";
    for (lines, want) in [
        (format!("{remote}{oauth}{DENY}"), "--ignore-tool"),
        (format!("{remote}{oauth}{allow}"), "\"exec\""),
        (format!("{native}{remote}{oauth}{DENY}"), "--ignore-tool"),
        (format!("{native}{remote}{oauth}{allow}"), "--only-tool"),
    ] {
        rendered(&lines).iter().for_each(|text| assert!(text.contains(want), "{lines}\n{text}"));
    }
    // Codex has its own fields for this, so it connects by itself.
    for via in ["", "via = \"client\"\n"] {
        for (text, direct) in
            rendered(&format!("{remote}{via}{allow}")).iter().zip([false, true, false, false])
        {
            assert_eq!(!text.contains("\"exec\""), direct, "{text}");
        }
    }
}

#[test]
fn hidden_tools_do_not_change_the_cache_key() {
    let bridge = "launch = { bridge = [\"sh\", \"-c\", \"echo \\\"$@\\\" >&2\", \"bridge\"] }\n";
    let args = |tools: &str| {
        let text = format!(
            "clients = [\"cursor\"]\n{bridge}[servers.one]\nurl = \"https://x.example/mcp\"\nauth = \"oauth\"\n{tools}"
        );
        Case::new().declare(&text).run(&["exec", "one"]).err
    };
    assert_eq!(args("tools = { allow = [\"read\"] }\n"), args(""));
    assert_eq!(args(DENY), args("").replace('\n', " --ignore-tool delete\n"));
}

#[test]
fn the_native_bridge_allows_only_the_tools_of_its_option() {
    let tools = |id: &str| {
        json!({ "jsonrpc": "2.0", "id": serde_json::from_str::<Value>(id).unwrap(),
                "result": { "tools": [{ "name": "read" }, { "name": "delete" }] } })
    };
    let server = server(move |asked, _| {
        let list = asked.body.contains("tools/list");
        list.then(|| Answer::json(200, &tools("1")))
    });
    let case = Case::new();
    assert_eq!(sign_in(&case, &[&server.url()]).code, 0);
    let mut bridge = Bridge::start(&case, &[&server.url(), "--only-tool", "read"]);
    assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
    assert_eq!(bridge.ask(LIST)["result"]["tools"], json!([{ "name": "read" }]));
    assert_eq!(bridge.ask(CALL)["error"]["code"], -32603);
    assert_eq!(bridge.ask(&CALL.replace("delete", "read"))["id"], 2);
    assert_eq!(bridge.end().code, 0);
    let calls = server.asked("/mcp");
    assert!(!calls.iter().any(|asked| asked.body.contains("delete")));
}

#[test]
fn import_reads_hidden_tools_back_whatever_hides_them() {
    let tools = "tools = { allow = [\"delete\", \"read\"], deny = [\"delete\"] }\n";
    let native = "[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n";
    let remote = "url = \"https://x.example/mcp\"\nauth = \"oauth\"\n";
    for (launch, server) in [("", "command = \"sh\"\n"), ("", remote), (native, remote)] {
        let text = format!("clients = {CLIENTS:?}\n{launch}[servers.one]\n{server}{tools}");
        let case = Case::new().declare(&text);
        case.ok(&["apply"]);
        let imported = case.ok(&["import"]).out;
        assert!(imported.contains(&format!("\n{tools}")), "{imported}");
        assert!(!imported.contains("extra"), "{imported}");
    }
}
