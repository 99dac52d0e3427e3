//! The entries that mcpgen wrote, of all declarations and in all projects.

use std::collections::BTreeSet;

use super::super::planned::{Ownership, Planned, plan_scope, stopped, target_fault};
use super::super::records::{load, lock};
use super::super::report::steps::Tense;
use super::super::report::{self, Paint};
use super::super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text};
use crate::cli::{Exit, Scope};
use crate::diagnostic::Diagnostic;
use crate::ledger::Ledger;

/// Returns what an `apply --none` would print for all of them.
pub fn found(invocation: &Invocation<'_>) -> Result<Vec<String>, Failure> {
    let table = invocation.table()?;
    let mut ledger = load(invocation)?;
    let mut lines = vec![];
    for scope in scopes(&ledger) {
        let planned = plan_scope(invocation, &table, &scope, &mut ledger)?;
        lines.push(text(invocation, &planned, Tense::Planned));
        eprint_errors(invocation, planned.faults);
    }
    Ok(lines)
}

/// Removes them.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    let mut ledger = load(invocation)?;
    let mut exit = Exit::Done;
    for scope in scopes(&ledger) {
        let mut planned = plan_scope(invocation, &table, &scope, &mut ledger)?;
        let ownership = Ownership::of(invocation, &scope);
        let (terms, env) = (ownership.terms(), invocation.env);
        let outcome = crate::apply::apply(&mut planned.targets, &mut ledger, &terms, env);
        let outcome = outcome.map_err(|error| stopped(invocation, &error))?;
        exit = exit.and(planned.exit);
        for (path, error) in &outcome.failures {
            let shown = invocation.env.display(path);
            planned.targets.retain(|target| target.job.path() != path);
            planned.faults.push(target_fault(invocation, error, path, &shown));
            exit = exit.and(Exit::Error);
        }
        eprint_text(&text(invocation, &planned, Tense::Made));
        eprint_errors(invocation, planned.faults);
    }
    Ok(exit)
}

// One scope for the user's own files and for each project of each owner.
fn scopes(ledger: &Ledger) -> Vec<Scope> {
    let rows = ledger.by_owner().map(|(owner, _, row)| (owner.to_owned(), row.project.clone()));
    let rows: BTreeSet<_> = rows.collect();
    let scope = |(owner, project)| Scope {
        owner: Some(owner),
        project,
        follow_links: true,
        none: true,
        ..Scope::default()
    };
    rows.into_iter().map(scope).collect()
}

fn text(invocation: &Invocation<'_>, planned: &Planned<'_>, tense: Tense) -> String {
    let paint = Paint(invocation.terminal.out);
    let lines = |target| report::lines(target, invocation.env, paint, tense);
    planned.targets.iter().map(lines).collect()
}

fn eprint_errors(invocation: &Invocation<'_>, faults: Vec<Diagnostic>) {
    let errors: Vec<Diagnostic> = faults.into_iter().filter(Diagnostic::is_error).collect();
    eprint_diagnostics(&errors, invocation.terminal);
}
