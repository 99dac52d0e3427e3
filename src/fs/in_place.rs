//! Writes a file in place if a rename cannot replace it: the file is a mount point (containers, Flatpak), has several
//! hard links, or belongs to another user or group.
//!
//! The old bytes are in the undo directory before the first byte is written. A shorter version is padded with line
//! breaks to the old length, written, and then truncated. If the process is killed between the last two steps, the file
//! contains the whole new version with blank lines after it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use camino::Utf8Path;

use super::published::Published;
use super::{FsError, fault};

/// An open file with its new content, ready to be written.
#[derive(Debug)]
pub struct InPlace {
    file: File,
    bytes: Vec<u8>,
}

impl InPlace {
    /// Opens a file for writing and reserves disk space for its new content.
    ///
    /// # Errors
    /// Fails if the file cannot be written or the disk is full. The file is unchanged.
    pub fn stage(end: &Utf8Path, bytes: &[u8]) -> Result<Self, FsError> {
        let stage = || {
            let file = open(end)?;
            fault::point("before room for a file written in place is reserved")?;
            reserve(&file, bytes.len())?;
            Ok(Self { file, bytes: bytes.to_vec() })
        };
        stage().map_err(FsError::io(end, "written"))
    }

    /// Replaces the content `before` by the new content.
    ///
    /// # Errors
    /// Fails if the operating system returns an error. The old content is then restored as far as possible.
    pub fn publish(mut self, end: &Utf8Path, before: &[u8]) -> io::Result<Published> {
        if self.content()? != before {
            return Ok(Published::Overtaken);
        }
        if let Err(error) = self.write(before.len()) {
            self.put_back(before).ok();
            return Err(error);
        }
        let stands = self.content()? == self.bytes && is_still_at(&self.file, end);
        Ok(if stands { Published::Done } else { Published::Overtaken })
    }

    fn write(&mut self, old_length: usize) -> io::Result<()> {
        let mut padded = self.bytes.clone();
        padded.resize(padded.len().max(old_length), b'\n');
        self.file.rewind()?;
        self.file.write_all(&padded)?;
        fault::point("after a file is written in place")?;
        self.file.set_len(self.bytes.len() as u64)?;
        self.file.sync_all()?;
        fault::point("after a file written in place is cut")
    }

    fn put_back(&mut self, before: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(before)?;
        self.file.set_len(before.len() as u64)?;
        self.file.sync_all()
    }

    fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![];
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Removes the blank lines that a killed run left after the first `length` bytes of a file written in place.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn cut(end: &Utf8Path, length: u64) -> Result<(), FsError> {
    let cut = || {
        let file = open(end)?;
        file.set_len(length)?;
        file.sync_all()
    };
    cut().map_err(FsError::io(end, "written"))
}

// Uses O_NOFOLLOW, because another program may have replaced the file by a link in the meantime.
#[cfg(unix)]
fn open(end: &Utf8Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let flags = i32::try_from(flags.bits()).expect("open(2) takes its flags as an int");
    let file = std::fs::OpenOptions::new().read(true).write(true).custom_flags(flags).open(end)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

#[cfg(not(unix))]
fn open(end: &Utf8Path) -> io::Result<File> {
    std::fs::OpenOptions::new().read(true).write(true).open(end)
}

// Uses fallocate(2) with FALLOC_FL_KEEP_SIZE, which detects a full disk now and does not change the length of the file.
#[cfg(target_os = "linux")]
fn reserve(file: &File, length: usize) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    if length == 0 {
        return Ok(());
    }
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, length as u64) {
        // The file system cannot reserve disk space.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        reserved => Ok(reserved?),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: usize) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_still_at(file: &File, end: &Utf8Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(opened), Ok(there)) = (file.metadata(), std::fs::symlink_metadata(end)) else {
        return false;
    };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Utf8Path) -> bool {
    true
}
