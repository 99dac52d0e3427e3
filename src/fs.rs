//! The one module that touches the disk: files are read whole and written whole or not at all.
//!
//! A write is staged first (a complete, synced temporary file beside its target) and published later by
//! exchanging the two, so that a full disk shows before any target has changed, a crash leaves each file
//! whole, old or new, and what was displaced can be compared with what was read.

#![expect(clippy::disallowed_methods, reason = "this is the one module that touches the disk")]

use std::io::{self, Write as _};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

pub mod fault;

const NIX_STORE: &str = "/nix/store/";
const TEMP_MARK: &str = ".mcpgen-";

/// Says why a file could not be read or written. Every variant names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    /// The system refused.
    #[error("`{path}` cannot be {doing}: {source}; {remedy}")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What was tried, as a participle.
        doing: &'static str,
        /// What to do about it.
        remedy: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A folder lies where a file should.
    #[error("`{0}` is a folder, not a file; move it away")]
    IsFolder(Utf8PathBuf),
    /// The file is a link to nothing.
    #[error(
        "`{path}` is a link to `{end}`, which does not exist; create that file or remove the link"
    )]
    Dangling {
        /// The link.
        path: Utf8PathBuf,
        /// Where it leads.
        end: Utf8PathBuf,
    },
    /// Links that lead to each other.
    #[error("`{0}` is a link that leads back to itself; remove it")]
    LinkLoop(Utf8PathBuf),
    /// The file is a link into the Nix store, which nothing may write.
    #[error(
        "`{path}` is managed by Nix (it leads to `{end}`); let mcpgen's module write this client, or \
         take the file out of your Nix configuration"
    )]
    ManagedByNix {
        /// The client's file.
        path: Utf8PathBuf,
        /// The end of its links.
        end: Utf8PathBuf,
    },
    /// A path on disk is not UTF-8.
    #[error("`{0}` leads to a path that is not UTF-8; rename it")]
    NotUtf8(Utf8PathBuf),
    /// Somebody else holds a lock for too long.
    #[error("`{0}` is locked by another program; close it or try again")]
    Locked(Utf8PathBuf),
}

impl FsError {
    fn io(path: &Utf8Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let remedy = remedy(source.kind());
            Self::Io { path: path.to_owned(), doing, remedy, source }
        }
    }
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    if kind == io::ErrorKind::PermissionDenied {
        "give yourself access to it"
    } else if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::FileTooLarge {
        "make room; nothing was changed"
    } else if kind == io::ErrorKind::ReadOnlyFilesystem {
        "make it writable"
    } else {
        "look at the file and its folder"
    }
}

/// Reads a file; one that does not exist is `None`.
///
/// # Errors
/// Fails on a folder, a dangling link and whatever the system refuses.
pub fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, FsError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            resolve(path)?;
            Ok(None)
        }
        Err(_) if path.is_dir() => Err(FsError::IsFolder(path.to_owned())),
        Err(e) => Err(FsError::io(path, "read")(e)),
    }
}

/// Follows a path's links to their end, which need not exist unless a link leads there.
///
/// # Errors
/// Fails on dangling links, loops and an end inside the Nix store.
pub fn resolve(path: &Utf8Path) -> Result<Utf8PathBuf, FsError> {
    let mut end = path.to_owned();
    for step in 0..40 {
        if step > 0 && end.as_str().starts_with(NIX_STORE) {
            return Err(FsError::ManagedByNix { path: path.to_owned(), end });
        }
        match std::fs::read_link(&end) {
            Ok(to) => {
                let to =
                    Utf8PathBuf::from_path_buf(to).map_err(|_| FsError::NotUtf8(end.clone()))?;
                end = end.parent().unwrap_or(Utf8Path::new("/")).join(to);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && step > 0 => {
                return Err(FsError::Dangling { path: path.to_owned(), end });
            }
            Err(_) => return real_end(path, end),
        }
    }
    Err(FsError::LinkLoop(path.to_owned()))
}

// A folder on the way may itself be a link, into the Nix store too.
fn real_end(path: &Utf8Path, end: Utf8PathBuf) -> Result<Utf8PathBuf, FsError> {
    match end.canonicalize_utf8() {
        Ok(real) if real.as_str().starts_with(NIX_STORE) => {
            Err(FsError::ManagedByNix { path: path.to_owned(), end: real })
        }
        Ok(_) | Err(_) => Ok(end),
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// Fails where the system refuses.
pub fn create_folder(path: &Utf8Path) -> Result<(), FsError> {
    std::fs::create_dir_all(path).map_err(FsError::io(path, "created"))
}

/// Creates a folder that only its owner may look into.
///
/// # Errors
/// Fails where the system refuses.
pub fn create_private_folder(path: &Utf8Path) -> Result<(), FsError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FsError::io(path, "created"))
}

/// Writes a file of our own: mode 0600, whole or not at all.
///
/// # Errors
/// Fails where the system refuses; the old file is then still there.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let temp = write_temp(path, bytes, None)?;
    fault::point("before an own file is renamed").map_err(FsError::io(path, "written"))?;
    temp.persist(path).map_err(|e| FsError::io(path, "written")(e.error))?;
    sync_folder(path);
    fault::point("after an own file is renamed").map_err(FsError::io(path, "written"))
}

/// Writes a file that does not matter to anybody yet (a rendered tree, a starter declaration).
///
/// # Errors
/// Fails where the system refuses, and where `replace` is false and the file is there.
pub fn write_new(path: &Utf8Path, bytes: &[u8], replace: bool) -> Result<(), FsError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!replace);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(FsError::io(path, "written"))
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// Fails where the system refuses.
pub fn remove(path: &Utf8Path) -> Result<(), FsError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FsError::io(path, "removed")(e)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Holds a complete new version of a file beside its target, ready to take its place.
#[derive(Debug)]
pub struct Staged {
    temp: NamedTempFile,
    end: Utf8PathBuf,
    replaces: bool,
}

