//! Renames, removals and locks while another program has a file open. These tests open the files in the process of the
//! test, which is another process than mcpgen's.

use std::fs::{File, OpenOptions};
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::wait_until;
use crate::case::{Case, Run};

const CLAUDE: &str = ".claude.json";
const CURSOR: &str = ".cursor/mcp.json";
const MINE: &str = "{\n  \"numStartups\": 1\n}\n";
// FILE_SHARE_READ, FILE_SHARE_WRITE and FILE_SHARE_DELETE.
const READ: u32 = 1;
const WRITE: u32 = 2;
const ALL: u32 = 7;

fn declared(arg: u32) -> String {
    format!(
        "clients = [\"claude-code\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\nargs = [\"{arg}\"]\n"
    )
}

fn machine() -> Case {
    Case::new().declare(&declared(0)).write(CLAUDE, MINE)
}

fn open(path: &Path, shared: u32) -> File {
    OpenOptions::new().read(true).share_mode(shared).open(path).unwrap()
}

fn litter(case: &Case) -> Vec<String> {
    let names = std::fs::read_dir(case.home()).unwrap().flatten();
    let names = names.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.contains(".mcpgen-")).collect()
}

#[test]
fn undo_restores_a_file_and_removes_a_new_file() {
    let case = machine();
    case.ok(&["apply"]);
    assert!(case.read(CLAUDE).contains("one") && case.read(CURSOR).contains("one"));
    case.ok(&["undo"]);
    assert_eq!(case.read(CLAUDE), MINE);
    assert!(!case.exists(CURSOR) && litter(&case).is_empty());
}

#[test]
fn a_changed_apply_replaces_its_entries_and_an_empty_declaration_removes_them() {
    let case = machine();
    case.ok(&["apply"]);
    case.put(".config/mcpgen/mcp.toml", declared(7));
    case.ok(&["apply"]);
    assert!(case.read(CLAUDE).contains("\"7\""));
    case.put(".config/mcpgen/mcp.toml", "clients = [\"claude-code\", \"cursor\"]\n");
    case.ok(&["apply"]);
    assert_eq!(case.read(CLAUDE), MINE);
    assert!(!case.exists(CURSOR) && litter(&case).is_empty());
}

// A program that has the file open for a moment, without the right to delete and for itself alone: 5 ms of each 15.
fn busy(path: &Path, shared: u32, during: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let opened = OpenOptions::new().read(true).share_mode(shared).open(path);
                std::thread::sleep(Duration::from_millis(5));
                drop(opened);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        // A panic must end the thread too.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(during));
        stop.store(true, Ordering::SeqCst);
        done.unwrap();
    });
}

#[test]
fn a_file_that_another_program_opens_again_and_again_is_written_and_restored() {
    for shared in [0, READ, READ | WRITE, ALL] {
        let case = machine();
        busy(&case.path(CLAUDE), shared, || {
            for arg in 1..6 {
                case.put(".config/mcpgen/mcp.toml", declared(arg));
                case.ok(&["apply"]);
            }
            case.ok(&["undo"]);
        });
        assert!(case.read(CLAUDE).contains("\"4\""), "{shared}: {}", case.read(CLAUDE));
        assert!(litter(&case).is_empty(), "{shared}");
    }
}

fn refused(run: &Run, words: &[&str]) {
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    words.iter().for_each(|word| assert!(run.err.contains(word), "{word}\n{}", run.err));
}

