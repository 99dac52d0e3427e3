//! Apply and undo, killed or refused by the disk at every step of the write protocol: each file stays
//! whole, old or new, and the next run finishes the job.

use std::path::Path;
use std::sync::OnceLock;

use crate::case::{Case, LEDGER};
use crate::machine::{
    APPLY, CLAUDE, DECLARATION, Node, STATE, TARGETS, THIRD, Tree, age_lock, assert_finished,
    assert_targets, assert_whole, count, each, runs,
};

/// Runs mcpgen until its N-th step, where it ends as in a crash; without a core file in the home directory.
fn kill(case: &Case, args: &[&str], step: usize) {
    end_at("MCPGEN_KILL_AT", case, args, step);
}

/// Runs mcpgen until its N-th step, where it ends as in a power failure: files that were not synced are empty.
fn fail_power(case: &Case, args: &[&str], step: usize) {
    end_at("MCPGEN_POWER_FAILS_AT", case, args, step);
}

fn end_at(how: &str, case: &Case, args: &[&str], step: usize) {
    let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
    let mut command = case.wrapped(&wrapper, args);
    let run = case.finish(command.env(how, step.to_string()), None);
    assert_eq!((run.code, run.err.as_str()), (-1, ""), "step {step} is a step");
    age_lock(case);
}

/// The machine after an apply was killed at each of its steps, after a power failure at each of them, and after one
/// that lost the last rename of a target.
fn killed() -> &'static [Tree] {
    static KILLED: OnceLock<Vec<Tree>> = OnceLock::new();
    KILLED.get_or_init(|| {
        let all = |end: fn(&Case, &[&str], usize)| {
            each(runs().points.len(), |step| {
                let case = runs().old.unpack();
                end(&case, APPLY, step);
                Tree::of(&case)
            })
        };
        let mut trees = all(kill);
        let lost: Vec<Tree> = trees.iter().flat_map(lost_renames).collect();
        assert!(lost.len() > TARGETS.len(), "every target may be lost");
        trees.extend(all(fail_power));
        trees.extend(lost);
        let mut different: Vec<Tree> = vec![];
        for tree in trees {
            if !different.contains(&tree) {
                different.push(tree);
            }
        }
        different
    })
}

/// The machines on which one of the targets has its old version again. Targets are synced before the ledger is settled.
fn lost_renames(tree: &Tree) -> Vec<Tree> {
    let (old, settled) = (&runs().old, tree.file(LEDGER) == runs().new.file(LEDGER));
    let lost = |path: &&str| !settled && tree.targets()[*path] != old.targets()[*path];
    let without = |path: &str| {
        let mut tree = tree.clone();
        for above in Path::new(path).ancestors() {
            match old.0.get(above) {
                Some(node) => drop(tree.0.insert(above.to_owned(), node.clone())),
                None => drop(tree.0.remove(above).filter(|node| *node != Node::Directory)),
            }
        }
        tree
    };
    TARGETS.into_iter().filter(lost).map(without).collect()
}

#[test]
fn an_apply_has_steps_for_existing_new_linked_locked_and_deleted_files() {
    let points = &runs().points;
    assert!(points.len() >= 50, "{points:?}");
    let (old, new) = (runs().old.targets(), runs().new.targets());
    assert!(TARGETS.iter().all(|path| old[path] != new[path]), "every target changes");
    let gone = |path: &&&str| old[**path].is_some() && new[**path].is_none();
    let made = |path: &&&str| old[**path].is_none() && new[**path].is_some();
    assert_eq!(TARGETS.iter().filter(gone).count(), 1);
    assert_eq!(TARGETS.iter().filter(made).count(), 1);
}

#[test]
fn a_kill_or_a_power_failure_at_any_step_leaves_every_file_in_its_old_or_its_new_version() {
    for (at, tree) in killed().iter().enumerate() {
        assert_whole(at + 1, tree);
    }
}

#[test]
fn the_apply_after_a_kill_finishes_the_job() {
    let new = &runs().new;
    each(killed().len(), |step| {
        let tree = &killed()[step - 1];
        let case = tree.unpack();
        // What was taken over and written is ours; until then taking it over has to be asked for.
        let taken = tree.targets()[CLAUDE] == new.targets()[CLAUDE];
        case.ok(if taken { &["apply"] } else { APPLY });
        assert_finished(step, &case, new);
    });
}

#[test]
fn an_apply_after_a_kill_and_an_edit_of_the_declaration_finishes_the_edited_job() {
    each(killed().len(), |step| {
        let case = killed()[step - 1].unpack();
        case.put(DECLARATION, THIRD);
        let run = case.ok(APPLY);
        assert!(!run.err.contains("drift"), "step {step}: nobody edited our entries: {}", run.err);
        assert_finished(step, &case, &runs().third);
    });
}

