//! A file that is written in place (here one with a second hard link), against crashes, a full disk, and a client
//! that writes it at the same time.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::case::Case;
use crate::machine::{CLAUDE, DECLARATION, LOCK, Stop, age_lock, count, each, stepwise};

const LINK: &str = "dotfiles/claude.json";

fn declaration(args: &str) -> String {
    format!(
        "clients = [\"claude-code\", \"cursor\"]\n[servers.one]\ncommand = \"c\"\nargs = [{args}]\n"
    )
}

/// How the new version compares with the old one.
#[derive(Debug, Clone, Copy)]
enum Change {
    Longer,
    Shorter,
}

const CHANGES: [Change; 2] = [Change::Longer, Change::Shorter];

impl Change {
    // Applied once, and about to be applied again.
    fn prepare(self) -> Case {
        let (long, short) = ("\"a long argument\", \"and one more\"", "\"a\"");
        let (before, after) = match self {
            Self::Longer => (short, long),
            Self::Shorter => (long, short),
        };
        let case = Case::in_memory().declare(&declaration(before));
        case.put(LINK, "{\n  \"mine\": true\n}\n");
        std::fs::hard_link(case.path(LINK), case.path(CLAUDE)).unwrap();
        case.ok(&["apply"]);
        case.put(DECLARATION, declaration(after));
        case
    }

    fn versions(self) -> (String, String, Vec<String>) {
        let case = self.prepare();
        let old = case.read(LINK);
        let points = count(&case, &["apply"]);
        (old, case.read(LINK), points)
    }
}

fn kill(case: &Case, args: &[&str], step: usize) {
    let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
    let mut command = case.wrapped(&wrapper, args);
    case.finish(command.env("MCPGEN_KILL_AT", step.to_string()), None);
    age_lock(case);
}

#[test]
fn an_apply_killed_at_any_step_leaves_a_whole_version_and_the_next_apply_finishes() {
    for change in CHANGES {
        let (old, new, points) = change.versions();
        assert!(points.iter().any(|point| point == "after a file is written in place"));
        each(points.len(), |step| {
            let case = change.prepare();
            kill(&case, &["apply"], step);
            let when = format!("{change:?}, step {step}, {}", points[step - 1]);
            let left = case.read(LINK);
            // A shorter version may still have the blank lines behind it.
            assert!(left == old || left.trim_end() == new.trim_end(), "{when}: {left}");
            case.ok(&["apply"]);
            assert_eq!(case.read(LINK), new, "{when}");
            assert_eq!(case.read(CLAUDE), new, "{when}: it has both names");
            assert_eq!(case.ok(&["apply"]).err, "", "{when}");
        });
    }
}

#[test]
fn an_undo_killed_at_any_step_can_be_repeated() {
    for change in CHANGES {
        let (old, new, _) = change.versions();
        let applied = || {
            let case = change.prepare();
            case.ok(&["apply"]);
            case
        };
        let points = count(&applied(), &["undo"]);
        each(points.len(), |step| {
            let case = applied();
            kill(&case, &["undo"], step);
            let when = format!("{change:?}, step {step}, {}", points[step - 1]);
            let left = case.read(LINK);
            assert!(left == new || left.trim_end() == old.trim_end(), "{when}: {left}");
            // Killed at the very end, there is nothing left to undo.
            case.run(&["undo"]);
            assert_eq!(case.read(LINK), old, "{when}");
        });
    }
}

#[test]
fn a_full_disk_at_any_step_leaves_a_whole_version() {
    for change in CHANGES {
        let (old, new, points) = change.versions();
        each(points.len(), |step| {
            let case = change.prepare();
            let mut command = case.command(&["apply"]);
            let run = case.finish(command.env("MCPGEN_FAIL_AT", step.to_string()), None);
            let when = format!("{change:?}, step {step}, {}: {}", points[step - 1], run.err);
            assert_eq!(run.code, 1, "{when}");
            let left = case.read(LINK);
            assert!(left == old || left == new, "{when}: {left}");
            case.ok(&["apply"]);
            assert_eq!(case.read(LINK), new, "{when}");
        });
    }
}

// A client that writes the file in place too, as it must where it is a mount point.
fn add_key(case: &Case, key: &str) {
    let mut value: Value = serde_json::from_str(&case.read(LINK)).unwrap();
    value[key] = json!(true);
    std::fs::write(case.path(LINK), serde_json::to_string_pretty(&value).unwrap()).unwrap();
}

#[test]
fn a_client_that_writes_in_place_at_any_step_loses_nothing_and_gets_our_entries() {
    for change in CHANGES {
        let (_, new, points) = change.versions();
        let want: Value = serde_json::from_str(&new).unwrap();
        each(points.len(), |step| {
            let case = change.prepare();
            let run = stepwise(&case, &["apply"], |at, name| {
                // Between the write and the cut, the file has blank lines behind it and is whole.
                if at == step && name != "after a file is written in place" {
                    add_key(&case, "key");
                }
            });
            let when = format!("{change:?}, step {step}, {}: {}", points[step - 1], run.err);
            assert_eq!(run.code, 0, "{when}");
            let end: Value = serde_json::from_str(&case.read(LINK)).unwrap();
            let skipped = points[step - 1] == "after a file is written in place";
            assert!(skipped || end["key"] == json!(true), "{when}");
            assert_eq!(end["mcpServers"], want["mcpServers"], "{when}");
        });
    }
}

#[test]
fn a_client_with_its_lock_and_a_hundred_applies_lose_none_of_each_others_writes() {
    let case = Change::Longer.prepare();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            let mut keys = 0;
            while !stop.load(Ordering::SeqCst) {
                if std::fs::create_dir(case.path(LOCK)).is_ok() {
                    add_key(&case, &format!("key{keys}"));
                    keys += 1;
                    std::fs::remove_dir(case.path(LOCK)).unwrap();
                }
                // It leaves the lock free for as long as mcpgen takes to look again.
                std::thread::sleep(std::time::Duration::from_millis(15));
            }
            keys
        });
        let stop = Stop(&stop);
        for round in 0..100 {
            case.put(DECLARATION, declaration(&format!("\"{round}\"")));
            case.ok(&["apply", "claude-code"]);
            let value: Value = serde_json::from_str(&case.read(CLAUDE)).unwrap_or_default();
            // Read while the client writes, it may be cut; at the end it is looked at once more.
            let args = &value["mcpServers"]["one"]["args"];
            assert!(value.is_null() || *args == json!([round.to_string()]), "{round}: {args}");
        }
        drop(stop);
        let keys = client.join().unwrap();
        let end: Value = serde_json::from_str(&case.read(LINK)).unwrap();
        assert!(keys > 0 && (0..keys).all(|key| end[format!("key{key}")] == json!(true)), "{keys}");
        assert_eq!(end["mcpServers"]["one"]["args"], json!(["99"]));
    });
}
