//! What becomes of the bytes of one file.

use crate::fs::staged::{Staged, stage};
use crate::fs::{FsError, Location};

/// Says what becomes of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Nothing; the file is not opened for writing.
    Unchanged,
    /// It is written.
    Write(Vec<u8>),
    /// It held nothing but what we put there, and goes.
    Delete,
}

impl After {
    /// Prepares the new version; nothing has changed yet.
    ///
    /// # Errors
    /// Fails where the directory cannot be written or the disk is full.
    pub fn stage(&self, location: &Location) -> Result<Option<Staged>, FsError> {
        match self {
            Self::Write(bytes) => stage(location, Some(bytes)).map(Some),
            Self::Delete => stage(location, None).map(Some),
            Self::Unchanged => Ok(None),
        }
    }
}
