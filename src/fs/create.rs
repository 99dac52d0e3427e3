//! Creates files and directories that do not exist yet.

use std::io::{self, Write as _};

use camino::Utf8Path;

use super::{FsError, TEMP_MARK, bare, fault, rename, sweep, sync_directory};

/// Returns whether anything exists at a path, including a dangling link.
pub fn is_there(path: &Utf8Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Creates a directory and all missing directories above it.
///
/// # Errors
/// Fails if the operating system returns an error. If a file or a dangling link is in the way, the error names it.
pub fn create_directories(path: &Utf8Path) -> Result<(), FsError> {
    let created = std::fs::create_dir_all(path);
    created.map_err(|error| in_the_way(path).unwrap_or_else(|| FsError::io(path, "created")(error)))
}

// Returns an error if the nearest existing ancestor of a path (or the path itself) is not a directory.
fn in_the_way(path: &Utf8Path) -> Option<FsError> {
    let there = path.ancestors().find(|path| is_there(path))?;
    match std::fs::metadata(there) {
        Ok(meta) if meta.is_dir() => None,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let end = std::fs::read_link(there).unwrap_or_default();
            let end = end.to_string_lossy().as_ref().into();
            Some(FsError::DanglingDirectory { path: there.to_owned(), end })
        }
        Ok(_) => Some(FsError::NotDirectory(there.to_owned())),
        Err(_) => super::real_path(there).err(),
    }
}

/// Sets the mode of a new file.
#[cfg(unix)]
pub(super) fn set_new_mode(builder: &mut tempfile::Builder<'_, '_>, private: bool) {
    // The umask still removes bits of this mode.
    let mode = if private { 0o600 } else { 0o666 };
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
}

/// Sets nothing, because this system has no modes.
#[cfg(not(unix))]
pub(super) fn set_new_mode(_builder: &mut tempfile::Builder<'_, '_>, _private: bool) {}

/// Creates a file, whole or not at all, and returns whether it was created. If anything already exists at its path,
/// even a dangling link, nothing is written. Only its owner can read a `private` file.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn create_new(path: &Utf8Path, bytes: &[u8], private: bool) -> Result<bool, FsError> {
    let directory =
        path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    create_directories(directory)?;
    let prefix = format!(".{}{TEMP_MARK}", path.file_name().unwrap_or("file"));
    let write = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".tmp");
        super::set_new_mode(&mut builder, private);
        fault::point("before a new file is written")?;
        let mut temp = builder.tempfile_in(directory)?;
        temp.write_all(bytes)?;
        temp.as_file().sync_all()?;
        fault::point("before a new file is put in its place")?;
        Ok(temp)
    };
    let temp = write().map_err(|error| FsError::io(path, "written")(bare(error)))?;
    match rename::persist_noclobber(temp, path) {
        Ok(()) => {
            sync_directory(path);
            sweep(path);
            Ok(true)
        }
        // Another process may have created the file first and swept this temporary file.
        Err(e) if [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound].contains(&e.kind()) => {
            Ok(false)
        }
        Err(e) => Err(FsError::io(path, "written")(e)),
    }
}