/// Says what stood in a target's place when a staged file took it.
#[derive(Debug, PartialEq, Eq)]
pub enum Displaced {
    /// There was no file.
    Nothing,
    /// The file that was there, byte for byte.
    Bytes(Vec<u8>),
    /// There was no file when we looked, and now there is: it was left alone, ours was not put there.
    Appeared,
}

/// Writes a new version of `path` beside it, follows links first, and keeps mode and owner.
///
/// # Errors
/// Fails where the folder cannot be written or the disk is full; the target is untouched.
pub fn stage(path: &Utf8Path, bytes: &[u8]) -> Result<Staged, FsError> {
    let end = resolve(path)?;
    if let Some(folder) = end.parent() {
        create_folder(folder)?;
    }
    sweep(&end);
    let old = match std::fs::metadata(&end) {
        Ok(meta) => Some(meta),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(FsError::io(path, "read")(e)),
    };
    let temp = write_temp(&end, bytes, old.as_ref())?;
    fault::point("after a target is staged").map_err(FsError::io(path, "written"))?;
    Ok(Staged { temp, end, replaces: old.is_some() })
}

impl Staged {
    /// Puts the staged file in its target's place in one step and hands back what was displaced.
    ///
    /// # Errors
    /// Fails where the system refuses; the target is then as it was.
    pub fn publish(self) -> Result<Displaced, FsError> {
        let Self { temp, end, replaces } = self;
        fault::point("before a target is exchanged").map_err(FsError::io(&end, "written"))?;
        let displaced = if replaces { exchange(temp, &end)? } else { put_new(temp, &end)? };
        sync_folder(&end);
        Ok(displaced)
    }
}

fn put_new(temp: NamedTempFile, end: &Utf8Path) -> Result<Displaced, FsError> {
    match temp.persist_noclobber(end) {
        Ok(_) => {
            fault::point("after a new target is put").map_err(FsError::io(end, "written"))?;
            Ok(Displaced::Nothing)
        }
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Displaced::Appeared),
        Err(e) => Err(FsError::io(end, "written")(e.error)),
    }
}

fn exchange(temp: NamedTempFile, end: &Utf8Path) -> Result<Displaced, FsError> {
    if swap(temp.path(), end).is_ok() {
        fault::point("after a target is exchanged").map_err(FsError::io(end, "written"))?;
        let displaced = std::fs::read(temp.path()).map_err(FsError::io(end, "read"))?;
        return Ok(Displaced::Bytes(displaced));
    }
    // A file system without an atomic exchange: read as late as can be, then rename over it.
    let displaced = std::fs::read(end).map_err(FsError::io(end, "read"))?;
    temp.persist(end).map_err(|e| FsError::io(end, "written")(e.error))?;
    fault::point("after a target is renamed").map_err(FsError::io(end, "written"))?;
    Ok(Displaced::Bytes(displaced))
}

// `renameat2(2)` with RENAME_EXCHANGE on Linux, `renameatx_np(2)` with RENAME_SWAP on macOS.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(temp: &std::path::Path, end: &Utf8Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, temp, CWD, end.as_std_path(), RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_temp: &std::path::Path, _end: &Utf8Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn write_temp(
    end: &Utf8Path,
    bytes: &[u8],
    like: Option<&std::fs::Metadata>,
) -> Result<NamedTempFile, FsError> {
    let folder = end.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let prefix = format!(".{}{TEMP_MARK}", end.file_name().unwrap_or("file"));
    let write = || {
        fault::point("before a temporary file is made")?;
        let mut temp =
            tempfile::Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(folder)?;
        temp.write_all(bytes)?;
        if let Some(meta) = like {
            take_after(&temp, meta)?;
        }
        fault::point("before a temporary file is synced")?;
        temp.as_file().sync_all()?;
        Ok(temp)
    };
    write().map_err(FsError::io(end, "written"))
}

#[cfg(unix)]
fn take_after(temp: &NamedTempFile, meta: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let own = temp.as_file().metadata()?;
    if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
        std::os::unix::fs::fchown(temp.as_file(), Some(meta.uid()), Some(meta.gid()))?;
    }
    temp.as_file().set_permissions(meta.permissions())
}

#[cfg(not(unix))]
fn take_after(temp: &NamedTempFile, meta: &std::fs::Metadata) -> io::Result<()> {
    temp.as_file().set_permissions(meta.permissions())
}

// Removes what a killed run left beside a target. Only one mcpgen writes at a time (the ledger's lock).
fn sweep(end: &Utf8Path) {
    let (Some(folder), Some(name)) = (end.parent(), end.file_name()) else { return };
    let mark = format!(".{name}{TEMP_MARK}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&mark) {
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

// A rename is durable once its folder is; a file system that cannot sync a folder has nothing to add.
fn sync_folder(path: &Utf8Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = std::fs::File::open(folder)
    {
        folder.sync_all().ok();
    }
}

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
    let begin = SystemTime::now();
    loop {
        match std::fs::create_dir(path) {
            Ok(()) => {
                fault::point("after a client's lock is taken")
                    .map_err(FsError::io(path, "created"))?;
                return Ok(ClientLock(path.to_owned()));
            }
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(FsError::io(path, "created")(e));
            }
            Err(_) if is_stale(path) => {
                std::fs::remove_dir(path).map_err(FsError::io(path, "removed"))?;
            }
            Err(_) if begin.elapsed().is_ok_and(|waited| waited > PATIENCE) => {
                return Err(FsError::Locked(path.to_owned()));
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
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
