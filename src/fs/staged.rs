//! A new version of a file, which is written next to the file and replaces it in one step.
//!
//! A file system cannot replace a file on the condition that it is still the file that was read. Therefore the two
//! files are exchanged, and the displaced bytes are compared with the bytes that were read. If a client wrote the file
//! in between, the exchange is undone immediately and the caller plans again.

use std::fs::File;
use std::io;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::{NamedTempFile, TempPath};

use super::directory::Created;
use super::in_place::InPlace;
use super::placement::{Placement, placement};
use super::published::Published;
use super::{
    FsError, Location, durable, fault, rename, sync_directory, write_temp, write_unsynced_temp,
};

/// A complete new version of a file, ready to be published.
#[derive(Debug)]
pub struct Staged {
    version: NewVersion,
    end: Utf8PathBuf,
    // Fields are dropped in order, so the directories are removed after the temporary file in them.
    created: Created,
}

#[derive(Debug)]
enum NewVersion {
    Exchange { temp: NamedTempFile, bytes: Vec<u8> },
    // For a removal, the file is renamed to the path of this temporary file.
    Remove { temp: NamedTempFile },
    InPlace(InPlace),
}

/// Prepares a new version of a file, which keeps the mode, owner and extended attributes. Without `bytes`, prepares the
/// removal of the file.
///
/// # Errors
/// Fails if the path now leads to another file, if the directory cannot be written, and if the disk is full. The file
/// is unchanged.
pub fn stage(location: &Location, bytes: Option<&[u8]>) -> Result<Staged, FsError> {
    let staged = stage_unsynced(location, bytes)?;
    sync_staged(std::iter::once(&staged), &[])?;
    Ok(staged)
}

/// Waits until the bytes of staged files and of other files are on the disk.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn sync_staged<'a>(
    staged: impl Iterator<Item = &'a Staged> + Clone,
    others: &'a [File],
) -> Result<(), FsError> {
    let files = staged.clone().filter_map(Staged::file).chain(others);
    let end = staged.map(|staged| &*staged.end).next().unwrap_or(Utf8Path::new("/"));
    durable::sync_files(&files.collect::<Vec<_>>()).map_err(FsError::io(end, "written"))
}

/// Prepares a new version of a file as [`stage`] does. It must be synced with [`sync_staged`] before it is published.
///
/// # Errors
/// Fails as [`stage`] does.
pub fn stage_unsynced(location: &Location, bytes: Option<&[u8]>) -> Result<Staged, FsError> {
    let (path, end) = (&location.path, location.end.clone());
    location.check_writable()?;
    if Location::new(path)?.end != end {
        return Err(FsError::Moved(path.clone()));
    }
    let created = Created::above(&end)?;
    let old = match std::fs::metadata(&end) {
        Ok(meta) => Some(meta),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(FsError::io(path, "read")(e)),
    };
    let version = match (placement(&end)?, bytes) {
        (Placement::InPlace, bytes) => {
            NewVersion::InPlace(InPlace::stage(&end, bytes.unwrap_or_default())?)
        }
        (Placement::Exchange, Some(bytes)) => {
            let temp = write_unsynced_temp(&end, bytes, old.as_ref())?;
            NewVersion::Exchange { temp, bytes: bytes.to_vec() }
        }
        (Placement::Exchange, None) => {
            NewVersion::Remove { temp: write_unsynced_temp(&end, &[], old.as_ref())? }
        }
    };
    fault::point("after a target is staged").map_err(FsError::io(path, "written"))?;
    Ok(Staged { version, end, created })
}

/// Prepares the removal of the file at `path`. If `path` is a link, the link is removed and not the file that it leads
/// to.
///
/// # Errors
/// Fails if the directory cannot be written.
pub fn stage_removal(path: &Utf8Path) -> Result<Staged, FsError> {
    let temp = write_temp(path, &[], None)?;
    fault::point("after a target is staged").map_err(FsError::io(path, "written"))?;
    Ok(Staged::new(temp, path.to_owned(), None))
}

impl Staged {
    /// Creates a staged file from a temporary file that is already in the directory of `end`. Without `bytes`,
    /// publishing removes the file.
    pub(super) fn new(temp: NamedTempFile, end: Utf8PathBuf, bytes: Option<Vec<u8>>) -> Self {
        let version = match bytes {
            Some(bytes) => NewVersion::Exchange { temp, bytes },
            None => NewVersion::Remove { temp },
        };
        Self { version, end, created: Created::default() }
    }

    // A file that is written in place is synced when it is published.
    fn file(&self) -> Option<&File> {
        match &self.version {
            NewVersion::Exchange { temp, .. } | NewVersion::Remove { temp } => Some(temp.as_file()),
            NewVersion::InPlace(_) => None,
        }
    }

