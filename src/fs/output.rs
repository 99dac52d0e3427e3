//! An output directory. It must be new, empty, or contain only an earlier output of the same command.
//!
//! A manifest in the directory lists the files with their digests, so that a file that somebody edited or added is
//! detected before anything is written. During a write, the manifest also lists the earlier digests of the files. The
//! next run therefore recognizes the files that a killed run left, and completes the output.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::location::canonicalize;
#[cfg(not(unix))]
use super::rename::is_in_use;
use super::{FsError, create_directories, fault, is_there};
use job::Job;

mod contents;
mod error;
mod job;
mod manifest;
mod name;

pub use error::{Obstacle, OutputError};
pub use manifest::Kind;
pub use name::Name;

/// The files of an output by their path in the directory.
pub type Files = BTreeMap<Name, Vec<u8>>;

/// The number of files that were written, unchanged or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Files that were written.
    pub written: usize,
    /// Files that already had the right content.
    pub unchanged: usize,
    /// Files of the earlier output that were removed.
    pub removed: usize,
}

/// Fills a directory with exactly these files. Only their owner can read them if they are `private`.
///
/// # Errors
/// Fails if the directory contains anything but an earlier output of this kind, and then changes nothing. Also fails if
/// the operating system returns an error.
pub fn fill(
    kind: Kind,
    dir: &Utf8Path,
    files: &Files,
    private: bool,
) -> Result<Filled, OutputError> {
    nested(files)?;
    let root = open(dir)?;
    let _lock = lock(&root)?;
    let found = contents::look(&root, kind, files)?;
    found.leftovers.iter().try_for_each(|path| super::remove(path))?;
    Job { root: &root, kind, files, private, found: &found }.run()
}

/// Returns the first of `path`, `path-2`, `path-3`, … that does not exist. The paths are relative to `cwd`.
pub fn unused(path: &Utf8Path, cwd: &Utf8Path) -> Utf8PathBuf {
    let numbered = |n: u32| Utf8PathBuf::from(format!("{path}-{n}"));
    let mut names = std::iter::once(path.to_owned()).chain((2..).map(numbered));
    let unused = names.find(|path| !is_there(&cwd.join(path)));
    unused.expect("there are more numbers than files")
}

/// Returns whether a directory contains a manifest, and therefore an earlier output of some command.
pub fn is_output(dir: &Utf8Path) -> bool {
    is_there(&dir.join(manifest::FILE))
}

fn nested(files: &Files) -> Result<(), OutputError> {
    let is_file = |directory: &&str| files.contains_key(*directory);
    let found = files.keys().find_map(|name| name.directories().find(is_file));
    found.map_or(Ok(()), |name| Err(OutputError::Nested(name.to_owned())))
}

// Returns the real path of the directory. Creates the directory if it does not exist.
fn open(dir: &Utf8Path) -> Result<Utf8PathBuf, OutputError> {
    // With a trailing slash, the system would follow a link.
    let dir: Utf8PathBuf = dir.components().collect();
    if contents::metadata(&dir)?.is_none() {
        create_directories(&dir)?;
    }
    if let Some(meta) = contents::metadata(&dir)? {
        contents::expect_directory(&named(&dir), &meta)?;
    }
    let real = canonicalize(&dir).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData {
            return FsError::NotUtf8(dir);
        }
        FsError::io(&dir, "opened")(error)
    })?;
    Ok(real)
}

// Returns the directory's path with only its parent resolved, so that an error names a link and not the path that the
// link leads to.
fn named(dir: &Utf8Path) -> Utf8PathBuf {
    let parent = dir.parent().filter(|parent| !parent.as_str().is_empty());
    match (canonicalize(parent.unwrap_or(Utf8Path::new("."))), dir.file_name()) {
        (Ok(real), Some(name)) => real.join(name),
        (_, _) => dir.to_owned(),
    }
}

// Only one process at a time fills a directory. The directory itself is locked, so no lock file remains.
#[cfg(unix)]
fn lock(root: &Utf8Path) -> Result<std::fs::File, OutputError> {
    let directory = std::fs::File::open(root).map_err(FsError::io(root, "opened"))?;
    let begin = std::time::Instant::now();
    // If the file system does not support locks, continues without a lock.
    while let Err(std::fs::TryLockError::WouldBlock) = directory.try_lock() {
        if begin.elapsed() > Duration::from_secs(60) {
            return Err(OutputError::Busy(root.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(directory)
}

// Windows has no lock on a directory. A file in it can be open only once, and the system removes it when it is closed,
// even if the process is killed.
#[cfg(not(unix))]
fn lock(root: &Utf8Path) -> Result<std::fs::File, OutputError> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).share_mode(0).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    let begin = std::time::Instant::now();
    loop {
        match options.open(root.join(name::LOCK)) {
            Err(error) if begin.elapsed() > Duration::from_secs(60) => {
                return Err(match is_in_use(&error) {
                    true => OutputError::Busy(root.to_owned()),
                    false => FsError::io(root, "written to")(error).into(),
                });
            }
            Err(error) if is_in_use(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => return Ok(opened.map_err(FsError::io(root, "written to"))?),
        }
    }
}
