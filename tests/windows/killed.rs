//! Apply and undo, killed at every step of the write protocol.

use crate::case::Case;

const OLD: &str = "{\n  \"numStartups\": 1\n}\n";
const FILES: [&str; 2] = [".claude.json", ".cursor/mcp.json"];
const DECLARED: &str =
    "clients = [\"claude-code\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\n";

fn machine() -> Case {
    Case::new().declare(DECLARED).write(FILES[0], OLD)
}

fn contents(case: &Case) -> [Option<String>; 2] {
    FILES.map(|path| std::fs::read_to_string(case.path(path)).ok())
}

fn steps(case: &Case, args: &[&str]) -> usize {
    let mut command = case.command(args);
    let run = case.finish(command.env("MCPGEN_COUNT_POINTS", case.path("points")), None);
    assert_eq!(run.code, 0, "{}", run.err);
    case.read("points").lines().count()
}

// The process ends as in a crash. A client's lock that it left is as old as one after ten seconds.
fn kill(case: &Case, args: &[&str], step: usize) {
    let mut command = case.command(args);
    let run = case.finish(command.env("MCPGEN_KILL_AT", step.to_string()), None);
    assert!(run.code != 0 && run.code != 1, "step {step} is a step: {}", run.err);
    std::fs::remove_dir(case.path(".claude.json.lock")).ok();
}

#[test]
fn a_killed_apply_leaves_whole_files_and_the_next_apply_or_undo_finishes() {
    let (counted, old) = (machine(), contents(&machine()));
    let count = steps(&counted, &["apply"]);
    let new = contents(&counted);
    assert!(count > 10 && new != old);
    for step in 1..=count {
        let case = machine();
        kill(&case, &["apply"], step);
        for (at, content) in contents(&case).iter().enumerate() {
            assert!([&old[at], &new[at]].contains(&content), "step {step}: {content:?}");
        }
        case.ok(&["apply"]);
        assert_eq!(contents(&case), new, "step {step}");
        let other = machine();
        kill(&other, &["apply"], step);
        let run = other.run(&["undo"]);
        assert!(run.code == 0 || run.err.contains("there is no apply to undo"), "{}", run.err);
        assert_eq!(contents(&other), old, "step {step}");
        for case in [case, other] {
            let names = std::fs::read_dir(case.home()).unwrap().flatten();
            let left = names.filter(|it| it.file_name().to_string_lossy().contains(".mcpgen-"));
            assert_eq!(left.count(), 0, "step {step}");
        }
    }
}

#[test]
fn a_killed_undo_leaves_whole_files_and_can_be_repeated() {
    let counted = machine();
    counted.ok(&["apply"]);
    let new = contents(&counted);
    let count = steps(&counted, &["undo"]);
    let old = contents(&counted);
    assert!(count > 3 && new != old);
    for step in 1..=count {
        let case = machine();
        case.ok(&["apply"]);
        kill(&case, &["undo"], step);
        for (at, content) in contents(&case).iter().enumerate() {
            assert!([&old[at], &new[at]].contains(&content), "step {step}: {content:?}");
        }
        // The last steps come after the undo is done.
        let run = case.run(&["undo"]);
        assert!(run.code == 0 || run.err.contains("there is no apply to undo"), "{}", run.err);
        assert_eq!(contents(&case), old, "step {step}");
    }
}
