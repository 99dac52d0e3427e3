//! The one module that touches the disk: files are read whole and written whole or not at all.
//!
//! A write is staged first (a complete, synced temporary file beside its target) and published later by
//! exchanging the two, so that a full disk shows before any target has changed, a crash leaves each file
//! whole, old or new, and what was displaced can be compared with what was read.

#![expect(clippy::disallowed_methods, reason = "this is the one module that touches the disk")]

use std::io::{self, Write as _};

use camino::Utf8Path;
use tempfile::NamedTempFile;

mod attributes;
mod create;
mod directory;
mod error;
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
pub use error::{FsError, another};
pub use location::{Location, real_directory, real_path};
pub use placement::{Placement, placement};
pub use published::Published;
pub use read::{MAX_BYTES, read, read_given, read_up_to};

use create::set_new_mode;
use private::restrict;
pub use private::{
    append_private, check_private, create_private, create_private_folder, is_exposed, is_private,
    modified, probe, write_note, write_private,
};

/// Marks the temporary files that are written beside a file.
pub const TEMP_MARK: &str = ".mcpgen-";

/// Writes a file for a test, executable, so that it can replace a program.
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
