//! Locks: mcpgen's own lock, and the locks of clients that have one.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::{FsError, fault};

/// mcpgen's own lock. Only the process that holds it writes the ledger and the targets.
#[derive(Debug)]
pub struct OwnLock(#[expect(dead_code, reason = "held for its lock, released by drop")] File);

// The timeout for mcpgen's own lock, and the time after which the user sees a message.
const OWN_TIMEOUT: Duration = Duration::from_secs(60);
const SILENT: Duration = Duration::from_secs(1);

/// Takes mcpgen's own lock. If another mcpgen holds it, waits for up to a minute. After the first second, calls
/// `waiting` once with the process ID of the holder, if it is known.
///
/// # Errors
/// Fails if the lock file cannot be created or is not a regular file, and if the timeout expires.
pub fn own_lock(path: &Utf8Path, waiting: &dyn Fn(Option<u32>)) -> Result<OwnLock, FsError> {
    let mut file = open_own(path)?;
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(FsError::io(path, "locked")(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if start.elapsed() > OWN_TIMEOUT {
            return Err(FsError::OwnLockHeld { path: path.to_owned(), holder: holder(path) });
        }
        if start.elapsed() > SILENT && !told {
            waiting(holder(path));
            told = true;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    // The process ID is only for messages, so an error such as a full disk is ignored.
    file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).ok();
    Ok(OwnLock(file))
}

fn open_own(path: &Utf8Path) -> Result<File, FsError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        let flags = i32::try_from(flags.bits()).expect("open(2) takes its flags as an int");
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    if std::fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err(FsError::NoFile(path.to_owned()));
    }
    let file = options.open(path).map_err(FsError::io(path, "opened"))?;
    let regular = file.metadata().is_ok_and(|meta| meta.is_file());
    if regular { Ok(file) } else { Err(FsError::NoFile(path.to_owned())) }
}

fn holder(path: &Utf8Path) -> Option<u32> {
    let bytes = super::read_up_to(path, 32).ok().flatten()?;
    String::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// A client's own lock: a directory that exists while a program writes the file next to it.
#[derive(Debug)]
pub struct ClientLock(Utf8PathBuf);

// Claude Code 2.1.330, like npm's proper-lockfile, treats a lock as stale if its mtime is more than 10 s old.
const STALE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(12);
const PAUSE: Duration = Duration::from_millis(10);

/// Takes a client's lock. Waits while another program holds it, and replaces a stale lock.
///
/// # Errors
/// Fails if another program keeps the lock for too long, or if the directory cannot be created.
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
            // On Windows, a directory that is being removed cannot be created again yet.
            Err(e) if is_being_removed(&e) && begin.elapsed() < PATIENCE => {
                std::thread::sleep(PAUSE);
            }
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(FsError::io(path, "created")(e));
            }
            Err(_) if is_stale(path) => match remove_dead(path) {
                // Another process that waited for the lock has removed it.
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

fn is_being_removed(error: &io::Error) -> bool {
    cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied
}

fn remove_dead(path: &Utf8Path) -> io::Result<()> {
    fault::point("before a dead lock is removed")?;
    std::fs::remove_dir(path)
}

// Returns false for a lock that has been released in the meantime. The next attempt takes it.
fn is_stale(path: &Utf8Path) -> bool {
    let modified = std::fs::metadata(path).and_then(|meta| meta.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE))
}

impl Drop for ClientLock {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).ok();
    }
}
