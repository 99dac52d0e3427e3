//! `uninstall`: afterwards, the machine is as it was before mcpgen.

use std::collections::BTreeMap;

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Server, cached, sign_in};
use crate::terminal::Terminal;

const DECLARATION: &str = ".config/mcpgen/mcp.toml";

/// A machine with entries, a sign-in, a project, another owner, and a stored secret.
fn machine(server: &Server) -> (Case, BTreeMap<std::path::PathBuf, Vec<u8>>) {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    case.put(".cursor/mcp.json", "{ \"mcpServers\": {} }");
    case.put(".claude.json", "{\n  \"theme\": \"dark\"\n}\n");
    case.put("src/app/README", "");
    let before = case.snapshot();
    let url = server.url();
    case.put(
        DECLARATION,
        format!(
            "clients = [\"cursor\", \"claude-code\", \"codex\"]\n\
             [servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n\
             [servers.two]\ncommand = \"true\"\n"
        ),
    );
    case.put(".local/share/mcpgen/secrets.env", "A='b'\n");
    case.ok(&["apply"]);
    case.ok(&["apply", "--project", "src/app"]);
    case.ok(&["completions", "fish", "--install"]);
    assert!(case.exists(".config/fish/completions/mcpgen.fish"));
    case.put("other.toml", "clients = [\"cursor\"]\n[servers.three]\ncommand = \"true\"\n");
    case.ok(&["apply", "-f", "other.toml"]);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    (case, before)
}

/// What mcpgen has left on the machine, without the declarations and the browser of the test.
fn left(case: &Case) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut after = case.snapshot();
    let own = [DECLARATION, "other.toml", "browser", "browser.url"];
    after.retain(|path, _| !own.iter().any(|name| case.path(name) == *path));
    after
}

#[test]
fn afterwards_the_files_have_their_old_bytes_and_nothing_of_mcpgen_is_left() {
    let server = Server::honest();
    let (case, before) = machine(&server);
    case.ok(&["uninstall", "--yes", "--sign-ins", "--secrets"]);
    assert_eq!(left(&case), before);
    assert!(!case.exists(".local/state/mcpgen") && !case.exists(".local/share/mcpgen"));
    assert_eq!(server.asked("/revoke").len(), 2, "the tokens are revoked");
    assert!(case.exists(DECLARATION), "the declaration is the user's");
    assert!(!case.exists(".codex") && !case.exists("src/app/.cursor"), "no empty directory");
    std::fs::remove_file(case.path(DECLARATION)).unwrap();
    case.ok(&["init"]);
    let starter = case.read(DECLARATION);
    assert!(starter.contains("clients = [\"claude-code\", \"cursor\"]"), "{starter}");
    let run = case.ok(&["uninstall", "--yes"]);
    assert!(run.err.contains("nothing of mcpgen"), "{}", run.err);
}

#[test]
fn without_their_flags_sign_ins_and_secrets_stay() {
    let server = Server::honest();
    let (case, _) = machine(&server);
    let before = (case.snapshot(), case.read(".local/state/mcpgen/ledger.json"));
    let run = case.run(&["uninstall"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`mcpgen uninstall --yes`"), "{}", run.err);
    assert_eq!((case.snapshot(), case.read(".local/state/mcpgen/ledger.json")), before);
    for shown in ["one", "~/.claude.json", "three", "secrets.env", "~/.local/state/mcpgen"] {
        assert!(run.out.contains(shown), "{shown}: {}", run.out);
    }
    let run = case.ok(&["uninstall", "--yes"]);
    assert!(cached(&case, "tokens.json").is_some(), "{}", run.err);
    assert!(case.exists(".local/share/mcpgen/secrets.env"));
    assert_eq!(case.read(".cursor/mcp.json"), "{ \"mcpServers\": {} }");
    assert!(server.asked("/revoke").is_empty());
}

#[test]
fn in_a_terminal_each_kind_is_asked_for() {
    let server = Server::honest();
    let (case, before) = machine(&server);
    let mut person = Terminal::start(&case, &["uninstall"]);
    person.answer("remove these sign-ins, which mcp-remote uses too?", "y");
    person.answer("remove these secrets?", "n");
    person.answer("remove all this now?", "n");
    let (code, text) = person.end();
    assert!(code == 1 && text.contains("nothing was changed"), "{text}");
    assert!(cached(&case, "tokens.json").is_some());

    let mut person = Terminal::start(&case, &["uninstall"]);
    person.answer("remove these sign-ins", "y");
    person.answer("remove these secrets?", "n");
    person.answer("remove all this now?", "y");
    let (code, text) = person.end();
    assert_eq!(code, 0, "{text}");
    let mut after = left(&case);
    assert!(after.remove(&case.path(".local/share/mcpgen/secrets.env")).is_some());
    assert_eq!(after, before);
}

#[test]
fn a_sign_in_of_mcp_remote_alone_stays() {
    let (ours, theirs) = (Server::honest(), Server::honest());
    let (case, _) = machine(&ours);
    assert_eq!(sign_in(&case, &[&theirs.url()]).code, 0);
    case.ok(&["uninstall", "--yes", "--sign-ins"]);
    assert!(cached(&case, "tokens.json").is_some(), "one is left");
    assert!(theirs.asked("/revoke").is_empty());
}

#[test]
fn if_a_file_cannot_be_changed_the_records_stay_so_that_the_next_run_continues() {
    let server = Server::honest();
    let (case, before) = machine(&server);
    let file = case.read(".claude.json");
    case.put(".claude.json", "{ broken");
    let run = case.run(&["uninstall", "--yes", "--sign-ins", "--secrets"]);
    assert!(run.code == 1 && run.err.contains("~/.claude.json"), "{}", run.err);
    assert!(run.err.contains("records stay"), "{}", run.err);
    assert_eq!(case.read(".claude.json"), "{ broken");
    case.put(".claude.json", file);
    case.ok(&["uninstall", "--yes"]);
    assert_eq!(left(&case), before);
}

#[test]
fn an_entry_that_mcpgen_replaced_can_be_restored_before() {
    let case =
        Case::in_memory().declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"a\"\n");
    let mine = json!({ "mcpServers": { "one": { "command": "b" } } }).to_string();
    case.put(".cursor/mcp.json", &mine);
    case.ok(&["apply", "--adopt-all"]);
    let run = case.run(&["uninstall"]);
    assert!(run.err.contains("`mcpgen undo` restores those of the last apply"), "{}", run.err);
    case.ok(&["undo"]);
    let run = case.ok(&["uninstall", "--yes"]);
    assert!(!run.err.contains("undo"), "{}", run.err);
    assert_eq!(case.read(".cursor/mcp.json"), mine);
    assert!(!case.exists(".local/state/mcpgen"));
}
