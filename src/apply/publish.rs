//! Carrying one file through against whoever else writes it.

use camino::Utf8PathBuf;

use super::after::After;
use super::error::TargetError;
use crate::fs::staged::Staged;
use crate::fs::{self, Location, Published};

// How often a file may change under our hands before we give up on it.
const ATTEMPTS: usize = 40;

/// Puts a staged version in a file's place, under the locks of the clients that have one. Whoever wrote the file
/// since `before` was read loses nothing: what they wrote is planned again, staged, and compared once more before
/// it is exchanged.
///
/// # Errors
/// Fails where the system refuses, where planning again does, and where the file keeps changing.
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
            match next.publish(before.as_deref())? {
                Published::Done => return Ok(()),
                Published::Overtaken => continue,
            }
        }
        // Gives its room and its directories back before the next version takes them.
        drop(staged.take());
        staged = plan_again(now.clone())?.stage(location)?;
        if staged.is_none() {
            return Ok(());
        }
        before = now;
    }
    Err(TargetError::Busy)
}
