//! Whose entries are whose: owners, dropped clients, husks, adoption, and what clients keep themselves.

use serde_json::{Value, json};

use crate::case::{Case, LEDGER};

const CURSOR: &str = ".cursor/mcp.json";
const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n";

fn servers(case: &Case, path: &str) -> Value {
    let file: Value = serde_json::from_str(&case.read(path)).unwrap();
    file["mcpServers"].clone()
}

fn edit(case: &Case, path: &str, change: impl FnOnce(&mut Value)) {
    let mut file: Value = serde_json::from_str(&case.read(path)).unwrap();
    change(&mut file);
    case.put(path, serde_json::to_string_pretty(&file).unwrap());
}

#[test]
fn two_owners_never_remove_each_others_entries() {
    let case = Case::new().declare(ONE);
    let case = case.write("two.toml", ONE.replace("one", "two"));
    case.ok(&["apply"]);
    case.ok(&["apply", "-f", "two.toml", "--owner", "home-manager"]);
    assert_eq!(servers(&case, CURSOR).as_object().unwrap().len(), 2);
    case.ok(&["apply", "-f", "two.toml", "--owner", "home-manager", "--none"]);
    assert_eq!(servers(&case, CURSOR), json!({"one": {"command": "one", "args": []}}));
    case.ok(&["apply", "--none"]);
    assert!(!case.exists(CURSOR), "a file we made goes with its last entry");
}

#[test]
fn another_owners_entry_is_a_conflict_until_it_is_adopted() {
    let case = Case::new().declare(ONE);
    let case = case.write("two.toml", ONE.replace("\"one\"", "\"other\""));
    case.ok(&["apply"]);
    let refused = case.run(&["apply", "-f", "two.toml"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("belongs to another owner"), "{}", refused.err);
    case.ok(&["apply", "-f", "two.toml", "--adopt", "one"]);
    case.ok(&["apply", "--none"]);
    assert_eq!(servers(&case, CURSOR)["one"]["command"], "other", "it is the second owner's now");
}

#[test]
fn a_client_that_is_dropped_from_the_declaration_is_cleaned_up() {
    let both = ONE.replace("\"cursor\"", "\"cursor\", \"codex\"");
    let case = Case::new().declare(&both).write(".codex/config.toml", "model = \"m\"\n");
    case.ok(&["apply"]);
    assert!(case.read(".codex/config.toml").contains("[mcp_servers.one]"));
    case.put(".config/mcpgen/mcp.toml", ONE);
    case.ok(&["apply", "cursor"]);
    assert!(case.read(".codex/config.toml").contains("[mcp_servers.one]"), "another scope");
    let run = case.ok(&["apply"]);
    assert_eq!(case.read(".codex/config.toml"), "model = \"m\"\n");
    assert!(run.err.contains("- one"), "{}", run.err);
    assert!(!case.read(LEDGER).contains("codex"));
}

#[test]
fn a_server_removed_from_the_declaration_leaves_no_empty_section() {
    let case = Case::new().declare(&format!("{ONE}[servers.two]\ncommand = \"two\"\n"));
    case.ok(&["apply"]);
    edit(&case, CURSOR, |file| file["mcpServers"]["one"]["disabled"] = json!(true));
    case.put(".config/mcpgen/mcp.toml", ONE.replace("one", "two"));
    case.ok(&["apply"]);
    assert_eq!(servers(&case, CURSOR), json!({"two": {"command": "two", "args": []}}));
    case.ok(&["undo"]);
    assert_eq!(servers(&case, CURSOR)["one"]["disabled"], true, "undo has the whole entry");
}

#[test]
fn a_users_identical_entry_stays_theirs_until_adopted() {
    let text = "{\n  \"mcpServers\": {\n    \"one\": { \"args\": [], \"command\": \"one\", \"mine\": 1 }\n  }\n}\n";
    let case = Case::new().declare(ONE).write(CURSOR, text);
    let run = case.ok(&["apply"]);
    assert_eq!((run.err.as_str(), case.read(CURSOR).as_str()), ("", text));
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(CURSOR), text, "what was never ours is not removed");
    let adopted = case.ok(&["apply", "--adopt", "one"]);
    assert!(adopted.err.contains("adopted unchanged"), "{}", adopted.err);
    assert_eq!(case.read(CURSOR), text);
    case.ok(&["apply", "--none"]);
    assert_eq!(servers(&case, CURSOR), json!({}));
}

