//! `undo`.

use super::records::{self, lock};
use super::{Done, Failure, Invocation, count, eprint_text};
use crate::apply::undo::{self, Restored, UndoError};
use crate::cli::{Exit, Undo};
use crate::ledger;

pub fn run(invocation: &Invocation<'_>, flags: &Undo) -> Done {
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    if flags.forget {
        let there = undo::forget(invocation.env).map_err(|error| Failure::error(&error))?;
        eprint_text(if there {
            "deleted the file versions that were kept for undo\n"
        } else {
            "no file versions are kept for undo\n"
        });
        return Ok(Exit::Done);
    }
    let done =
        undo::undo(invocation.env, &table, &ledger::path(invocation.env), flags.follow_links)
            .map_err(|error| match error {
                UndoError::Ledger(error) => records::unusable(invocation, &error).into(),
                error @ (UndoError::Nothing
                | UndoError::Damaged(_)
                | UndoError::Newer { .. }
                | UndoError::Target { .. }
                | UndoError::Fs(_)) => Failure::error(&error),
            })?;
    for (path, restored) in &done {
        let how = match restored {
            Restored::Bytes => "restored",
            Restored::Deleted => "deleted, because the apply had created it",
            Restored::Entries => "entries restored; other changes that were made since then stay",
            Restored::Nothing => continue,
        };
        eprint_text(&format!("{}: {how}\n", invocation.env.display(path)));
    }
    if done.iter().all(|(_, restored)| *restored == Restored::Nothing) {
        eprint_text(&format!("{}, nothing to restore\n", count(done.len(), "file")));
    }
    Ok(Exit::Done)
}
