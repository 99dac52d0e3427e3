//! Carrying one file through against whoever else writes it.

use camino::{Utf8Path, Utf8PathBuf};

use super::target::{After, TargetError};
use crate::client::Client;
use crate::fs::staged::{Published, Staged};
use crate::fs::{self, FsError};

// How often a file may change under our hands before we give up on it.
const ATTEMPTS: usize = 40;

/// Puts a staged version in a file's place, under the client's own lock where it has one. Whoever wrote
/// the file since `before` was read loses nothing: what they wrote is planned again, staged, and looked
/// at once more before it is exchanged.
///
/// # Errors
/// Fails where the system refuses, where planning again does, and where the file never holds still.
pub fn publish(
    path: &Utf8Path,
    client: Option<&Client>,
    mut before: Option<Vec<u8>>,
    mut staged: Option<Staged>,
    mut plan_again: impl FnMut(Option<Vec<u8>>) -> Result<After, TargetError>,
) -> Result<(), TargetError> {
    let lock = || fs::lock::client_lock(&Utf8PathBuf::from(format!("{path}.lock")));
    let _lock = client.is_some_and(|client| client.lock).then(lock).transpose()?;
    for _ in 0..ATTEMPTS {
        let now = fs::read_target(path)?;
        if now == before
            && let Some(next) = staged.take()
        {
            match next.publish(before.as_deref())? {
                Published::Done => return Ok(()),
                Published::Overtaken => continue,
            }
        }
        staged = plan_again(now.clone())?.stage(path)?;
        if staged.is_none() {
            return Ok(());
        }
        before = now;
    }
    Err(TargetError::Busy)
}

impl After {
    /// Makes the new version beside the file; nothing has changed yet.
    ///
    /// # Errors
    /// Fails where the folder cannot be written or the disk is full.
    pub fn stage(&self, path: &Utf8Path) -> Result<Option<Staged>, FsError> {
        match self {
            Self::Write(bytes) => fs::staged::stage(path, Some(bytes)).map(Some),
            Self::Delete => fs::staged::stage(path, None).map(Some),
            Self::Unchanged => Ok(None),
        }
    }
}
