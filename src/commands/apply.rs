//! `plan` and `apply`.

use std::collections::BTreeSet;

use serde_json::json;

use super::records::{load, lock};
use super::report::{self, Paint};
use super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text, print};
use crate::apply::target::Prepared;
use crate::apply::{After, TargetError, undo};
use crate::cli::{Apply, Exit, Plan};
use crate::diagnostic::Diagnostic;
use crate::plan::Step;

mod errors;
mod planned;

use errors::stopped;
pub use errors::target_fault;
pub use planned::Ownership;
use planned::{Planned, plan_scope};

pub fn plan(invocation: &Invocation<'_>, flags: &Plan) -> Done {
    let table = invocation.table()?;
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    let paint = Paint(invocation.terminal.out);
    if flags.scope.json {
        print_json(&planned, &[])?;
    } else if flags.diff {
        print(
            &planned
                .targets
                .iter()
                .map(|t| report::diff::diff(t, invocation.env, paint))
                .collect::<String>(),
        )?;
    } else {
        print(
            &planned
                .targets
                .iter()
                .map(|t| report::lines(t, invocation.env, paint))
                .collect::<String>(),
        )?;
    }
    eprint_errors(invocation, &planned);
    let changes = planned.targets.iter().any(report::is_reported);
    if !changes && planned.faults.is_empty() && invocation.terminal.person && !flags.scope.json {
        eprint_text("nothing to change\n");
    }
    let changed = if changes && flags.exit_code { Exit::Changes } else { Exit::Done };
    Ok(planned.exit.and(changed))
}

pub fn apply(invocation: &Invocation<'_>, flags: Apply) -> Done {
    if flags.dry_run {
        return plan(invocation, &Plan { scope: flags.scope, diff: false, exit_code: false });
    }
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    let mut ledger = load(invocation)?;
    let mut planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    if planned.exit != Exit::Done && !flags.keep_going {
        if flags.scope.json {
            print_json(&planned, &[])?;
        }
        eprint_errors(invocation, &planned);
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
    eprint_errors(invocation, &planned);
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
        return print_json(planned, &restart);
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
            "the files as they were, with any secret in them, are kept for {undo} until the next change; {forget} deletes them\n"
        ));
    }
    if !restart.is_empty() {
        eprint_text(&format!("restart {}\n", report::list(&restart)));
    }
    Ok(())
}

fn print_json(planned: &Planned<'_>, restart: &[&str]) -> Result<(), Failure> {
    let targets: Vec<_> = planned.targets.iter().map(report::json).collect();
    let faults: Vec<String> = planned.faults.iter().map(Diagnostic::title).collect();
    let value = json!({ "targets": targets, "faults": faults, "restart": restart });
    print(&(serde_json::to_string_pretty(&value).expect("plain data") + "\n"))
}

fn eprint_errors(invocation: &Invocation<'_>, planned: &Planned<'_>) {
    let changed = planned.targets.iter().filter(|target| report::is_reported(target));
    eprint_text(&report::lacks(changed.clone()));
    eprint_text(&report::losses::notes(changed, invocation.env));
    eprint_diagnostics(&planned.faults, invocation.terminal);
}
