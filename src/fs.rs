//! The one module that accesses the disk. Files are read whole, and written whole or not at all.
//!
//! A write has two steps. It first stages a complete, synced temporary file next to its target. Later it publishes that
//! file by exchanging the two. A full disk is therefore detected before any target changes, a crash leaves each file
//! complete (old or new), and the displaced bytes can be compared with the bytes that were read.

#![expect(clippy::disallowed_methods, reason = "this is the one module that touches the disk")]

use std::io::{self, Write as _};

use camino::Utf8Path;
use tempfile::{NamedTempFile, TempPath};

mod attributes;
mod create;
mod directory;
pub mod durable;
mod error;
pub mod fault;
pub mod in_place;
mod location;
pub mod lock;
pub mod output;
mod placement;
pub mod ports;
mod private;
pub mod processes;
pub mod programs;
mod published;
mod read;
mod rename;
pub mod staged;

pub use create::{create_directories, create_new, is_there};
pub use directory::{missing_above, names, remove_empty, sweep, sweep_those};
pub use error::{FsError, another};
pub use location::{Location, leads_somewhere, locate, plan_links, real_directory, real_path};
pub use placement::{Placement, placement};
pub use published::Published;
pub use read::{Given, MAX_BYTES, read, read_given, read_up_to};

use create::set_new_mode;
use private::restrict;
pub use private::{
    append_private, check_private, create_private, create_private_directory, is_exposed,
    is_private, make_private, modified, probe, write_note, write_private, write_unsynced_private,
};

/// The part of a file name that marks a temporary file of mcpgen.
pub const TEMP_MARK: &str = ".mcpgen-";

/// Writes an executable file for a test, so that the file can replace a program.
///
/// # Errors
/// Fails if the operating system returns an error.
#[cfg(test)]
pub fn write_for_test(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, bytes)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// Removes a file, if it exists.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn remove(path: &Utf8Path) -> Result<(), FsError> {
    match rename::remove(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FsError::io(path, "removed")(e)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a regular file and ignores errors. Anything else at the path remains.
pub fn remove_file_only(path: &Utf8Path) {
    if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()) {
        std::fs::remove_file(path).ok();
    }
}

// Creates `.NAME.mcpgen-RANDOM.tmp` in the directory of the file.
fn temp_beside(end: &Utf8Path) -> io::Result<NamedTempFile> {
    let prefix = temp_prefix(end);
    tempfile::Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(directory_of(end))
}

// Gives a file a second name of the same form, if the file system has hard links.
fn second_name(end: &Utf8Path) -> Option<TempPath> {
    let prefix = temp_prefix(end);
    let mut builder = tempfile::Builder::new();
    let link = |path: &std::path::Path| std::fs::hard_link(end, path);
    let linked = builder.prefix(&prefix).suffix(".tmp").make_in(directory_of(end), link);
    linked.ok().map(NamedTempFile::into_temp_path)
}

fn temp_prefix(end: &Utf8Path) -> String {
    format!(".{}{TEMP_MARK}", end.file_name().unwrap_or("file"))
}

fn directory_of(end: &Utf8Path) -> &Utf8Path {
    end.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

fn write_temp(
    end: &Utf8Path,
    bytes: &[u8],
    like: Option<&std::fs::Metadata>,
) -> Result<NamedTempFile, FsError> {
    let temp = write_unsynced_temp(end, bytes, like)?;
    durable::sync_files(&[temp.as_file()]).map_err(FsError::io(end, "written"))?;
    Ok(temp)
}

fn write_unsynced_temp(
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
        fault::written(temp.as_file())?;
        Ok(temp)
    };
    write().map_err(|error| FsError::io(end, "written")(bare(error)))
}

// Removes the path that tempfile adds to its errors, because the user does not know the temporary file.
fn bare(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((text, _)) => io::Error::new(error.kind(), text),
        None => error,
    }
}

fn sync_directory(path: &Utf8Path) {
    durable::sync_names(std::iter::once(path));
}
