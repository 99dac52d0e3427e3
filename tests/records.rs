//! What mcpgen keeps in its state directory: the ledger, the undo generation, the lock.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::case::{Case, LEDGER};

const STATE: &str = ".local/state/mcpgen";
const UNDO: &str = ".local/state/mcpgen/undo";
const INDEX: &str = ".local/state/mcpgen/undo/generation.json";
const ONE: &str = "clients = [\"cursor\", \"codex\"]\n[servers.one]\ncommand = \"one\"\n";

fn applied() -> Case {
    let case = Case::new().declare(ONE).write(".cursor/mcp.json", "{\"mine\": true}\n");
    case.ok(&["apply"]);
    case
}

fn refused(case: &Case, args: &[&str], says: &[&str]) {
    let before = case.snapshot();
    let run = case.run(args);
    assert_eq!(run.code, 1, "{args:?}: {}{}", run.out, run.err);
    let flat = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in says {
        assert!(flat.contains(words), "{args:?} does not say {words:?}:\n{}", run.err);
    }
    assert_eq!(case.snapshot(), before, "{args:?} changes nothing");
}

#[test]
fn foreign_files_in_the_undo_directory_are_kept() {
    let case = applied();
    case.put(&format!("{UNDO}/letter.txt"), "mine");
    case.put(&format!("{UNDO}/1-0.txt"), "mine");
    case.put(&format!("{UNDO}/9-9/deep"), "mine");
    case.put(".config/mcpgen/mcp.toml", ONE.replace("\"one\"\n", "\"other\"\n"));
    case.ok(&["apply"]);
    case.ok(&["undo"]);
    for name in ["letter.txt", "1-0.txt", "9-9/deep"] {
        assert!(case.exists(&format!("{UNDO}/{name}")), "{name}");
    }
}

#[test]
fn an_undo_directory_that_is_a_link_is_refused() {
    let case = applied();
    case.put("precious/1-0", "mine");
    std::fs::remove_dir_all(case.path(UNDO)).unwrap();
    symlink(case.path("precious"), case.path(UNDO)).unwrap();
    case.put(".config/mcpgen/mcp.toml", ONE.replace("\"one\"\n", "\"other\"\n"));
    for command in ["apply", "undo"] {
        refused(&case, &[command], &["/undo` is a link", "remove the link"]);
    }
    assert!(case.exists("precious/1-0"));
}

#[test]
fn a_state_directory_that_others_can_write_to_is_reported_by_name() {
    for (path, mode) in [(STATE, 0o777), (STATE, 0o770), (UNDO, 0o702)] {
        let case = applied();
        std::fs::set_permissions(case.path(path), Permissions::from_mode(mode)).unwrap();
        let named = format!("/{path}`");
        refused(&case, &["undo"], &["other users can write to", &named, "chmod go-w"]);
        refused(&case, &["apply"], &["other users can write to", &named]);
        std::fs::set_permissions(case.path(path), Permissions::from_mode(mode & !0o022)).unwrap();
        case.ok(&["undo"]);
    }
}

#[test]
fn an_undo_record_restores_only_what_mcpgen_writes() {
    let case = applied();
    case.put("secret.txt", "not mcpgen's");
    let text = case.read(INDEX);
    let home = case.home().to_str().unwrap();
    for evil in [
        text.replace("\"1-1\"", "\"../../../../secret.txt\""),
        text.replace("\"1-1\"", "\"ledger.json\""),
        text.replace(
            &format!("\"path\": \"{home}/.cursor/mcp.json\""),
            &format!("\"path\": \"{home}/secret.txt\""),
        ),
    ] {
        assert_ne!(evil, text);
        case.put(INDEX, evil);
        refused(&case, &["undo"], &["is damaged"]);
    }
    case.put(INDEX, text);
    case.ok(&["undo"]);
    assert_eq!(case.read(".cursor/mcp.json"), "{\"mine\": true}\n");
}

#[test]
fn directories_created_for_a_file_are_removed_with_it() {
    for last in [&["undo"][..], &["apply", "--none"], &["apply"]] {
        let case = Case::new().declare(ONE);
        case.ok(&["apply"]);
        assert!(case.exists(".codex/config.toml") && case.exists(".cursor/mcp.json"));
        if last == ["apply"] {
            case.put(".config/mcpgen/mcp.toml", "clients = [\"cursor\"]\n");
        }
        case.ok(last);
        assert!(!case.exists(".codex") && !case.exists(".cursor"), "{last:?}");
        let case = applied();
        case.put(".codex/auth.json", "{}");
        case.ok(last);
        assert!(case.exists(".codex/auth.json"), "{last:?}: a client has moved in");
        assert!(case.exists(".cursor/mcp.json"), "{last:?}");
    }
}

#[test]
fn an_empty_directory_that_mcpgen_did_not_create_stays() {
    let case = Case::new().declare(ONE);
    std::fs::create_dir(case.path(".codex")).unwrap();
    case.ok(&["apply"]);
    case.ok(&["apply", "--none"]);
    assert!(case.exists(".codex") && !case.exists(".cursor"));
}

// The files of a machine on which the version before this one worked.
fn older() -> Case {
    let case = Case::new();
    let home = case.home().to_str().unwrap().to_owned();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/state-v1"), case.home(), &home);
    std::fs::set_permissions(case.path(STATE), Permissions::from_mode(0o700)).unwrap();
    std::fs::set_permissions(case.path(UNDO), Permissions::from_mode(0o700)).unwrap();
    case
}

