//! `apply`.

use std::collections::BTreeSet;

use super::plan;
use super::planned::{Ownership, Planned, plan_scope, stopped, target_fault};
use super::records::{load, lock};
use super::report::{self, Paint};
use super::{Done, Failure, Invocation, eprint_text};
use crate::apply::target::Prepared;
use crate::apply::{After, TargetError, undo};
use crate::cli::{Apply, Exit, Plan};
use crate::display::list;
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
    eprint_text(
        &planned
            .targets
            .iter()
            .map(|t| report::lines(t, invocation.env, paint))
            .collect::<String>(),
    );
    let adopted =
        |target: &Prepared<'_>| target.plan.steps.values().any(|step| *step == Step::Adopt);
    if planned.targets.iter().any(adopted) {
        let (undo, forget) =
            (invocation.suggest.undeclared("undo"), invocation.suggest.undeclared("undo --forget"));
        eprint_text(&format!(
            "the previous versions of the files, with any secrets in them, are kept for \
             {undo} until the next change; {forget} deletes them\n"
        ));
    }
    if !restart.is_empty() {
        eprint_text(&format!("restart {}\n", list(&restart)));
    }
    Ok(())
}
