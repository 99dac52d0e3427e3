//! Renames files. On Windows, a rename fails while another program has one of the two files open, unless that program
//! shares the right to delete. Most programs have a file open for a moment only, so mcpgen tries again.
//!
//! `MoveFileEx` cannot replace a file that is open at all. If it fails, `std::fs::rename` tries the POSIX rename of
//! NTFS, which replaces an open file if its right to delete is shared. tempfile does not do that.

use std::io;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use tempfile::{NamedTempFile, PathPersistError, TempPath};

/// Closes a temporary file. On Windows, no rename can replace a file that is open.
///
/// # Errors
/// Fails if the operating system returns an error. The file is then removed.
pub fn close(temp: NamedTempFile) -> io::Result<TempPath> {
    // On Windows, `keep` removes the attribute FILE_ATTRIBUTE_TEMPORARY, which the file must not have in its place.
    let (_, path) = temp.keep().map_err(|error| error.error)?;
    TempPath::try_from_path(path)
}

/// Renames a temporary file, and replaces the file at `end`.
///
/// # Errors
/// Fails if the operating system returns an error. The temporary file is then removed.
pub fn persist(temp: NamedTempFile, end: &Utf8Path) -> io::Result<()> {
    persist_closed(close(temp)?, end)
}

/// Renames a temporary file that is closed, and replaces the file at `end`.
///
/// # Errors
/// Fails if the operating system returns an error. The temporary file is then removed.
pub fn persist_closed(mut temp: TempPath, end: &Utf8Path) -> io::Result<()> {
    retry(MOVE, || std::fs::rename(&temp, end))?;
    temp.disable_cleanup(true);
    Ok(())
}

/// Renames a temporary file, unless a file exists at `end`.
///
/// # Errors
/// Fails if the operating system returns an error, with [`io::ErrorKind::AlreadyExists`] if a file exists.
pub fn persist_noclobber(temp: NamedTempFile, end: &Utf8Path) -> io::Result<()> {
    persist_closed_noclobber(close(temp)?, end).map_err(|failed| failed.error)
}

/// Renames a temporary file that is closed, unless a file exists at `end`.
///
/// # Errors
/// Fails as [`persist_noclobber`] does. The error contains the temporary file.
pub fn persist_closed_noclobber(temp: TempPath, end: &Utf8Path) -> Result<(), PathPersistError> {
    let mut left = Some(temp);
    let renamed = retry(MOVE, || {
        let temp = left.take().expect("a failed attempt returns it");
        temp.persist_noclobber(end).map_err(|failed| {
            left = Some(failed.path);
            failed.error
        })
    });
    match (renamed, left) {
        (Err(error), Some(path)) => Err(PathPersistError { error, path }),
        (Ok(()) | Err(_), _) => Ok(()),
    }
}

/// Renames a file to the path of a temporary file that is closed, which it replaces.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn rename(from: &Utf8Path, to: &TempPath) -> io::Result<()> {
    retry(MOVE, || std::fs::rename(from, to))
}

/// Removes a file.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn remove(path: &Utf8Path) -> io::Result<()> {
    retry(MOVE, || std::fs::remove_file(path))
}

/// Waits until no program has the file open without sharing the right to delete.
///
/// # Errors
/// Fails if a program keeps it open.
#[cfg(windows)]
pub fn wait_until_free(path: &Utf8Path) -> io::Result<()> {
    const DELETE: u32 = 0x0001_0000;
    let mut options = std::fs::OpenOptions::new();
    std::os::windows::fs::OpenOptionsExt::access_mode(&mut options, DELETE);
    open(path, &options).map(drop)
}

/// Waits for nothing, because this system renames and removes a file that is open.
///
/// # Errors
/// Never fails.
#[cfg(not(windows))]
pub fn wait_until_free(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Opens a file.
///
/// # Errors
/// Fails if the operating system returns an error.
#[cfg(not(unix))]
pub fn open(path: &Utf8Path, options: &std::fs::OpenOptions) -> io::Result<std::fs::File> {
    retry(OPEN, || options.open(path))
}

/// Returns whether an error says that another program has the file open.
pub fn is_in_use(error: &io::Error) -> bool {
    cfg!(windows) && error.raw_os_error().is_some_and(|code| OPEN.contains(&code))
}

// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION. `MoveFileEx` and `DeleteFile` also return ERROR_ACCESS_DENIED if a
// file is open, or if it is removed as soon as another program closes it.
const OPEN: &[i32] = &[32, 33];
const MOVE: &[i32] = &[5, 32, 33];
const PATIENCE: Duration = Duration::from_secs(2);

// Tries again on Windows, as long as it fails with one of the error codes.
fn retry<T>(codes: &[i32], mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match attempt() {
            Err(error)
                if cfg!(windows)
                    && error.raw_os_error().is_some_and(|code| codes.contains(&code))
                    && begin.elapsed() < PATIENCE =>
            {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            done => return done,
        }
    }
}
