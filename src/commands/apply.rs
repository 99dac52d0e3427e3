//! `apply`.

use std::collections::BTreeSet;

use super::plan;
use super::planned::{Ownership, Planned, plan_scope, stopped, target_fault};
use super::records::{load, lock};
use super::report::steps::{self, Tense};
use super::report::{self, Paint};
use super::sign_ins::signed_out;
use super::{Done, Failure, Invocation, eprint_text};
use crate::apply::target::Prepared;
use crate::apply::{After, TargetError, undo};
use crate::cli::{Apply, Exit, Plan};
use crate::display::list;
use crate::ledger;
use crate::plan::Step;

pub fn apply(invocation: &Invocation<'_>, flags: Apply) -> Done {
    if flags.dry_run {
        let Apply { scope, links, .. } = flags;
        return plan::run(invocation, &Plan { scope, links, diff: false, exit_code: false });
    }
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    let mut ledger = load(invocation)?;
    let mut planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    if planned.exit != Exit::Done && !flags.keep_going {
        if flags.scope.json {
            planned.print_json(invocation.env, &[])?;
        }
        planned.eprint_errors(invocation);
        if planned.targets.iter().any(report::is_reported) {
            eprint_text("nothing was written; `--keep-going` writes the other files\n");
        }
        return Ok(planned.exit);
    }
    let ownership = Ownership::of(invocation, &flags.scope);
    let outcome =
        crate::apply::apply(&mut planned.targets, &mut ledger, &ownership.terms(), invocation.env);
    let outcome = outcome.map_err(|error| stopped(invocation, &error))?;
    if let Some(owner) = &flags.scope.inherit {
        // No file may have changed, and the record still has.
        ledger.save(&ledger::path(invocation.env)).map_err(|error| Failure::error(&error))?;
        eprint_text(&format!("took over the entries of {owner}\n"));
    }
    let changed = planned.targets.iter().any(|target| target.after != After::Unchanged);
    if flags.scope.none && !changed {
        undo::forget(invocation.env).map_err(|error| Failure::error(&error))?;
    }
    for (path, error) in &outcome.failures {
        planned.targets.retain(|target| target.job.path() != path);
        let late = matches!(error, TargetError::LateConflict(_));
        planned.exit = planned.exit.and(if late { Exit::Conflict } else { Exit::Error });
        planned.faults.push(target_fault(invocation, error, path, &invocation.env.display(path)));
    }
    report_apply(invocation, &flags, &planned)?;
    planned.eprint_errors(invocation);
    if changed {
        planned.eprint_exclusions(invocation);
    }
    Ok(planned.exit)
}

fn report_apply(
    invocation: &Invocation<'_>,
    flags: &Apply,
    planned: &Planned<'_>,
) -> Result<(), Failure> {
    let restart: BTreeSet<&str> = planned
        .targets
        .iter()
        .filter(|target| target.after != After::Unchanged)
        .flat_map(|target| target.job.clients())
        .filter(|client| client.restart)
        .map(|client| client.title.as_str())
        .collect();
    let restart: Vec<&str> = restart.into_iter().collect();
    if flags.scope.json {
        return planned.print_json(invocation.env, &restart);
    }
    let paint = Paint(invocation.terminal.err);
    let lines = |target| report::lines(target, invocation.env, paint, Tense::Made);
    eprint_text(&planned.targets.iter().map(lines).collect::<String>());
    let counted = steps::counted(&planned.targets);
    eprint_text(&counted.as_ref().map(|counted| format!("{counted}\n")).unwrap_or_default());
    let adopted =
        |target: &Prepared<'_>| target.plan.steps.values().any(|step| *step == Step::Adopt);
    if planned.targets.iter().any(adopted) {
        let forget = invocation.suggest.undeclared("undo --forget");
        eprint_text(&format!(
            "the previous versions of the files, with any secrets in them, are kept until the next \
             change; {forget} deletes them\n"
        ));
    }
    if !restart.is_empty() {
        eprint_text(&format!("restart {}\n", list(&restart)));
    }
    if invocation.terminal.person && !flags.is_step {
        eprint_text(&next_steps(
            invocation,
            planned,
            counted.is_some() || flags.scope.inherit.is_some(),
        ));
    }
    Ok(())
}

// Says to a person how to undo the apply, and what is left to do.
fn next_steps(invocation: &Invocation<'_>, planned: &Planned<'_>, is_change: bool) -> String {
    let mut lines = String::new();
    if !is_change && planned.faults.iter().all(|fault| !fault.is_error()) {
        lines += "nothing changed: the clients' files are up to date\n";
    }
    if planned.targets.iter().any(|target| target.after != After::Unchanged) {
        let undo = invocation.suggest.undeclared("undo");
        lines += &format!("undo it with {undo}\n");
    }
    let model = invocation.table().and_then(|table| invocation.model(&table));
    // The entries can also be removed if the declaration has errors.
    let Ok(model) = model else { return lines };
    let applied: BTreeSet<&str> = planned
        .targets
        .iter()
        .flat_map(|target| &target.job.rendered.entries)
        .map(|(name, _)| name.as_str())
        .collect();
    let mut missing = signed_out(&model, invocation.env);
    missing.retain(|name| applied.contains(name));
    if is_change && !missing.is_empty() {
        let login = invocation.suggest.mcpgen("login").operands(missing).or("mcpgen login");
        lines += &format!("now sign in, once for all clients: {login}\n");
    }
    lines
}
