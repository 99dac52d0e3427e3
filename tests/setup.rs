//! `setup`: from the clients' files to one declaration with shared sign-ins.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::case::{CANARY, Case};
use crate::oauth::{Answer, Server, sign_in};
use crate::terminal::Terminal;
use crate::verify::{TWO, script};

mod interrupted;
mod secrets;
mod versions;

pub const DECLARATION: &str = ".config/mcpgen/mcp.toml";

/// A machine on which two clients have the URL of a server.
fn two_clients(url: &str) -> Case {
    let case = Case::new();
    let cursor = json!({ "mcpServers": { "atlassian": { "url": url } } });
    let claude =
        json!({ "theme": "dark", "mcpServers": { "atlassian": { "type": "http", "url": url } } });
    case.put(".cursor/mcp.json", cursor.to_string());
    case.put(".claude.json", claude.to_string());
    with_npx(case)
}

/// Installs an `npx` that only exists.
pub fn with_npx(case: Case) -> Case {
    case.put("npx/npx", "");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(case.path("npx/npx"), mode).unwrap();
    let path = format!("{}:/usr/bin:/bin", case.path("npx").display());
    case.var("PATH", path)
}

/// Adds a local server that works to Cursor's file.
pub fn with_program(case: &Case, name: &str) {
    let path = format!("bin/{name}");
    case.put(&path, script("", &[TWO]));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(case.path(&path), mode).unwrap();
    let text = std::fs::read_to_string(case.path(".cursor/mcp.json")).unwrap_or("{}".into());
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["mcpServers"][name] = json!({ "command": case.path(&path) });
    case.put(".cursor/mcp.json", file.to_string());
}

fn entry(case: &Case, file: &str) -> Value {
    let file: Value = serde_json::from_str(&case.read(file)).unwrap();
    file["mcpServers"]["atlassian"].clone()
}

#[test]
fn one_run_leads_from_two_separate_sign_ins_to_a_shared_one_and_back() {
    let server = Server::honest();
    let case = two_clients(&server.url());
    let before = case.snapshot();
    let mut person = Terminal::start(&case, &["setup"]);
    let found = person.answer("share one sign-in to atlassian between all clients?", "");
    let each = "atlassian: Claude Code and Cursor each need a sign-in of their own";
    assert!(found.contains(each), "{found}");
    let shown = person.answer("write this to ~/.config/mcpgen/mcp.toml?", "y");
    assert!(shown.contains("this is `mcpgen init --import --probe`"), "{shown}");
    assert!(shown.contains("auth = \"oauth\""), "{shown}");
    let shown = person.answer("make these changes?", "yes");
    assert!(shown.contains("this is `mcpgen apply --adopt-all`"), "{shown}");
    assert!(shown.contains("~/.claude.json") && shown.contains("~/.cursor/mcp.json"), "{shown}");
    let shown = person.answer("sign in now, in your browser?", "y");
    assert!(shown.contains("this is `mcpgen login atlassian`"), "{shown}");
    person.sign_in();
    let shown = person.answer("start every server once, as the clients do?", "n");
    assert!(shown.contains("shared by Claude Code and Cursor"), "{shown}");
    let (code, text) = person.end();
    assert!(code == 0 && text.contains("to restore the clients' files: `mcpgen undo`"), "{text}");
    for file in [".claude.json", ".cursor/mcp.json"] {
        let args = entry(&case, file)["args"].clone();
        assert_eq!(args[2], json!(server.url()), "{file} starts the bridge");
    }
    let list = case.ok(&["list"]).out;
    assert!(list.contains("shared, usable  Claude Code, Cursor"), "{list}");

    let (code, text) = Terminal::start(&case, &["setup"]).end();
    assert!(code == 0 && text.contains("nothing is left to set up"), "{text}");
    assert!(!text.contains("[Y/n/q]"), "{text}");
    case.ok(&["undo"]);
    let mut after = case.snapshot();
    after.retain(|path, _| before.contains_key(path));
    assert_eq!(after, before);
}