    /// Replaces the version `before` by the new version, or removes the file.
    ///
    /// # Errors
    /// Fails if the operating system returns an error. The file then keeps its old content.
    pub fn publish(self, before: Option<&[u8]>) -> Result<Published, FsError> {
        let end = self.end.clone();
        let published = self.publish_unsynced(before);
        sync_directory(&end);
        published
    }

    /// Publishes the new version as [`Self::publish`] does. The caller must sync the file's name with
    /// [`durable::sync_names`].
    ///
    /// # Errors
    /// Fails as [`Self::publish`] does.
    pub fn publish_unsynced(self, before: Option<&[u8]>) -> Result<Published, FsError> {
        let Self { version, end, created } = self;
        let publish = || {
            fault::point("before a target is exchanged")?;
            match (version, before) {
                (NewVersion::Exchange { temp, .. }, None) => put(temp, &end),
                (NewVersion::Exchange { temp, bytes }, Some(before)) => {
                    exchange(temp, &end, bytes, before)
                }
                (NewVersion::Remove { temp }, _) => {
                    take_away(temp, &end, before.unwrap_or_default())
                }
                (NewVersion::InPlace(file), _) => file.publish(&end, before.unwrap_or_default()),
            }
        };
        let published = publish().map_err(FsError::io(&end, "written"));
        if published.is_ok() {
            created.keep();
        }
        published
    }
}

fn put(temp: NamedTempFile, end: &Utf8Path) -> io::Result<Published> {
    match rename::persist_noclobber(temp, end) {
        Ok(()) => fault::point("after a new target is put").map(|()| Published::Done),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(Published::Overtaken),
        Err(e) => Err(e),
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
        Err(_) => return replace(temp, end, bytes, before),
    }
    let displaced =
        fault::point("after a target is exchanged").and_then(|()| std::fs::read(temp.path()));
    match displaced {
        Ok(displaced) if displaced == before => Ok(Published::Done),
        Ok(displaced) => put_back(temp.path(), end, bytes, displaced),
        Err(e) => swap(temp.path(), end).and(Err(e)),
    }
}

// Puts the displaced version back. If this displaces a version other than the one that was put there, another program
// wrote that version in between. It is newer, so it is put back in turn.
fn put_back(
    temp: &Path,
    end: &Utf8Path,
    mut ours: Vec<u8>,
    mut theirs: Vec<u8>,
) -> io::Result<Published> {
    loop {
        match swap(temp, end) {
            Ok(()) => {}
            // Another program removed the file, which is the newest state.
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

// Renames the file to the temporary path, compares it, and only then removes it.
fn take_away(temp: NamedTempFile, end: &Utf8Path, before: &[u8]) -> io::Result<Published> {
    let temp = rename::close(temp)?;
    match rename::rename(end, &temp) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Published::Done),
        moved => moved?,
    }
    let displaced =
        fault::point("after a target is taken away").and_then(|()| std::fs::read(&temp));
    match displaced {
        Ok(displaced) if displaced == before => Ok(Published::Done),
        failed_or_other => {
            // If another program has created a file in the meantime, that file is newer and remains.
            if let Err(e) = rename::persist_closed_noclobber(temp, end)
                && e.error.kind() != io::ErrorKind::AlreadyExists
            {
                rename::persist_closed(e.path, end)?;
            }
            failed_or_other.map(|_| Published::Overtaken)
        }
    }
}

// If the file system has no atomic exchange, compares the file as late as possible and then renames over it.
fn replace(
    temp: NamedTempFile,
    end: &Utf8Path,
    bytes: Vec<u8>,
    before: &[u8],
) -> io::Result<Published> {
    if super::read(end).ok().flatten().as_deref() != Some(before) {
        return Ok(Published::Overtaken);
    }
    // A second name of a file that is in use could not be removed.
    rename::wait_until_free(end)?;
    let old = super::second_name(end);
    match rename::persist(temp, end) {
        Ok(()) => fault::point("after a target is renamed").and_then(|()| {
            old.map_or(Ok(Published::Done), |old| keep_newer(old, end, &bytes, before))
        }),
        // The file is a mount point that an old kernel does not report as such.
        Err(e) if e.kind() == io::ErrorKind::ResourceBusy => {
            InPlace::stage(end, &bytes).map_err(io::Error::other)?.publish(end, before)
        }
        Err(e) => Err(e),
    }
}

// Puts the old version back if another program has written to it between the comparison and the rename.
fn keep_newer(old: TempPath, end: &Utf8Path, ours: &[u8], before: &[u8]) -> io::Result<Published> {
    if std::fs::read(&old)? == before {
        return Ok(Published::Done);
    }
    if super::read(end).ok().flatten().as_deref() == Some(ours) {
        rename::persist_closed(old, end)?;
    }
    Ok(Published::Overtaken)
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
