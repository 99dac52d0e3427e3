//! The one module that touches the disk: files are read whole and written whole or not at all.
//!
//! A write is staged first (a complete, synced temporary file beside its target) and published later by
//! exchanging the two, so that a full disk shows before any target has changed, a crash leaves each file
//! whole, old or new, and what was displaced can be compared with what was read.

#![expect(clippy::disallowed_methods, reason = "this is the one module that touches the disk")]

use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

pub mod fault;
pub mod lock;
pub mod ports;
mod private;
pub mod staged;

pub use private::{
    append_private, create_private, create_private_folder, is_exposed, modified, probe,
    write_private,
};

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
    /// A device, a pipe or a socket lies where a file should.
    #[error("`{0}` is a device, a pipe or a socket, not a file; remove it")]
    NoFile(Utf8PathBuf),
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
        "give yourself access to it and its folder"
    } else if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::FileTooLarge {
        "make room and try again"
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
        Err(e) => {
            resolve(path)?;
            Err(FsError::io(path, "read")(e))
        }
    }
}

/// Reads a target: only what can be exchanged with another file is one, and no pipe is waited for.
///
/// # Errors
/// Fails as [`read`] does, and on devices, pipes and sockets.
pub fn read_target(path: &Utf8Path) -> Result<Option<Vec<u8>>, FsError> {
    match std::fs::metadata(path) {
        Ok(meta) if !meta.is_file() && !meta.is_dir() => Err(FsError::NoFile(path.to_owned())),
        Ok(_) | Err(_) => read(path),
    }
}

/// Holds a small file's content.
pub struct Small {
    /// Its bytes, up to one more than the limit.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether everybody on this machine may read it.
    pub world_readable: bool,
}

/// Reads a file that is to be small, a pipe too; one that does not exist is `None`. Of a bigger one, one
/// byte more than the limit is read.
///
/// # Errors
/// Fails as [`read`] does.
pub fn read_small(path: &Utf8Path, limit: usize) -> Result<Option<Small>, FsError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return match resolve(path) {
                Ok(_) => Ok(None),
                // Nobody means to write here: what counts is that there is nothing.
                Err(FsError::ManagedByNix { path, end }) => Err(FsError::Dangling { path, end }),
                Err(error) => Err(error),
            };
        }
        Err(e) => return Err(FsError::io(path, "read")(e)),
    };
    let meta = file.metadata().map_err(FsError::io(path, "read"))?;
    if meta.is_dir() {
        return Err(FsError::IsFolder(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(FsError::io(path, "read"))?;
    Ok(Some(Small { bytes, world_readable: is_world_readable(&meta) }))
}

#[cfg(unix)]
fn is_world_readable(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o004 != 0
}

// Windows keeps rights in access lists, which say more than a bit does.
#[cfg(not(unix))]
fn is_world_readable(_: &std::fs::Metadata) -> bool {
    false
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
        // The end of a link is named as it is, without the steps that led there.
        Ok(real) if end != path => Ok(real),
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
    write().map_err(|error| FsError::io(end, "written")(bare(error)))
}

// The path that tempfile adds to its errors is of a file that nobody knows.
fn bare(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((text, _)) => io::Error::new(error.kind(), text),
        None => error,
    }
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

/// Removes the temporary files that a killed run left beside a file. Only one mcpgen writes at a time (its
/// own lock), so none of them is in use.
pub fn sweep(path: &Utf8Path) {
    sweep_those(path, &|_| true);
}

/// Removes those of them that `is_left` says nobody needs.
pub fn sweep_those(path: &Utf8Path, is_left: &dyn Fn(&Utf8Path) -> bool) {
    let Ok(end) = resolve(path) else { return };
    let (Some(folder), Some(name)) = (end.parent(), end.file_name()) else { return };
    let mark = format!(".{name}{TEMP_MARK}");
    let marked = names(folder).into_iter().filter(|name| name.starts_with(&mark));
    for path in marked.map(|name| folder.join(name)).filter(|path| is_left(path)) {
        std::fs::remove_file(path).ok();
    }
}

/// Lists the names in a folder; one that cannot be read has none.
pub fn names(folder: &Utf8Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

// A rename is durable once its folder is; a file system that cannot sync a folder has nothing to add.
fn sync_folder(path: &Utf8Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = std::fs::File::open(folder)
    {
        folder.sync_all().ok();
    }
}
