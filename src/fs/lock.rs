//! Locks: mcpgen's own, and those of clients that have one.

use std::io;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::{FsError, fault};

/// Holds mcpgen's own lock: one process at a time writes the ledger and the targets.
#[derive(Debug)]
pub struct OwnLock(
    #[expect(dead_code, reason = "held for its lock, released by drop")] std::fs::File,
);

/// Takes mcpgen's own lock, waiting for another mcpgen to finish.
///
/// # Errors
/// Fails where the lock file cannot be made.
pub fn own_lock(path: &Utf8Path) -> Result<OwnLock, FsError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.open(path).map_err(FsError::io(path, "opened"))?;
    file.lock().map_err(FsError::io(path, "locked"))?;
    Ok(OwnLock(file))
}

/// Holds a client's own lock: a folder that exists while somebody writes the file beside it.
#[derive(Debug)]
pub struct ClientLock(Utf8PathBuf);

// Claude Code 2.1.330 (after npm's proper-lockfile): a lock whose mtime is 10 s old is dead.
const STALE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(12);
const PAUSE: Duration = Duration::from_millis(10);

/// Takes a client's lock folder, waiting while it is held and taking over one that its holder left.
///
/// # Errors
/// Fails where the lock stays held or the folder cannot be made.
pub fn client_lock(path: &Utf8Path) -> Result<ClientLock, FsError> {
    let begin = Instant::now();
    loop {
        match std::fs::create_dir(path) {
            Ok(()) => {
                let lock = ClientLock(path.to_owned());
                fault::point("after a client's lock is taken")
                    .map_err(FsError::io(path, "created"))?;
                return Ok(lock);
            }
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(FsError::io(path, "created")(e));
            }
            Err(_) if is_stale(path) => match remove_dead(path) {
                // Whoever else waited for it was faster.
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(FsError::io(path, "removed")(e));
                }
                Ok(()) | Err(_) => {}
            },
            Err(_) if begin.elapsed() > PATIENCE => return Err(FsError::Locked(path.to_owned())),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

fn remove_dead(path: &Utf8Path) -> io::Result<()> {
    fault::point("before a dead lock is removed")?;
    std::fs::remove_dir(path)
}

// A lock that went away meanwhile is not stale: the next attempt takes it.
fn is_stale(path: &Utf8Path) -> bool {
    let modified = std::fs::metadata(path).and_then(|meta| meta.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE))
}

impl Drop for ClientLock {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).ok();
    }
}