#[test]
fn undo_after_a_kill_restores_the_old_bytes_of_every_file() {
    let (older, old) = (&runs().older, &runs().old);
    each(killed().len(), |step| {
        let tree = &killed()[step - 1];
        let case = tree.unpack();
        if tree.generation() == old.generation() {
            // Not begun as far as undo is concerned: it takes back the apply before, or there is none.
            assert_targets(step, tree, old);
            case.ok(&["undo"]);
            assert_targets(step, &Tree::of(&case), older);
            let case = tree.unpack();
            std::fs::remove_dir_all(case.path(STATE).join("undo")).unwrap();
            let run = case.run(&["undo"]);
            assert_eq!(run.code, 1, "step {step}");
            assert!(run.err.contains("there is no apply to undo"), "step {step}: {}", run.err);
            assert_targets(step, &Tree::of(&case), old);
        } else {
            case.ok(&["undo"]);
            assert_finished(step, &case, old);
        }
    });
}

#[test]
fn an_undo_killed_at_any_step_leaves_every_file_whole_and_can_be_repeated() {
    each(runs().undo_points, |step| {
        let case = runs().new.unpack();
        kill(&case, &["undo"], step);
        repeat_undo(&case, step);
        let case = runs().new.unpack();
        fail_power(&case, &["undo"], step);
        repeat_undo(&case, step);
    });
}

fn repeat_undo(case: &Case, step: usize) {
    let tree = Tree::of(case);
    assert_whole(step, &tree);
    let run = case.run(&["undo"]);
    let done = tree.generation().is_none();
    assert_eq!(run.code, i32::from(done), "step {step}: {}", run.err);
    assert_finished(step, case, &runs().old);
}

#[test]
fn a_full_disk_at_any_step_is_reported_and_the_next_apply_finishes_the_job() {
    let points = &runs().points;
    // The first file of all is Claude Code's, and its lock the first step of publishing.
    let lock = |name: &String| name == "after a client's lock is taken";
    let first = points.iter().position(lock).unwrap() + 1;
    each(points.len(), |step| {
        let case = runs().old.unpack();
        let mut command = case.command(APPLY);
        let run = case.finish(command.env("MCPGEN_FAIL_AT", step.to_string()), None);
        let tree = Tree::of(&case);
        let when = format!("step {step}, {}: {}", points[step - 1], run.err);
        assert_eq!(run.code, 1, "{when}");
        assert!(run.err.contains(&format!("error: `{}/", case.home().display())), "{when}");
        assert!(run.err.contains("no storage space\n"), "{when}");
        assert!(run.err.contains("help: free disk space and try again\n"), "{when}");
        assert_whole(step, &tree);
        assert_eq!(run.err.contains("no client's file was changed"), step < first, "{when}");
        if step < first {
            assert_targets(step, &tree, &runs().old);
        }
        let mut litter = tree.litter();
        litter.retain(|path| !path.starts_with(STATE));
        assert!(litter.is_empty(), "{when}{litter:?}");
        case.ok(APPLY);
        assert_finished(step, &case, &runs().new);
    });
}

#[test]
fn edits_after_each_of_two_kills_do_not_conflict_with_our_own_entries() {
    let declare = |arg: u32| {
        format!("clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\nargs = [\"{arg}\"]\n")
    };
    let first = Case::new().declare(&declare(1));
    first.put(".cursor/mcp.json", "{ \"mcpServers\": { \"mine\": { \"command\": \"m\" } } }\n");
    let begin = Tree::of(&first);
    let points = count(&first, &["apply"]).len();
    let mut once = each(points, |step| {
        let case = begin.unpack();
        kill(&case, &["apply"], step);
        case.put(DECLARATION, declare(2));
        Tree::of(&case)
    });
    once.dedup_by(|a, b| a.targets() == b.targets() && a.file(LEDGER) == b.file(LEDGER));
    assert_eq!(once.len(), 4, "untouched, pending, written, settled");
    let begin = once[0].unpack();
    begin.ok(&["apply"]);
    begin.put(DECLARATION, declare(3));
    begin.ok(&["apply"]);
    let want = Tree::of(&begin);
    each(once.len(), |first| {
        let tree = &once[first - 1];
        for second in 1..=count(&tree.unpack(), &["apply"]).len() {
            let case = tree.unpack();
            kill(&case, &["apply"], second);
            case.put(DECLARATION, declare(3));
            let run = case.ok(&["apply"]);
            assert!(!run.err.contains("drift"), "steps {first}, {second}: {}", run.err);
            assert_finished(second, &case, &want);
        }
    });
}