#[test]
fn a_file_that_another_program_keeps_open_is_an_error_and_stays_as_it_is() {
    let case = machine();
    let held = open(&case.path(CLAUDE), 0);
    refused(&case.run(&["apply"]), &[CLAUDE, "os error 32", "close the program that has the file"]);
    drop(held);
    assert_eq!(case.read(CLAUDE), MINE);
    assert!(!case.exists(CURSOR) && litter(&case).is_empty());
    case.ok(&["apply"]);
    let written = case.read(CLAUDE);
    let held = open(&case.path(CLAUDE), READ);
    case.put(".config/mcpgen/mcp.toml", declared(1));
    let run = case.run(&["apply"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(case.read(CLAUDE), written);
    drop(held);
    assert!(litter(&case).is_empty());
    case.ok(&["apply"]);
    assert!(case.read(CLAUDE).contains("\"1\""));
}

#[test]
fn a_read_only_file_is_an_error_before_anything_is_written() {
    let case = machine();
    let mut permissions = std::fs::metadata(case.path(CLAUDE)).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(case.path(CLAUDE), permissions.clone()).unwrap();
    refused(&case.run(&["apply"]), &[CLAUDE, "attrib -r"]);
    assert!(!case.exists(CURSOR) && litter(&case).is_empty());
    #[expect(clippy::permissions_set_readonly_false, reason = "Windows has no modes")]
    permissions.set_readonly(false);
    std::fs::set_permissions(case.path(CLAUDE), permissions).unwrap();
    case.ok(&["apply"]);
}

#[test]
fn several_applies_at_once_wait_for_each_other() {
    let case = machine();
    std::thread::scope(|scope| {
        for owner in ["ada", "grace", "joan"] {
            let text = declared(1).replace("one", owner);
            case.put(&format!("{owner}.toml"), text);
            let case = &case;
            let file = format!("{owner}.toml");
            scope.spawn(move || {
                for _ in 0..3 {
                    case.ok(&["apply", "-f", &file, "--owner", owner]);
                }
            });
        }
    });
    for owner in ["ada", "grace", "joan"] {
        assert!(case.read(CLAUDE).contains(owner) && case.read(CURSOR).contains(owner), "{owner}");
    }
}

#[test]
fn claude_code_and_mcpgen_take_turns_at_its_lock() {
    let case = machine();
    let lock = case.path(".claude.json.lock");
    let stop = AtomicBool::new(false);
    let writes = std::thread::scope(|scope| {
        let claude = scope.spawn(|| {
            let mut writes = 0;
            while !stop.load(Ordering::SeqCst) {
                if std::fs::create_dir(&lock).is_ok() {
                    let text = case.read(CLAUDE);
                    writes += 1;
                    let key = format!("{{\n  \"key{writes}\": 1,");
                    std::fs::write(case.path(CLAUDE), text.replacen('{', &key, 1)).unwrap();
                    std::fs::remove_dir(&lock).unwrap();
                }
                std::thread::sleep(Duration::from_millis(3));
            }
            writes
        });
        let applies = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for arg in 1..10 {
                case.put(".config/mcpgen/mcp.toml", declared(arg));
                case.ok(&["apply"]);
            }
        }));
        stop.store(true, Ordering::SeqCst);
        applies.unwrap();
        claude.join().unwrap()
    });
    let text = case.read(CLAUDE);
    assert!(writes > 10, "it was busy: {writes}");
    for key in 1..=writes {
        assert!(text.contains(&format!("\"key{key}\"")), "key{key} is lost");
    }
    assert!(text.contains("\"9\""));
}

// A program that writes one digit in the file, without a lock. It always expects the digit that it has written last.
#[test]
fn a_program_that_writes_in_the_file_without_a_lock_loses_nothing() {
    let case = machine();
    let at = MINE.find('1').unwrap() as u64;
    let stop = AtomicBool::new(false);
    let write = |digit: u8| {
        // Neither between two names nor while mcpgen has the file for itself.
        let opened = OpenOptions::new().read(true).write(true).open(case.path(CLAUDE));
        opened.and_then(|file| file.seek_write(&[digit], at)).is_ok()
    };
    let last = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut last = b'1';
            for next in (b'2'..=b'9').cycle() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                if write(next) {
                    last = next;
                }
                std::thread::sleep(Duration::from_millis(7));
                // A version without it may be there for the moment until mcpgen puts the newer one back.
                let read = || Some(*std::fs::read(case.path(CLAUDE)).ok()?.get(at as usize)?);
                wait_until("the newest digit is there again", || read() == Some(last));
            }
            last
        });
        let applies = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for arg in 1..20 {
                case.put(".config/mcpgen/mcp.toml", declared(arg));
                let run = case.run(&["apply"]);
                let busy = run.code == 1 && run.err.contains("keeps changing");
                assert!(run.code == 0 || busy, "{}", run.err);
            }
        }));
        stop.store(true, Ordering::SeqCst);
        let last = writer.join();
        applies.unwrap();
        last.unwrap()
    });
    assert_eq!(case.read(CLAUDE).as_bytes()[at as usize], last);
    case.ok(&["apply"]);
    let text = case.read(CLAUDE);
    assert_eq!(text.as_bytes()[at as usize], last, "{text}");
    assert!(text.contains("\"19\"") && litter(&case).is_empty(), "{text}");
}

#[test]
fn a_file_with_two_names_keeps_both() {
    let case = machine();
    std::fs::hard_link(case.path(CLAUDE), case.path("other.json")).unwrap();
    case.ok(&["apply"]);
    assert!(case.read("other.json").contains("one"));
    assert_eq!(case.read("other.json"), case.read(CLAUDE));
}

#[test]
fn only_one_render_at_a_time_fills_a_directory_and_no_lock_remains() {
    let case = machine();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| case.ok(&["render", "--out", "out"]));
        }
    });
    let names: Vec<String> = std::fs::read_dir(case.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.contains("locked")), "{names:?}");
    assert!(case.read("out/.claude.json").contains("one"));
}
