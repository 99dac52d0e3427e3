//! The one module that touches the disk: files are read whole and written whole or not at all.
//!
//! A write is staged first (a complete, synced temporary file beside its target) and published later by
//! exchanging the two, so that a full disk shows before any target has changed, a crash leaves each file
//! whole, old or new, and what was displaced can be compared with what was read.

#![expect(clippy::disallowed_methods, reason = "this is the one module that touches the disk")]

use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use crate::suggest::ShellCommand;

mod attributes;
mod create;
mod directory;
pub mod fault;
pub mod in_place;
mod location;
pub mod lock;
pub mod output;
mod placement;
pub mod ports;
mod private;
mod published;
mod read;
pub mod staged;

pub use create::{create_folders, create_new, is_there};
pub use directory::{missing_above, names, remove_empty, sweep, sweep_those};
pub use location::{Location, real_directory, real_path};
pub use placement::{Placement, placement};
pub use published::Published;
pub use read::{Given, MAX_BYTES, read, read_given, read_up_to};

pub use private::{
    append_private, check_private, create_private, create_private_folder, is_exposed, modified,
    probe, write_note, write_private,
};

/// Marks the temporary files that are written beside a file.
pub const TEMP_MARK: &str = ".mcpgen-";

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
    #[error("`{0}` is a directory, not a file; move it away")]
    IsFolder(Utf8PathBuf),
    /// A device, a pipe or a socket lies where a file should.
    #[error("`{0}` is a device, a pipe or a socket, not a file; remove it")]
    NoFile(Utf8PathBuf),
    /// The file is a link to nothing.
    #[error(
        "`{path}` is a link to `{end}`, which does not exist; create the file `{end}` or remove the link"
    )]
    Dangling {
        /// The link.
        path: Utf8PathBuf,
        /// Where it leads.
        end: Utf8PathBuf,
    },
    /// A directory is a link to nothing.
    #[error(
        "`{path}` is a link to `{end}`, which does not exist; create the directory `{end}` or remove the link"
    )]
    DanglingDirectory {
        /// The link.
        path: Utf8PathBuf,
        /// Where it leads.
        end: Utf8PathBuf,
    },
    /// Something else is where a directory should be.
    #[error("`{0}` is not a directory; move it away or name another directory")]
    NotDirectory(Utf8PathBuf),
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
    /// Another mcpgen holds our own lock for too long.
    #[error("{} holds the lock `{path}` for more than a minute; wait until it is done, or end it", another(*.holder))]
    OwnLockHeld {
        /// The lock file.
        path: Utf8PathBuf,
        /// The process that holds it, if it is known.
        holder: Option<u32>,
    },
    /// A file is larger than anything that is read.
    #[error("`{path}` is larger than {} MiB, too large to read; move it away", limit >> 20)]
    TooLarge {
        /// The file.
        path: Utf8PathBuf,
        /// How many bytes are read at most.
        limit: u64,
    },
    /// A pipe delivers nothing.
    #[error("`{0}` is a pipe that delivered nothing for a minute; name a file")]
    Silent(Utf8PathBuf),
    /// The system keeps the file from being changed.
    #[error("`{0}` is immutable or append-only; clear that with {clear} and try again", clear = command("chattr -i -a", .0))]
    Immutable(Utf8PathBuf),
    /// A path leads out of the directory that mcpgen was told to work in.
    #[error(
        "`{path}` leads to `{end}`, which is outside `{root}`; remove the link, or allow it with `--follow-links`"
    )]
    Outside {
        /// The path.
        path: Utf8PathBuf,
        /// The file it leads to.
        end: Utf8PathBuf,
        /// The directory.
        root: Utf8PathBuf,
    },
    /// A link was changed between planning and writing.
    #[error("`{0}` leads to another file than when mcpgen read it; run the command again")]
    Moved(Utf8PathBuf),
    /// A directory does not exist, or is a file.
    #[error("there is no directory `{0}`; create it, or name another")]
    NoDirectory(Utf8PathBuf),
    /// A directory of ours is a link.
    #[error(
        "`{0}` is a link; mcpgen keeps its records in a directory of its own, so remove the link"
    )]
    IsLink(Utf8PathBuf),
    /// Other users can change mcpgen's own records.
    #[error(
        "other users can write to `{0}`, where mcpgen keeps what it wrote; fix that with {away}, or set XDG_STATE_HOME to a directory of your own", away = command("chmod go-w", .0))]
    Exposed(Utf8PathBuf),
}

impl FsError {
    fn io(path: &Utf8Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let remedy = remedy(source.kind());
            Self::Io { path: path.to_owned(), doing, remedy, source }
        }
    }
}

fn command(words: &'static str, path: &Utf8Path) -> ShellCommand {
    ShellCommand::new(words).operand(path.as_str())
}

/// Describes the process that holds our own lock.
pub fn another(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another mcpgen".into(), |pid| format!("another mcpgen (process {pid})"))
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    if kind == io::ErrorKind::PermissionDenied {
        "give yourself access to it and its directory"
    } else if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::FileTooLarge {
        "make room and try again"
    } else if kind == io::ErrorKind::ReadOnlyFilesystem {
        "make it writable"
    } else {
        "check the file and its directory"
    }
}

/// Writes a file for a test, executable so that it can stand in for a program.
///
/// # Errors
/// Fails where the system refuses.
#[cfg(test)]
pub fn write_for_test(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, bytes)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
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

/// Removes a file; anything else there, or one that cannot be removed, stays.
pub fn remove_file_only(path: &Utf8Path) {
    if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()) {
        std::fs::remove_file(path).ok();
    }
}

// `.NAME.mcpgen-RANDOM.tmp`, beside the file.
fn temp_beside(end: &Utf8Path) -> io::Result<NamedTempFile> {
    let folder = end.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let prefix = format!(".{}{TEMP_MARK}", end.file_name().unwrap_or("file"));
    tempfile::Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(folder)
}

fn write_temp(
    end: &Utf8Path,
    bytes: &[u8],
    like: Option<&std::fs::Metadata>,
) -> Result<NamedTempFile, FsError> {
    let write = || {
        fault::point("before a temporary file is made")?;
        let mut temp = temp_beside(end)?;
        temp.write_all(bytes)?;
        if let Some(meta) = like {
            attributes::copy(end, meta, temp.as_file())?;
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

// A rename is durable once its folder is; a file system that cannot sync a folder has nothing to add.
fn sync_folder(path: &Utf8Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = std::fs::File::open(folder)
    {
        folder.sync_all().ok();
    }
}