#[test]
fn without_npx_the_clients_start_mcpgens_own_bridge() {
    let server = Server::honest();
    let case = two_clients(&server.url()).var("PATH", "/nowhere");
    let run = case.ok(&["setup", "--yes"]);
    assert!(run.err.contains("`npx` was not found"), "{}", run.err);
    let args = entry(&case, ".cursor/mcp.json")["args"].clone();
    assert_eq!(args, json!(["bridge", server.url()]));
}

#[test]
fn without_npx_a_declared_server_starts_after_the_help_of_verify() {
    let server = Server::honest();
    let text = format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    );
    let case = Case::new().declare(&text);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let case = case.var("PATH", "/nowhere");
    let err = case.run(&["verify", "one"]).err.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, line) = err.split_once("add the first line of mcp.toml: ").expect(&err);
    case.put(DECLARATION, format!("{line}\n{text}"));
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    assert_eq!(file["mcpServers"]["one"]["args"], json!(["bridge", server.url()]));
}

#[test]
fn yes_without_a_terminal_does_everything_that_needs_no_person_and_twice_is_once() {
    let server = Server::honest();
    let case = two_clients(&server.url());
    with_program(&case, "files");
    let run = case.run(&["setup"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("not a terminal") && run.err.contains("`mcpgen setup --yes`"));
    assert!(!case.exists(DECLARATION) && !case.exists(".local"), "nothing was written");

    let run = case.ok(&["setup", "--yes"]);
    assert!(run.err.contains("left for later: `mcpgen login atlassian`"), "{}", run.err);
    assert!(run.out.contains("files") && run.out.contains("ok"), "it verifies: {}", run.out);
    assert_eq!(entry(&case, ".claude.json")["command"], "npx");
    assert!(server.asked("/authorize").is_empty(), "no browser without a person");
    let before = case.snapshot();
    let run = case.ok(&["setup", "--yes"]);
    assert_eq!((case.snapshot(), run.out.as_str()), (before, ""), "{}", run.err);
}

#[test]
fn a_new_entry_of_a_client_is_offered_and_the_rest_of_the_declaration_stays() {
    let case = Case::new().declare(
        "# mine\nclients = [\"cursor\"]   # one\n\n[servers.one]\ncommand = \"true\" # keep\n",
    );
    case.ok(&["apply"]);
    with_program(&case, "files");
    case.put(
        ".claude.json",
        json!({ "mcpServers": { "notes": { "command": "true" } } }).to_string(),
    );
    case.run(&["setup", "--yes"]);
    let text = case.read(DECLARATION);
    assert!(
        text.starts_with("# mine\nclients = [\"cursor\", \"claude-code\"]   # one\n"),
        "{text}"
    );
    assert!(text.contains("command = \"true\" # keep\n"), "{text}");
    assert!(text.contains("[servers.files]") && text.contains("[servers.notes]"), "{text}");
    case.ok(&["check"]);
    assert_eq!(case.ok(&["plan", "--exit-code"]).code, 0, "the files are written");
    let run = case.ok(&["setup", "--yes"]);
    assert!(run.err.contains("nothing is left to set up"), "{}", run.err);
}

#[test]
fn a_sign_in_that_is_skipped_or_fails_does_not_stop_the_others() {
    let refuses = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/register" => Answer::json(400, &json!({ "error": "invalid_client_metadata" })),
        _ => answer,
    });
    let (skipped, works) = (Server::honest(), Server::honest());
    let case = Case::new();
    let entries = json!({ "a": { "url": skipped.url() }, "b": { "url": refuses.url() },
        "c": { "url": works.url() } });
    case.put(".cursor/mcp.json", json!({ "mcpServers": entries }).to_string());
    let mut person = Terminal::start(&case, &["setup"]);
    for question in ["share one sign-in to a, b and c", "write this to", "make these changes?"] {
        person.answer(question, "");
    }
    person.expect("the sign-in to a");
    person.answer("sign in now", "n");
    person.expect("the sign-in to b");
    person.answer("sign in now", "");
    person.expect("the sign-in to c");
    person.answer("sign in now", "");
    person.sign_in();
    person.answer("start every server once", "n");
    let (code, text) = person.end();
    assert_eq!(code, 1, "{text}");
    for left in ["login a`", "login b`", "verify c`"] {
        assert!(text.contains(&format!("left for later: `mcpgen {left}")), "{left}\n{text}");
    }
    assert_eq!(works.asked("/token").len(), 1);
}

