//! Which file a target is: links, hard links, mounts, projects and variables.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use serde_json::Value;

use crate::case::{Case, LEDGER, Run};

mod generations;
mod mounts;
mod projects;

const BOTH: &str =
    "clients = [\"cursor\", \"windsurf\"]\n[servers.one]\ncommand = \"one\"\nargs = [\"a\"]\n";
const CLAUDE: &str = "clients = [\"claude-code\"]\n[servers.one]\ncommand = \"one\"\n";

fn json(case: &Case, path: &str) -> Value {
    serde_json::from_str(&case.read(path)).unwrap()
}

fn refused(case: &Case, args: &[&str], says: &[&str]) -> Run {
    let before = case.snapshot();
    let run = case.run(args);
    assert_ne!(run.code, 0, "{args:?} is refused");
    for words in says {
        let flat = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{args:?} does not say {words:?}:\n{}", run.err);
    }
    assert_eq!(case.snapshot(), before, "{args:?} changes nothing");
    run
}

#[test]
fn a_link_outside_a_project_is_shown_with_its_destination() {
    let case = Case::new().declare(CLAUDE).write("dotfiles/claude.json", "{}\n");
    symlink("dotfiles/claude.json", case.path(".claude.json")).unwrap();
    let plan = case.ok(&["plan"]);
    assert!(
        plan.out.starts_with("~/.claude.json -> ~/dotfiles/claude.json (Claude Code)"),
        "{}",
        plan.out
    );
    let listed: Value = serde_json::from_str(&case.ok(&["plan", "--json"]).out).unwrap();
    let end = listed["targets"][0]["end"].as_str().unwrap();
    assert!(end.ends_with("/dotfiles/claude.json"), "{end}");
}

// One file behind the paths of two clients.
fn shared(declaration: &str, link: impl Fn(&Path, &Path)) -> Case {
    let case = Case::new().declare(declaration).write("dotfiles/mcp.json", "{\n  // mine\n}\n");
    for path in [".cursor/mcp.json", ".codeium/windsurf/mcp_config.json"] {
        std::fs::create_dir_all(case.path(path).parent().unwrap()).unwrap();
        link(&case.path("dotfiles/mcp.json"), &case.path(path));
    }
    case
}

fn soft(file: &Path, path: &Path) {
    symlink(file, path).unwrap();
}

fn hard(file: &Path, path: &Path) {
    std::fs::hard_link(file, path).unwrap();
}

#[test]
fn two_clients_on_one_file_are_one_target() {
    for link in [soft, hard] {
        let case = shared(BOTH, link);
        let plan = case.ok(&["plan"]).out;
        assert_eq!(plan.matches("add").count(), 1, "{plan}");
        assert!(plan.contains("(Cursor and Windsurf"), "{plan}");
        assert!(case.ok(&["apply"]).err.contains("add"));
        for path in ["dotfiles/mcp.json", ".cursor/mcp.json", ".codeium/windsurf/mcp_config.json"] {
            assert!(case.read(path).contains("// mine") && case.read(path).contains("\"one\""));
        }
        assert_eq!(case.ok(&["apply"]).err, "", "nothing drifts");
        case.put(".config/mcpgen/mcp.toml", BOTH.replace("\"a\"", "\"b\""));
        let run = case.ok(&["apply"]);
        assert!(run.err.contains("replace") && !run.err.contains("drift"), "{}", run.err);
        // Dropping one of the two changes nothing; dropping both cleans up.
        case.put(
            ".config/mcpgen/mcp.toml",
            BOTH.replace("\"a\"", "\"b\"").replace("\"cursor\", ", ""),
        );
        case.ok(&["apply"]);
        assert!(case.read("dotfiles/mcp.json").contains("\"one\""));
        case.ok(&["apply", "--none"]);
        assert_eq!(case.read("dotfiles/mcp.json"), "{\n  // mine\n}\n");
        assert!(case.exists(".cursor/mcp.json"), "the user's links stay");
    }
}

#[test]
fn ledger_rows_of_files_that_became_one_are_merged() {
    let case = Case::new().declare(BOTH);
    case.ok(&["apply"]);
    let two = case.path(".codeium/windsurf/mcp_config.json");
    std::fs::remove_file(&two).unwrap();
    symlink(case.path(".cursor/mcp.json"), &two).unwrap();
    case.put(".config/mcpgen/mcp.toml", BOTH.replace("\"a\"", "\"b\""));
    case.ok(&["apply"]);
    assert_eq!(case.ok(&["apply"]).err, "");
    assert!(!case.read(LEDGER).contains("windsurf"), "{}", case.read(LEDGER));
    case.put(
        ".config/mcpgen/mcp.toml",
        "clients = [\"cursor\"]\n[servers.two]\ncommand = \"two\"\n",
    );
    case.ok(&["apply"]);
    assert!(json(&case, ".cursor/mcp.json")["mcpServers"].get("one").is_none());
}