#[test]
fn adopting_an_entry_of_another_shape_leaves_one_launch_and_the_users_own_fields() {
    let remote = "clients = [\"qwen-code\", \"cline\", \"cursor\"]\n[servers.one]\nurl = \"https://one.example.com\"\nauth = \"oauth\"\n";
    let case = Case::new()
        .declare(remote)
        .write(".qwen/settings.json", r#"{"mcpServers": {"one": {"httpUrl": "https://old", "trust": true}}}"#)
        .write(
            ".cline/data/settings/cline_mcp_settings.json",
            r#"{"mcpServers": {"one": {"transport": {"type": "streamableHttp", "url": "https://old"}, "oauth": {"tokens": "@CANARY@"}, "autoApprove": ["x"]}}}"#,
        )
        .write(CURSOR, r#"{"mcpServers": {"one": {"url": "https://old", "headers": {"Authorization": "Bearer @CANARY@"}, "auth": {"CLIENT_ID": "i"}}}}"#);
    let shown = case.ok(&["plan", "--adopt", "one", "--diff"]);
    assert!(shown.out.contains("-    \"httpUrl\": \"https://old\""), "{}", shown.out);
    case.ok(&["apply", "--adopt", "one"]);
    let launch =
        json!({"command": "npx", "args": ["-y", "mcp-remote@0.15.1", "https://one.example.com"]});
    let qwen = servers(&case, ".qwen/settings.json")["one"].clone();
    assert_eq!(
        (&qwen["command"], &qwen["args"], &qwen["trust"]),
        (&launch["command"], &launch["args"], &json!(true))
    );
    assert!(qwen.get("httpUrl").is_none(), "{qwen}");
    let cline = servers(&case, ".cline/data/settings/cline_mcp_settings.json")["one"].clone();
    assert!(cline.get("transport").is_none() && cline["oauth"]["tokens"].is_string(), "{cline}");
    assert_eq!(cline["autoApprove"], json!(["x"]));
    let cursor = servers(&case, CURSOR)["one"].clone();
    assert!(cursor.get("url").is_none() && cursor.get("headers").is_none(), "{cursor}");
    assert_eq!(cursor["auth"]["CLIENT_ID"], "i");
}

#[test]
fn a_switch_turned_off_in_the_client_stays_off() {
    let case = Case::new().declare(&ONE.replace("cursor", "kiro"));
    let path = ".kiro/settings/mcp.json";
    case.ok(&["apply"]);
    assert_eq!(servers(&case, path)["one"]["disabled"], false, "seeded");
    edit(&case, path, |file| {
        file["mcpServers"]["one"]["disabled"] = json!(true);
        file["mcpServers"]["one"]["autoApprove"] = json!(["read"]);
    });
    case.ok(&["apply"]);
    case.put(
        ".config/mcpgen/mcp.toml",
        ONE.replace("cursor", "kiro").replace("\"one\"", "\"uno\""),
    );
    case.ok(&["apply"]);
    let one = servers(&case, path)["one"].clone();
    assert_eq!(
        one,
        json!({"command": "uno", "args": [], "autoApprove": ["read"], "disabled": true})
    );
}

#[test]
fn an_equivalent_entry_that_a_client_writes_is_not_drift() {
    let case = Case::new()
        .declare(&ONE.replace("[servers", "timeout = 1\n[servers").replace("timeout = 1\n", ""));
    case.ok(&["apply"]);
    edit(&case, CURSOR, |file| {
        file["mcpServers"]["one"]["env"] = json!({});
        file["machineID"] = json!("x");
    });
    let plan = case.ok(&["plan", "--exit-code"]);
    assert_eq!(plan.out, "");
}

#[test]
fn drift_in_our_fields_is_reported_and_the_declaration_wins() {
    let case = Case::new().declare(ONE);
    case.ok(&["apply"]);
    edit(&case, CURSOR, |file| file["mcpServers"]["one"]["command"] = json!("evil"));
    let plan = case.run(&["plan", "--exit-code"]);
    assert_eq!(plan.code, 3);
    assert!(plan.out.contains("drift: someone edited the entry"), "{}", plan.out);
    case.ok(&["apply"]);
    assert_eq!(servers(&case, CURSOR)["one"]["command"], "one");
}

#[test]
fn one_conflict_stops_everything_and_keep_going_writes_the_rest() {
    let declaration = ONE.replace("\"cursor\"", "\"cursor\", \"kiro\"");
    let theirs = r#"{"mcpServers": {"one": {"command": "theirs"}}}"#;
    let case = Case::new().declare(&declaration).write(CURSOR, theirs);
    let refused = case.run(&["apply"]);
    assert_eq!((refused.code, case.exists(".kiro")), (4, false));
    assert!(refused.err.contains("--adopt one"), "{}", refused.err);
    let went_on = case.run(&["apply", "--keep-going"]);
    assert_eq!((went_on.code, case.exists(".kiro")), (4, true));
    assert_eq!(case.read(CURSOR), theirs);
}

#[test]
fn project_files_are_targets_of_their_own() {
    let case = Case::new()
        .declare(&ONE.replace("\"cursor\"", "\"claude-code\", \"copilot-cli\", \"zed\""))
        .write("work/README.md", "");
    case.ok(&["apply", "--project", "work"]);
    assert_eq!(
        servers(&case, "work/.mcp.json")["one"]["command"],
        "one",
        "one file serves two clients"
    );
    assert!(case.exists("work/.zed/settings.json") && !case.exists(".claude.json"));
    case.ok(&["apply"]);
    case.ok(&["apply", "--project", "work", "--none"]);
    assert!(!case.exists("work/.mcp.json") && !case.exists("work/.zed/settings.json"));
    assert!(case.exists(".claude.json"), "the user's own files are another scope");
}

#[test]
fn undo_after_a_write_of_the_client_removes_only_our_entries() {
    let text = r#"{"mcpServers": {"one": {"command": "theirs", "env": {"K": "v"}}, "x": {}}}"#;
    let case = Case::new().declare(ONE).write(CURSOR, text);
    case.ok(&["apply", "--adopt", "one"]);
    edit(&case, CURSOR, |file| file["new"] = json!(true));
    let run = case.ok(&["undo"]);
    assert!(run.err.contains("other changes that were made since then stay"), "{}", run.err);
    let file: Value = serde_json::from_str(&case.read(CURSOR)).unwrap();
    let want = json!({"mcpServers": {"one": {"command": "theirs", "env": {"K": "v"}}, "x": {}}, "new": true});
    assert_eq!(file, want);
    assert_eq!(case.run(&["apply"]).code, 4, "the ledger went back with it");
}

#[test]
fn undo_after_a_write_of_the_client_restores_every_field_that_mcpgen_wrote() {
    let declared = |extra: &str| {
        format!("clients = ['cursor']\n[servers.one]\ncommand = 'x'\nextra.cursor = {extra}\n")
    };
    let case = Case::new().declare(&declared("{ color = 'red' }"));
    case.ok(&["apply"]);
    case.put(".config/mcpgen/mcp.toml", declared("{ color = 'blue', size = 1 }"));
    case.ok(&["apply"]);
    edit(&case, CURSOR, |file| file["mcpServers"]["one"]["theirs"] = json!(true));
    case.ok(&["undo"]);
    let file: Value = serde_json::from_str(&case.read(CURSOR)).unwrap();
    let one = &file["mcpServers"]["one"];
    assert_eq!(
        (&one["color"], &one["size"], &one["theirs"]),
        (&json!("red"), &Value::Null, &json!(true))
    );
}

#[test]
fn an_unchanged_file_is_not_written_and_nothing_is_printed() {
    let case = Case::new().declare(ONE);
    case.ok(&["apply"]);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    for path in [CURSOR, LEDGER] {
        std::fs::File::open(case.path(path)).unwrap().set_modified(old).unwrap();
    }
    let run = case.ok(&["apply"]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    for path in [CURSOR, LEDGER] {
        assert_eq!(std::fs::metadata(case.path(path)).unwrap().modified().unwrap(), old, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn mode_owner_and_links_are_kept_and_new_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |case: &Case, path: &str| {
        std::fs::metadata(case.path(path)).unwrap().permissions().mode() & 0o777
    };
    let case = Case::new().declare(ONE).write("dotfiles/cursor.json", "{}\n");
    std::fs::set_permissions(case.path("dotfiles/cursor.json"), PermissionsExt::from_mode(0o640))
        .unwrap();
    std::fs::create_dir(case.path(".cursor")).unwrap();
    std::os::unix::fs::symlink("../dotfiles/cursor.json", case.path(CURSOR)).unwrap();
    case.ok(&["apply"]);
    assert!(case.path(CURSOR).is_symlink());
    assert_eq!(mode(&case, "dotfiles/cursor.json"), 0o640);
    assert_eq!(servers(&case, "dotfiles/cursor.json")["one"]["command"], "one");
    assert_eq!(mode(&case, LEDGER), 0o600);
    assert_eq!(mode(&case, ".local/state/mcpgen"), 0o700);
    assert_eq!(mode(&case, ".local/state/mcpgen/undo"), 0o700);
    let fresh = Case::new().declare(ONE);
    fresh.ok(&["apply"]);
    assert_eq!(mode(&fresh, CURSOR), 0o600);
}

#[test]
fn an_entry_that_a_server_replaces_is_removed_only_if_adopted() {
    let hand =
        "{\"mcpServers\":{\"my_one\":{\"command\":\"old\"},\"mine\":{\"command\":\"keep\"}}}";
    let case = Case::new()
        .declare(
            "clients = [\"cursor\", \"codex\"]\n[servers.my-one]\ncommand = \"new\"\nreplaces = [\"my_one\"]\n",
        )
        .write(".cursor/mcp.json", hand);
    let run = case.run(&["apply"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(
        run.err
            .contains("`my_one` is still in the file, and the server `my-one` replaces this entry"),
        "{}",
        run.err
    );
    assert_eq!(case.read(".cursor/mcp.json"), hand, "nothing is written");
    let plan = case.ok(&["plan", "--adopt", "my-one"]);
    assert!(plan.out.contains("- my_one"), "{}", plan.out);
    case.ok(&["apply", "--adopt", "my-one"]);
    let text = case.read(".cursor/mcp.json");
    assert!(text.contains("my-one") && text.contains("mine") && !text.contains("my_one"), "{text}");
    assert_eq!(case.ok(&["plan"]).out, "", "and then there is nothing to do");
    case.ok(&["undo"]);
    assert_eq!(case.read(".cursor/mcp.json"), hand);
}
