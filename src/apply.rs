//! Applies a plan. The ledger first records the pending changes, and every file is staged before the first one is
//! published. After all files are written, the ledger is settled. A crash at any point therefore leaves complete files,
//! and a ledger with which the next apply finishes the work.

use camino::Utf8PathBuf;

use crate::fs::staged::{Staged, sync_staged};
use crate::fs::{FsError, durable};
use crate::ledger::{Ledger, Target};
use crate::paths::Environment;
use crate::plan::Step;

mod after;
mod error;
pub mod job;
pub mod jobs;
pub mod marker;
pub mod project;
pub mod publish;
pub mod target;
pub mod undo;

pub use after::After;
pub use error::{ApplyError, TargetError};
use target::{Prepared, Terms};

/// The result of an apply.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files that could not be written, with the errors. All other files were written.
    pub failures: Vec<(Utf8PathBuf, TargetError)>,
}

/// Applies planned files.
///
/// # Errors
/// Fails if an error occurs before the first file is changed, and if the ledger cannot be settled afterwards. All other
/// errors are in the outcome.
pub fn apply(
    prepared: &mut [Prepared<'_>],
    ledger: &mut Ledger,
    terms: &Terms<'_>,
    env: &Environment,
) -> Result<Outcome, ApplyError> {
    let ledger_path = crate::ledger::path(env);
    undo::sweep(env)?;
    let mut outcome = Outcome::default();
    let mut unsettled = false;
    if prepared.iter().any(|target| target.after != After::Unchanged) {
        marker::set(env, prepared.iter().map(|target| target.job.location.end.as_path()))?;
        outcome.failures =
            write(prepared, ledger, terms, env).inspect_err(|_| marker::clear(env))?;
        unsettled = true;
    }
    let failed =
        |target: &Prepared<'_>| outcome.failures.iter().any(|(path, _)| path == target.job.path());
    // An unchanged file may still need a new row: an entry was adopted without a write, is gone, or is pending after a
    // crash.
    for target in prepared.iter().filter(|target| !failed(target)) {
        unsettled |= settle(target, ledger, terms);
    }
    if unsettled {
        ledger.save(&ledger_path).map_err(ApplyError::Unsettled)?;
        marker::clear(env);
    }
    Ok(outcome)
}

// First the ledger records the pending changes. Then every file is staged, then the old bytes are stored for undo, and
// only then does the first file change.
fn write(
    prepared: &mut [Prepared<'_>],
    ledger: &mut Ledger,
    terms: &Terms<'_>,
    env: &Environment,
) -> Result<Vec<(Utf8PathBuf, TargetError)>, ApplyError> {
    let generation = undo::Draft::new(env, prepared, ledger)?;
    let mut pending = |target: &Prepared<'_>| match target.after {
        After::Unchanged => None,
        After::Write(_) | After::Delete => {
            ledger.replace(terms.owner, target.job.path(), target.pending())
        }
    };
    let rows: Vec<Option<Target>> = prepared.iter().map(&mut pending).collect();
    let ledger_path = crate::ledger::path(env);
    ledger.save(&ledger_path)?;
    let staged = stage(prepared, &generation);
    let staged = staged.and_then(|staged| generation.record().map(|()| staged));
    let staged = match staged {
        Ok(staged) => staged,
        Err(error) => {
            give_up(prepared, rows, ledger, terms);
            // An error is ignored: nothing was written, so pending entries in the ledger cause no error.
            ledger.save(&ledger_path).ok();
            return Err(error.into());
        }
    };
    let failures = publish_all(prepared, staged, rows, ledger, terms);
    let written = prepared.iter().filter(|target| target.after != After::Unchanged);
    // The ledger must not be settled before the new names are on the disk.
    durable::sync_names(written.map(|target| &*target.job.location.end));
    Ok(failures)
}

// One request to the disk waits for all new versions and all old ones.
fn stage(
    prepared: &[Prepared<'_>],
    generation: &undo::Draft,
) -> Result<Vec<Option<Staged>>, FsError> {
    let stage = |target: &Prepared<'_>| target.after.stage(&target.job.location);
    let staged = prepared.iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    sync_staged(staged.iter().flatten(), &generation.copy(prepared)?)?;
    Ok(staged)
}

fn give_up(
    prepared: &[Prepared<'_>],
    rows: Vec<Option<Target>>,
    ledger: &mut Ledger,
    terms: &Terms<'_>,
) {
    for (target, row) in prepared.iter().zip(rows) {
        if target.after != After::Unchanged {
            ledger.replace(terms.owner, target.job.path(), row.unwrap_or_default());
        }
    }
}

fn publish_all(
    prepared: &mut [Prepared<'_>],
    staged: Vec<Option<Staged>>,
    rows: Vec<Option<Target>>,
    ledger: &mut Ledger,
    terms: &Terms<'_>,
) -> Vec<(Utf8PathBuf, TargetError)> {
    let mut failures = vec![];
    for ((target, staged), row) in prepared.iter_mut().zip(staged).zip(rows) {
        if target.after == After::Unchanged {
            continue;
        }
        if let Err(error) = target.publish(staged, row.as_ref(), terms) {
            // After an error of the file system, it is unknown whether the file was written, so the row stays pending.
            if !matches!(error, TargetError::Fs(_)) {
                ledger.set(terms.owner, target.job.path(), row.unwrap_or_default());
            }
            failures.push((target.job.path().to_owned(), error));
        }
    }
    failures
}

fn settle(target: &Prepared<'_>, ledger: &mut Ledger, terms: &Terms<'_>) -> bool {
    let file = &target.job.location;
    for (name, step) in &target.plan.steps {
        let replaced = *step == Step::Remove && target.job.rendered.replaces.contains_key(name);
        if replaced || matches!(step, Step::Adopt | Step::Enter) {
            ledger.take_over(terms.owner, file, name);
        }
    }
    target.remove_directories();
    let settled = target.settled();
    let had_entries = ledger.target(terms.owner, target.job.path()).is_some();
    if had_entries && settled.entries.is_empty() && target.after != After::Delete {
        ledger.hand_over(terms.owner, file, &settled);
    }
    ledger.set(terms.owner, target.job.path(), settled)
}
