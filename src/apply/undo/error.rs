//! Why the last apply cannot be undone.

use camino::Utf8PathBuf;

use crate::apply::TargetError;
use crate::diagnostic::Help;
use crate::fs::FsError;
use crate::ledger::LedgerError;

/// Why the last apply cannot be undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no apply to undo.
    #[error("there is no apply to undo")]
    Nothing,
    /// The record of the last apply is damaged.
    #[error("the record of the last apply, `{0}`, is damaged")]
    Damaged(Utf8PathBuf),
    /// A newer mcpgen wrote the record of the last apply.
    #[error("the record of the last apply, `{index}`, has version {version}")]
    Newer {
        /// The record.
        index: Utf8PathBuf,
        /// Its version.
        version: u64,
    },
    /// A file could not be restored.
    #[error("`{path}`: {source}")]
    Target {
        /// The file.
        path: Utf8PathBuf,
        /// The error.
        source: TargetError,
    },
    /// The ledger could not be restored.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The operating system returned an error.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl Help for UndoError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Nothing => Some("only the last apply can be undone, and only once".to_owned()),
            Self::Damaged(_) | Self::Newer { .. } => None,
            Self::Target { source, .. } => source.note(),
            Self::Ledger(error) => error.note(),
            Self::Fs(error) => error.note(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Damaged(_) => {
                Some("restore the files by hand from the directory of this record".to_owned())
            }
            Self::Newer { .. } => Some("use the newer mcpgen".to_owned()),
            Self::Target { source, .. } => source.help(),
            Self::Ledger(error) => error.help(),
            Self::Fs(error) => error.help(),
        }
    }
}