#[test]
fn two_clients_on_one_file_that_need_different_entries_are_refused_and_named() {
    let declaration = "clients = [\"claude-code\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\n";
    let case = Case::new().declare(declaration).write("dotfiles/mcp.json", "{}\n");
    std::fs::create_dir(case.path(".cursor")).unwrap();
    symlink(case.path("dotfiles/mcp.json"), case.path(".claude.json")).unwrap();
    symlink(case.path("dotfiles/mcp.json"), case.path(".cursor/mcp.json")).unwrap();
    for command in ["plan", "apply"] {
        let says = [
            "`~/.claude.json` and `~/.cursor/mcp.json` are the same file",
            "Claude Code and Cursor need different entries for `one`",
        ];
        refused(&case, &[command], &says);
    }
}

#[test]
fn a_hard_link_stays_one() {
    let case = Case::new().declare(CLAUDE).write("dotfiles/claude.json", "{\"mine\": true}\n");
    hard(&case.path("dotfiles/claude.json"), &case.path(".claude.json"));
    case.ok(&["apply"]);
    assert_eq!(json(&case, "dotfiles/claude.json")["mcpServers"]["one"]["command"], "one");
    assert_eq!(case.path(".claude.json").metadata().unwrap().nlink(), 2);
    case.ok(&["undo"]);
    assert_eq!(case.read("dotfiles/claude.json"), "{\"mine\": true}\n");
    assert_eq!(case.path(".claude.json").metadata().unwrap().nlink(), 2);
}

#[test]
fn a_file_with_only_our_entries_that_cannot_be_removed_is_emptied() {
    let case = Case::new().declare(CLAUDE);
    case.ok(&["apply"]);
    hard(&case.path(".claude.json"), &case.path("other.json"));
    case.ok(&["apply", "--none"]);
    assert!(
        json(&case, "other.json")
            .get("mcpServers")
            .is_none_or(|all| all.as_object().unwrap().is_empty())
    );
    assert_eq!(case.path(".claude.json").metadata().unwrap().nlink(), 2);
}

#[test]
fn extended_attributes_survive_an_apply() {
    let case = Case::new().declare(CLAUDE).write(".claude.json", "{\"mine\": true}\n");
    let path = case.path(".claude.json");
    rustix::fs::setxattr(&path, "user.note", b"keep me", rustix::fs::XattrFlags::empty()).unwrap();
    case.ok(&["apply"]);
    let mut value = [0; 32];
    let length = rustix::fs::getxattr(&path, "user.note", &mut value).unwrap();
    assert_eq!(&value[..length], b"keep me");
}

#[test]
fn a_link_that_a_client_replaced_by_a_file_is_reported_until_it_is_restored() {
    let case = Case::new().declare(CLAUDE).write("dotfiles/claude.json", "{\"mine\": true}\n");
    symlink("dotfiles/claude.json", case.path(".claude.json")).unwrap();
    case.ok(&["apply"]);
    std::fs::remove_file(case.path(".claude.json")).unwrap();
    std::fs::copy(case.path("dotfiles/claude.json"), case.path(".claude.json")).unwrap();
    for command in ["plan", "apply", "plan"] {
        let run = case.ok(&[command]);
        assert!(
            run.err.contains("`~/.claude.json` was a link to `~/dotfiles/claude.json`"),
            "{}",
            run.err
        );
    }
    let run = case.ok(&["plan"]);
    let flat = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = flat.split_once("to make the file a link again, run ").unwrap();
    for command in rest.split('`').skip(1).step_by(2).take(2) {
        let mut shell = std::process::Command::new("sh");
        let status = shell.args(["-c", command]).env("HOME", case.home()).status().unwrap();
        assert!(status.success(), "{command}");
    }
    assert!(case.path(".claude.json").is_symlink());
    assert_eq!(case.ok(&["plan"]).err, "");
}

#[test]
fn an_environment_variable_that_names_another_file_does_not_clean_up_the_first() {
    let codex = "clients = [\"codex\"]\n[servers.one]\ncommand = \"one\"\n";
    let case = Case::new().declare(codex);
    case.ok(&["apply"]);
    let profile = case.path("profile").to_str().unwrap().to_owned();
    let other = |args: &[&str]| case.finish(case.command(args).env("CODEX_HOME", &profile), None);
    let run = other(&["apply"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("an environment variable now names another file"), "{}", run.err);
    assert!(case.exists(".codex/config.toml") && case.exists("profile/config.toml"));
    assert!(case.ok(&["apply"]).err.contains("~/profile/config.toml"));
    assert!(case.exists("profile/config.toml"), "either profile has the servers");
    case.ok(&["apply", "--none"]);
    assert!(!case.exists(".codex") && !case.exists("profile"));
}

#[test]
fn the_file_of_claude_code_that_it_reads_is_written() {
    let case = Case::new()
        .declare(CLAUDE)
        .write(".claude.json", "{}\n")
        .write(".claude/.config.json", "{}\n");
    case.ok(&["apply"]);
    assert!(case.read(".claude/.config.json").contains("\"one\""));
    assert_eq!(case.read(".claude.json"), "{}\n");
    assert!(Case::new().declare(CLAUDE).ok(&["plan"]).out.starts_with("~/.claude.json "));
}