#[test]
fn without_a_server_anywhere_setup_names_the_first_command() {
    for case in [Case::new(), Case::new().write(".cursor/mcp.json", "{}")] {
        let before = case.snapshot();
        let run = case.ok(&["setup", "--yes"]);
        assert!(run.err.contains("`mcpgen add NAME URL`"), "{}", run.err);
        assert_eq!(case.snapshot(), before);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_set_up() {
    let case = two_clients("http://127.0.0.1:9/mcp");
    with_program(&case, "files");
    let broken = "{ \"mcpServers\": { \"one\": ";
    case.put(".claude.json", broken);
    let run = case.run(&["setup", "--yes", "--no-probe"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("~/.claude.json"), "{}", run.err);
    assert_eq!(case.read(".claude.json"), broken);
    let text = case.read(DECLARATION);
    assert!(text.contains("[servers.files]") && !text.contains("claude-code"), "{text}");
    assert_eq!(case.run(&["setup", "--yes", "--no-probe"]).code, 1, "the file is still broken");
}

#[test]
fn a_server_that_does_not_respond_is_declared_as_it_is() {
    // It accepts connections and sends nothing.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let case = two_clients(&format!("http://127.0.0.1:{port}/mcp"));
    let mut person = Terminal::start(&case, &["setup"]);
    let shown = person.answer("write this to", "q");
    assert!(shown.contains("it may require a sign-in"), "{shown}");
    assert!(!shown.contains("oauth"), "{shown}");
    let (code, text) = person.end();
    assert!(code == 0 && text.contains("left for later"), "{text}");
    assert!(!case.exists(DECLARATION) && !case.exists(".local"), "{text}");
}

#[test]
fn a_declaration_with_errors_is_opened_in_the_editor() {
    let case = two_clients("http://127.0.0.1:9/mcp").declare("clients = [\"emacs\"]\n");
    let run = case.run(&["setup", "--yes"]);
    assert!(run.code == 1 && run.err.contains("emacs"), "{}", run.err);
    let case = case.var("EDITOR", "sed -i s/emacs/cursor/");
    let mut person = Terminal::start(&case, &["setup", "--no-probe"]);
    person.answer("open it in your editor?", "");
    person.answer("add this to", "q");
    assert_eq!(person.end().0, 0);
    assert_eq!(case.read(DECLARATION), "clients = [\"cursor\"]\n");
}

#[test]
fn init_shows_the_servers_and_imports_them_over_its_own_starter() {
    let case = two_clients("http://127.0.0.1:9/mcp").write("secret.txt", CANARY);
    let run = case.ok(&["init"]);
    assert!(run.err.contains("servers in your clients' files: atlassian"), "{}", run.err);
    assert!(run.err.contains("`mcpgen init --import`"), "{}", run.err);
    case.ok(&["init", "--import"]);
    assert!(case.read(DECLARATION).contains("[servers.atlassian]"));
    assert_eq!(case.run(&["init", "--import"]).code, 1, "it overwrites no declaration");

    std::fs::remove_file(case.path(DECLARATION)).unwrap();
    let mut person = Terminal::start(&case, &["init"]);
    person.answer("declare them?", "y");
    assert_eq!(person.end().0, 0);
    assert!(case.read(DECLARATION).contains("[servers.atlassian]"));
}
