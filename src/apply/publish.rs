//! Publishes one file while other programs may write it.

use camino::Utf8PathBuf;

use super::after::After;
use super::error::TargetError;
use crate::fs::staged::{Staged, sync_staged};
use crate::fs::{self, Location, Published};

// The maximum number of attempts if the file keeps changing.
const ATTEMPTS: usize = 40;

/// Puts a staged version in a file's place, while it holds the clients' locks. If another program wrote the file
/// after `before` was read, its changes are kept: the new content is planned again, staged, and compared once more
/// before the exchange. The caller syncs the name of the file.
///
/// # Errors
/// Fails if the operating system returns an error, if planning again fails, and if the file keeps changing.
pub fn publish(
    location: &Location,
    locks: &[Utf8PathBuf],
    mut before: Option<Vec<u8>>,
    mut staged: Option<Staged>,
    mut plan_again: impl FnMut(Option<Vec<u8>>) -> Result<After, TargetError>,
) -> Result<(), TargetError> {
    let _locks =
        locks.iter().map(|lock| fs::lock::client_lock(lock)).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..ATTEMPTS {
        let now = fs::read(&location.end)?;
        if now == before
            && let Some(next) = staged.take()
        {
            drop(now);
            match next.publish_unsynced(before.as_deref())? {
                Published::Done => return Ok(()),
                Published::Overtaken => continue,
            }
        }
        // Frees the disk space and the directories of the old version before the next version needs them.
        drop(staged.take());
        staged = plan_again(now.clone())?.stage(location)?;
        let Some(staged) = &staged else { return Ok(()) };
        sync_staged(std::iter::once(staged), &[])?;
        before = now;
    }
    Err(TargetError::Busy)
}
