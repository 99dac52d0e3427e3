//! Why a file, or a whole apply, failed.

use crate::diagnostic::Help;
use crate::document::DocumentError;
use crate::fs::FsError;
use crate::ledger::LedgerError;

/// Why an apply stopped before all files were written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file could not be staged, or the undo generation could not be recorded.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger could not be saved after the files were written, so it still lists the changes as pending.
    #[error(transparent)]
    Unsettled(LedgerError),
}

impl Help for ApplyError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.note(),
            Self::Ledger(error) | Self::Unsettled(error) => error.note(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.help(),
            Self::Ledger(error) | Self::Unsettled(error) => error.help(),
        }
    }
}

/// Why a file cannot be planned or written.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The operating system returned an error.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It cannot be read or edited.
    #[error(transparent)]
    DocumentError(DocumentError),
    /// Entries that mcpgen did not write changed while mcpgen was about to write the file.
    #[error("{} changed while mcpgen was writing, and mcpgen did not write it", names(.0))]
    LateConflict(Vec<String>),
    /// Another program keeps changing the file before mcpgen can write it.
    #[error("another program keeps changing the file")]
    Busy,
}

impl Help for TargetError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.note(),
            Self::DocumentError(error) => error.note(),
            Self::LateConflict(_) | Self::Busy => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.help(),
            Self::DocumentError(error) => error.help(),
            Self::LateConflict(_) | Self::Busy => Some("run the command again".to_owned()),
        }
    }
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
