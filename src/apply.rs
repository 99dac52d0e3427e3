//! Carrying a plan out. Everything is staged before anything is published, the ledger says beforehand
//! what is about to be written, and is settled once all files are done: a crash anywhere leaves whole
//! files and a ledger from which the next apply finishes the job.

use camino::Utf8PathBuf;

use crate::fs::{self, FsError};
use crate::ledger::{Ledger, LedgerError, Target};
use crate::paths::Environment;
use crate::plan::Step;

pub mod publish;
pub mod target;
pub mod undo;

use target::{After, Prepared, TargetError, Terms};

/// Says what became of the files.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files that could not be written, and why; the others stand.
    pub failures: Vec<(Utf8PathBuf, TargetError)>,
}

/// Says why an apply stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file could not be staged, or the undo generation not recorded.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger could not be written any more; what it says is about to be written, is or will be.
    #[error("{0}")]
    Unsettled(LedgerError),
}

/// Applies planned files.
///
/// # Errors
/// Fails where something had to be given up before the first file was changed, and where the ledger
/// cannot be settled after that. What else fails then is in the outcome.
pub fn apply(
    prepared: &mut [Prepared<'_>],
    ledger: &mut Ledger,
    terms: &Terms<'_>,
    env: &Environment,
) -> Result<Outcome, ApplyError> {
    let ledger_path = crate::ledger::path(env);
    undo::sweep(env)?;
    let paths = prepared.iter().map(|target| target.job.path.as_path());
    paths.chain([ledger_path.as_path()]).for_each(fs::sweep);
    let mut outcome = Outcome::default();
    let mut unsettled = false;
    if prepared.iter().any(|target| target.after != After::Unchanged) {
        let mut staged = vec![];
        for target in prepared.iter() {
            staged.push(target.after.stage(&target.job.path)?);
        }
        undo::record(env, prepared, ledger)?;
        let mut pending = |target: &Prepared<'_>| match target.after {
            After::Unchanged => None,
            After::Write(_) | After::Delete => {
                ledger.replace(terms.owner, &target.job.path, target.pending())
            }
        };
        let rows: Vec<Option<Target>> = prepared.iter().map(&mut pending).collect();
        ledger.save(&ledger_path)?;
        unsettled = true;
        for ((target, staged), row) in prepared.iter_mut().zip(staged).zip(rows) {
            if target.after == After::Unchanged {
                continue;
            }
            match target.publish(staged, row.as_ref(), terms) {
                Ok(()) => {
                    settle(target, ledger, terms);
                }
                Err(error) => {
                    // Whether the system has written what it reports as failed, pending leaves open.
                    if !matches!(error, TargetError::Fs(_)) {
                        ledger.set(terms.owner, &target.job.path, row.unwrap_or_default());
                    }
                    outcome.failures.push((target.job.path.clone(), error));
                }
            }
        }
    }
    // A file that needs no write may still need its row: adopted as it is, gone, or left by a crash.
    for target in prepared.iter().filter(|target| target.after == After::Unchanged) {
        unsettled |= settle(target, ledger, terms);
    }
    if unsettled {
        ledger.save(&ledger_path).map_err(ApplyError::Unsettled)?;
    }
    Ok(outcome)
}

fn settle(target: &Prepared<'_>, ledger: &mut Ledger, terms: &Terms<'_>) -> bool {
    for (name, step) in &target.plan.steps {
        if matches!(step, Step::Adopt | Step::Enter) {
            ledger.take_over(terms.owner, &target.job.path, name);
        }
    }
    ledger.set(terms.owner, &target.job.path, target.settled())
}
