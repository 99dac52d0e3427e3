//! Why a file, or a whole apply, failed.

use crate::document::DocumentError;
use crate::fs::FsError;
use crate::ledger::LedgerError;

/// Why an apply stopped before all files were written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file could not be staged, or the undo generation not recorded.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger could not be written any more; what it lists as pending has been written or will be.
    #[error("{0}")]
    Unsettled(LedgerError),
}

/// Why a file cannot be planned or written.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It cannot be read or edited.
    #[error("{0}")]
    DocumentError(DocumentError),
    /// Entries appeared in it, while we were about to write, that are not ours.
    #[error("{} changed while mcpgen was writing, and mcpgen did not write it", names(.0))]
    LateConflict(Vec<String>),
    /// Another program rewrites it faster than we can.
    #[error("the file keeps changing under mcpgen's hands")]
    Busy,
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
