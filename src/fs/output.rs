//! An output directory: it is new, empty, or holds an earlier output of the same command and nothing else.
//!
//! A manifest in it lists the files with their digests, so that a file which somebody edited or added is
//! noticed before anything is written. While files are being written, the manifest also lists the digests
//! that they had before. The next run therefore recognizes what a killed run left, and finishes it.

use std::collections::BTreeMap;
#[cfg(unix)]
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FsError, create_folders, fault, is_there};
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

/// Counts what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// Files that were written.
    pub written: usize,
    /// Files that were already as they should be.
    pub unchanged: usize,
    /// Files of the earlier output that were removed.
    pub removed: usize,
}

/// Fills a directory with exactly these files. Only their owner can read them if they are `private`.
///
/// # Errors
/// Fails where anything but an earlier output of this kind is in the directory, and then changes nothing;
/// and where the system refuses.
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

/// Returns the first path that nothing has, of `path`, `path-2`, `path-3`, …, each seen from `cwd`.
pub fn unused(path: &Utf8Path, cwd: &Utf8Path) -> Utf8PathBuf {
    let numbered = |n: u32| Utf8PathBuf::from(format!("{path}-{n}"));
    let mut names = std::iter::once(path.to_owned()).chain((2..).map(numbered));
    let unused = names.find(|path| !is_there(&cwd.join(path)));
    unused.expect("there are more numbers than files")
}

/// Returns whether a directory holds a manifest, and so an earlier output of some kind.
pub fn is_output(dir: &Utf8Path) -> bool {
    is_there(&dir.join(manifest::FILE))
}

fn nested(files: &Files) -> Result<(), OutputError> {
    let is_file = |folder: &&str| files.contains_key(*folder);
    let found = files.keys().find_map(|name| name.folders().find(is_file));
    found.map_or(Ok(()), |name| Err(OutputError::Nested(name.to_owned())))
}

// Returns the real path of the directory, which is created if nothing is there.
fn open(dir: &Utf8Path) -> Result<Utf8PathBuf, OutputError> {
    // A slash at the end would follow a link.
    let dir: Utf8PathBuf = dir.components().collect();
    if contents::metadata(&dir)?.is_none() {
        create_folders(&dir)?;
    }
    if let Some(meta) = contents::metadata(&dir)? {
        contents::directory(&named(&dir), &meta)?;
    }
    let real = std::fs::canonicalize(&dir).map_err(FsError::io(&dir, "opened"))?;
    Utf8PathBuf::from_path_buf(real).map_err(|_| FsError::NotUtf8(dir).into())
}

// The name of the directory in its parent's real path, so an error names a link and not the path it leads to.
fn named(dir: &Utf8Path) -> Utf8PathBuf {
    let parent = dir.parent().filter(|parent| !parent.as_str().is_empty());
    let real = parent.unwrap_or(Utf8Path::new(".")).canonicalize_utf8();
    match (real, dir.file_name()) {
        (Ok(real), Some(name)) => real.join(name),
        (_, _) => dir.to_owned(),
    }
}

// One process at a time fills a directory. The lock is on the directory itself, and leaves nothing behind.
#[cfg(unix)]
fn lock(root: &Utf8Path) -> Result<std::fs::File, OutputError> {
    let folder = std::fs::File::open(root).map_err(FsError::io(root, "opened"))?;
    let begin = std::time::Instant::now();
    // A file system without locks has none to wait for.
    while let Err(std::fs::TryLockError::WouldBlock) = folder.try_lock() {
        if begin.elapsed() > Duration::from_secs(60) {
            return Err(OutputError::Busy(root.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(folder)
}

// This system opens no directories.
#[cfg(not(unix))]
fn lock(_root: &Utf8Path) -> Result<(), OutputError> {
    Ok(())
}