fn copy(from: &Path, to: &Path, home: &str) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to, home);
        } else {
            let text = std::fs::read_to_string(&from).unwrap();
            std::fs::write(to, text.replace("/HOME", home)).unwrap();
        }
    }
}

#[test]
fn the_ledger_and_the_undo_directory_of_version_1_are_read() {
    let case = older();
    assert_eq!(case.ok(&["apply"]).err, "", "nothing to do");
    assert_eq!(case.ok(&["apply", "--project", "proj"]).err.matches("  replaced").count(), 3);
    assert!(
        case.read(LEDGER).contains("\"version\": 4"),
        "what was written since has a new format"
    );
    let case = older();
    case.ok(&["undo"]);
    assert!(!case.read(".cursor/mcp.json").contains("--second"));
    assert!(case.ok(&["plan"]).out.contains("replace"));
    let case = older();
    case.ok(&["apply", "--none"]);
    case.ok(&["apply", "--none", "--project", "proj"]);
    assert!(case.read(".claude.json").contains("mine") && !case.exists("proj/.mcp.json"));
}

#[test]
fn a_newer_ledger_or_undo_record_is_left_alone() {
    let case = applied();
    let ledger = case.read(LEDGER);
    case.put(LEDGER, ledger.replace("\"version\": 4", "\"version\": 5"));
    for command in ["apply", "undo", "plan"] {
        refused(&case, &[command], &["has version 5", "use the newer mcpgen"]);
    }
    case.put(LEDGER, &ledger);
    let index = case.read(INDEX);
    case.put(
        INDEX,
        index.replacen("\"version\": 2", "\"version\": 3", 1).replace("\"targets\"", "\"files\""),
    );
    refused(&case, &["undo"], &["generation.json", "has version 3"]);
    // What the version before this one requires of a record is not in this one's, so that it refuses it.
    assert!(!index.contains("\"number\""));
}

#[test]
fn a_damaged_ledger_is_not_taken_for_a_newer_one() {
    let case = applied();
    case.put(LEDGER, "{\"version\": 4, \"owners\": 7}\n");
    refused(&case, &["apply"], &["ledger.json", "damaged"]);
}

#[test]
fn an_apply_is_undone_without_the_variable_that_named_the_file() {
    let case = Case::new().declare(ONE);
    let profile = case.path("profile").to_str().unwrap().to_owned();
    let run = case.finish(case.command(&["apply"]).env("CODEX_HOME", profile), None);
    assert!(run.code == 0 && case.exists("profile/config.toml"), "{}", run.err);
    case.ok(&["undo"]);
    assert!(!case.exists("profile/config.toml"));
}

#[test]
fn the_saved_versions_of_files_can_be_deleted() {
    let secret =
        "{\"mcpServers\": {\"one\": {\"command\": \"x\", \"env\": {\"T\": \"@CANARY@\"}}}}\n";
    let case = Case::new().declare(ONE).write(".cursor/mcp.json", secret);
    let run = case.ok(&["apply", "--adopt", "one"]);
    let flat = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("`mcpgen undo --forget` deletes them"), "{}", run.err);
    assert!(case.exists(&format!("{UNDO}/1-1")));
    case.ok(&["undo", "--forget"]);
    assert!(!case.exists(&format!("{UNDO}/1-1")) && !case.exists(INDEX));
    assert_eq!(case.run(&["undo"]).code, 1, "there is nothing left to take back");
    assert!(case.ok(&["undo", "--forget"]).err.contains("no file versions are kept"));
    let case = Case::new().declare(ONE).write(".cursor/mcp.json", secret);
    case.ok(&["apply", "--adopt", "one"]);
    std::fs::remove_file(case.path(".cursor/mcp.json")).unwrap();
    std::fs::remove_file(case.path(".codex/config.toml")).unwrap();
    case.ok(&["apply", "--none"]);
    assert!(!case.exists(&format!("{UNDO}/1-1")), "--none leaves no old token behind");
}

#[test]
fn a_lock_that_is_held_names_its_holder() {
    let case = applied();
    let lock = std::fs::File::open(case.path(".local/state/mcpgen/lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(case.path(".local/state/mcpgen/lock"), "4242").unwrap();
    let child = case.command(&["apply"]).spawn().unwrap();
    let mut child = child;
    let mut first = [0; 200];
    let length = std::io::Read::read(child.stderr.as_mut().unwrap(), &mut first).unwrap();
    let said = String::from_utf8_lossy(&first[..length]);
    assert_eq!(said, "waiting for another mcpgen (process 4242) to finish\n");
    drop(lock);
    assert_eq!(case.ended(child).code, 0);
}

#[test]
fn a_lock_that_is_not_a_file_is_refused() {
    let case = Case::new().declare(ONE);
    case.put(&format!("{STATE}/x"), "");
    std::fs::set_permissions(case.path(STATE), Permissions::from_mode(0o700)).unwrap();
    let lock = case.path(&format!("{STATE}/lock"));
    assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
    refused(&case, &["apply"], &["/lock` is a device, a pipe or a socket"]);
    std::fs::remove_file(&lock).unwrap();
    symlink(case.path("elsewhere"), &lock).unwrap();
    refused(&case, &["apply"], &["/lock`"]);
    assert!(!case.exists("elsewhere"));
}
