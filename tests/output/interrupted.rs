//! Output directories after a kill, on a full disk, and while somebody else writes into them.

use std::path::{Path, PathBuf};

use super::{MANIFEST, ONE, RENDER, ROWS, TWO, acme, output, rendered, row, tree};
use crate::case::{Case, Run};
use crate::machine::{count, each, stepwise};

#[test]
fn a_file_becomes_a_directory_and_a_directory_a_file_even_after_a_kill() {
    let names = |case: &Case| -> Vec<PathBuf> {
        let files = output(case).into_iter().filter(|(_, what)| !what.ends_with(' '));
        files.map(|(path, _)| path).collect()
    };
    for (from, to) in [("a/b/c.json", "a"), ("a", "a/b"), ("a/b", "a/b/c"), ("a/b", "a/c")] {
        let begin = || {
            let case = acme(from);
            case.ok(RENDER);
            case.put(ROWS, row(to));
            case
        };
        let steps = count(&begin(), RENDER).len();
        each(steps, |step| {
            for last in [from, to] {
                let case = begin();
                kill(&case, step);
                case.put(ROWS, row(last));
                case.ok(RENDER);
                let want = [Path::new(MANIFEST), Path::new(last)];
                assert_eq!(names(&case), want, "{from} to {to}, step {step}");
            }
        });
    }
}

/// An earlier output and the declaration of the next.
fn begun() -> Case {
    let case = rendered();
    case.put(".config/mcpgen/mcp.toml", TWO);
    case
}

/// Ends a run at its N-th step as in a crash, without a core file, where it has that many.
fn kill(case: &Case, step: usize) -> Run {
    let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
    let mut command = case.wrapped(&wrapper, RENDER);
    case.finish(command.env("MCPGEN_KILL_AT", step.to_string()), None)
}

fn first() -> Case {
    Case::in_memory().declare(TWO)
}

#[test]
fn the_next_run_finishes_a_run_that_was_killed_at_any_step() {
    for begin in [begun as fn() -> Case, first] {
        let done = begin();
        let points = count(&done, RENDER);
        assert!(points.len() >= 8, "{points:?}");
        let want = output(&done);
        each(points.len(), |step| {
            let case = begin();
            assert_eq!(kill(&case, step).code, -1, "step {step} is a step");
            case.ok(RENDER);
            assert_eq!(output(&case), want, "step {step}, {}", points[step - 1]);
            // And by one that renders something else, even if that is killed too.
            let case = begin();
            kill(&case, step);
            case.put(".config/mcpgen/mcp.toml", ONE);
            kill(&case, step);
            case.ok(RENDER);
            assert_eq!(output(&case), output(&rendered()), "step {step}, {}", points[step - 1]);
        });
    }
}

#[test]
fn a_full_disk_at_any_step_is_reported_and_the_next_run_finishes() {
    let done = begun();
    let points = count(&done, RENDER);
    let want = output(&done);
    each(points.len(), |step| {
        let case = begun();
        let mut command = case.command(RENDER);
        let run = case.finish(command.env("MCPGEN_FAIL_AT", step.to_string()), None);
        let when = format!("step {step}, {}: {}", points[step - 1], run.err);
        assert_eq!(run.code, 1, "{when}");
        assert!(run.err.contains("no storage space\n"), "{when}");
        assert!(run.err.contains("help: free disk space and try again\n"), "{when}");
        assert!(!tree(case.home()).keys().any(|path| path.to_str().unwrap().ends_with(".tmp")));
        case.ok(RENDER);
        assert_eq!(output(&case), want, "{when}");
    });
}

#[test]
fn a_file_that_somebody_writes_during_a_run_is_kept_and_named() {
    let done = begun();
    let steps = count(&done, RENDER).len();
    let mut refused = 0;
    for (path, text) in
        [(".cursor/mcp.json", "{ \"mine\": 1 }\n"), (".config/goose/config.yaml", "mine: 1\n")]
    {
        for at in 1..=steps {
            let case = begun();
            let file = format!("result/{path}");
            let run = stepwise(&case, RENDER, |step, _| {
                if step == at {
                    case.put(&file, text);
                }
            });
            assert_eq!(case.read(&file), text, "step {at}: {}", run.err);
            if run.code == 1 {
                refused += 1;
                let named = format!("`{}`", case.path(&file).display());
                assert!(run.err.contains(&named), "step {at}: {}", run.err);
            }
            let again = case.run(RENDER);
            assert_eq!(again.code, 1, "step {at}: {}", again.err);
            assert_eq!(case.read(&file), text, "step {at}");
        }
    }
    assert!(refused >= 6, "{refused}");
}

#[test]
fn concurrent_runs_leave_the_output_of_one_of_them() {
    let case = begun();
    case.put("one.toml", ONE);
    let one = output(&case);
    let two = begun();
    two.ok(RENDER);
    let two = output(&two);
    for _ in 0..5 {
        let run = |at: usize| {
            if at.is_multiple_of(2) {
                case.run(RENDER)
            } else {
                case.run(&["render", "-f", "one.toml", "--out", "result"])
            }
        };
        for run in each(8, run) {
            assert_eq!(run.code, 0, "{}", run.err);
        }
        let now = output(&case);
        assert!(now == one || now == two, "{now:#?}");
    }
}
