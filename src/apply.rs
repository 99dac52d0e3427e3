//! Carrying a plan out. Everything is staged before anything is published, the ledger says beforehand
//! what is about to be written, and each file is settled as it is done: a crash anywhere leaves whole
//! files and a ledger from which the next apply finishes the job.

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::FsError;
use crate::ledger::{Ledger, LedgerError};
use crate::paths::Environment;
use crate::plan::Step;

pub mod target;
pub mod undo;

use target::{After, Prepared, TargetError, Terms};

/// Says what became of the files.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files that could not be written, and why; the others stand.
    pub failures: Vec<(Utf8PathBuf, TargetError)>,
}

/// Says why nothing was written at all.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file could not be staged, or the undo generation not recorded.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Applies planned files.
///
/// # Errors
/// Fails where something had to be given up before the first file was changed. What fails after that
/// is in the outcome.
pub fn apply(
    prepared: &mut [Prepared<'_>],
    ledger: &mut Ledger,
    terms: &Terms<'_>,
    env: &Environment,
) -> Result<Outcome, ApplyError> {
    let ledger_path = crate::ledger::path(env);
    let mut outcome = Outcome::default();
    if prepared.iter().any(|target| target.after != After::Unchanged) {
        let mut staged = vec![];
        for target in prepared.iter() {
            staged.push(target.stage()?);
        }
        undo::record(env, prepared, ledger)?;
        let before = ledger.clone();
        for target in prepared.iter().filter(|target| target.after != After::Unchanged) {
            ledger.set(terms.owner, &target.job.path, target.pending());
        }
        ledger.save(&ledger_path)?;
        for (target, staged) in prepared.iter_mut().zip(staged) {
            if target.after == After::Unchanged {
                continue;
            }
            match target.publish(staged, &before, terms) {
                Ok(()) => settle(target, ledger, terms),
                Err(error) => {
                    let row = before.target(terms.owner, &target.job.path).cloned();
                    ledger.set(terms.owner, &target.job.path, row.unwrap_or_default());
                    outcome.failures.push((target.job.path.clone(), error));
                }
            }
            ledger.save(&ledger_path)?;
        }
    }
    settle_unchanged(prepared, ledger, terms, &ledger_path)?;
    Ok(outcome)
}

fn settle(target: &Prepared<'_>, ledger: &mut Ledger, terms: &Terms<'_>) {
    for (name, step) in &target.plan.steps {
        if matches!(step, Step::Adopt | Step::Enter) {
            ledger.take_over(terms.owner, &target.job.path, name);
        }
    }
    ledger.set(terms.owner, &target.job.path, target.settled());
}

// A file that needs no write may still need its row: adopted as it is, gone, or settled after a crash.
fn settle_unchanged(
    prepared: &[Prepared<'_>],
    ledger: &mut Ledger,
    terms: &Terms<'_>,
    path: &Utf8Path,
) -> Result<(), LedgerError> {
    let before = ledger.clone();
    for target in prepared.iter().filter(|target| target.after == After::Unchanged) {
        settle(target, ledger, terms);
    }
    if *ledger == before { Ok(()) } else { ledger.save(path) }
}
