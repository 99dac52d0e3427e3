//! The change to the bytes of one file.

use crate::fs::staged::{Staged, stage_unsynced};
use crate::fs::{FsError, Location};

/// The change to a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// The file does not change and is not opened for writing.
    Unchanged,
    /// The file is written with these bytes.
    Write(Vec<u8>),
    /// The file contains only what mcpgen wrote, and is removed.
    Delete,
}

impl After {
    /// Stages the new version, which must be synced before it is published. The file does not change yet.
    ///
    /// # Errors
    /// Fails if the directory cannot be written or the disk is full.
    pub fn stage(&self, location: &Location) -> Result<Option<Staged>, FsError> {
        match self {
            Self::Write(bytes) => stage_unsynced(location, Some(bytes)).map(Some),
            Self::Delete => stage_unsynced(location, None).map(Some),
            Self::Unchanged => Ok(None),
        }
    }
}
