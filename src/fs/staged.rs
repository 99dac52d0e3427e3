//! A new version of a file, made beside it and put in its place in one step.
//!
//! Nothing in a file system replaces a file only if it is still the one that was read. So the two are
//! exchanged, and what was displaced is compared with what was read: where a client wrote in between,
//! the exchange is taken back at once, before anything else is done, and planned anew by the caller.

use std::io;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::{FsError, create_folder, fault, resolve, sync_folder, write_temp};

/// Holds a complete new version of a file beside it, ready to take its place.
#[derive(Debug)]
pub struct Staged {
    temp: NamedTempFile,
    end: Utf8PathBuf,
    // None where the file is to go: the temporary file is then the name it is taken away under.
    bytes: Option<Vec<u8>>,
}

/// Says what a new version met in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The file that was read; the new version stands now.
    Done,
    /// A file that somebody wrote since; theirs stands.
    Overtaken,
}

/// Writes a new version of `path` beside it, follows links first, and keeps mode and owner. Without
/// bytes the file is to go.
///
/// # Errors
/// Fails where the folder cannot be written or the disk is full; the file is untouched.
pub fn stage(path: &Utf8Path, bytes: Option<&[u8]>) -> Result<Staged, FsError> {
    let end = resolve(path)?;
    if let Some(folder) = end.parent() {
        create_folder(folder)?;
    }
    let old = match std::fs::metadata(&end) {
        Ok(meta) => Some(meta),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(FsError::io(path, "read")(e)),
    };
    let temp = write_temp(&end, bytes.unwrap_or_default(), old.as_ref())?;
    fault::point("after a target is staged").map_err(FsError::io(path, "written"))?;
    Ok(Staged { temp, end, bytes: bytes.map(<[u8]>::to_vec) })
}

impl Staged {
    /// Puts the new version in the place of `before`, or nothing where it is to go.
    ///
    /// # Errors
    /// Fails where the system refuses; the file is then as it was.
    pub fn publish(self, before: Option<&[u8]>) -> Result<Published, FsError> {
        let Self { temp, end, bytes } = self;
        let publish = || {
            fault::point("before a target is exchanged")?;
            match (bytes, before) {
                (Some(_), None) => put(temp, &end),
                (Some(bytes), Some(before)) => exchange(temp, &end, bytes, before),
                (None, _) => take_away(temp, &end, before.unwrap_or_default()),
            }
        };
        let published = publish().map_err(FsError::io(&end, "written"));
        sync_folder(&end);
        published
    }
}

fn put(temp: NamedTempFile, end: &Utf8Path) -> io::Result<Published> {
    match temp.persist_noclobber(end) {
        Ok(_) => fault::point("after a new target is put").map(|()| Published::Done),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Published::Overtaken),
        Err(e) => Err(e.error),
    }
}

fn exchange(
    temp: NamedTempFile,
    end: &Utf8Path,
    bytes: Vec<u8>,
    before: &[u8],
) -> io::Result<Published> {
    match swap(temp.path(), end) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Published::Overtaken),
        Err(_) => return replace(temp, end, before),
    }
    let displaced =
        fault::point("after a target is exchanged").and_then(|()| std::fs::read(temp.path()));
    match displaced {
        Ok(displaced) if displaced == before => Ok(Published::Done),
        Ok(displaced) => put_back(temp.path(), end, bytes, displaced),
        Err(e) => swap(temp.path(), end).and(Err(e)),
    }
}

// What was displaced goes back. Where that displaces something else again than what we had put there, it
// is newer still, and goes back in its turn.
fn put_back(
    temp: &Path,
    end: &Utf8Path,
    mut ours: Vec<u8>,
    mut theirs: Vec<u8>,
) -> io::Result<Published> {
    loop {
        match swap(temp, end) {
            Ok(()) => {}
            // They took the file away: that is the newest there is.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Published::Overtaken),
            Err(e) => return Err(e),
        }
        fault::point("after a target is put back")?;
        let stood = std::fs::read(temp)?;
        if stood == ours {
            return Ok(Published::Overtaken);
        }
        (ours, theirs) = (theirs, stood);
    }
}

// Taken away under another name, looked at, and only then removed.
fn take_away(temp: NamedTempFile, end: &Utf8Path, before: &[u8]) -> io::Result<Published> {
    match std::fs::rename(end, temp.path()) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Published::Done),
        moved => moved?,
    }
    let displaced =
        fault::point("after a target is taken away").and_then(|()| std::fs::read(temp.path()));
    match displaced {
        Ok(displaced) if displaced == before => Ok(Published::Done),
        failed_or_other => {
            // Where a file has appeared meanwhile, that one is newer.
            if let Err(e) = temp.persist_noclobber(end)
                && e.error.kind() != io::ErrorKind::AlreadyExists
            {
                e.file.persist(end)?;
            }
            failed_or_other.map(|_| Published::Overtaken)
        }
    }
}

// A file system without an atomic exchange: looked at as late as can be, then renamed over.
fn replace(temp: NamedTempFile, end: &Utf8Path, before: &[u8]) -> io::Result<Published> {
    if super::read(end).ok().flatten().as_deref() != Some(before) {
        return Ok(Published::Overtaken);
    }
    temp.persist(end).map_err(|e| e.error)?;
    fault::point("after a target is renamed").map(|()| Published::Done)
}

// `renameat2(2)` with RENAME_EXCHANGE on Linux, `renameatx_np(2)` with RENAME_SWAP on macOS.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(temp: &Path, end: &Utf8Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, temp, CWD, end.as_std_path(), RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_temp: &Path, _end: &Utf8Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
