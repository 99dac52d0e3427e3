//! Files and directories that are created where nothing is.

use std::io::{self, Write as _};

use camino::Utf8Path;

use super::{FsError, TEMP_MARK, bare, fault, sweep, sync_folder};

/// Returns whether anything is at a path, a link to nothing too.
pub fn is_there(path: &Utf8Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Creates a directory and those above it.
///
/// # Errors
/// Fails where the system refuses, and names what is in the way.
pub fn create_folders(path: &Utf8Path) -> Result<(), FsError> {
    let created = std::fs::create_dir_all(path);
    created.map_err(|error| in_the_way(path).unwrap_or_else(|| FsError::io(path, "created")(error)))
}

// The nearest thing above a path that exists, where that is not a directory.
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
    // The umask still takes its part.
    let mode = if private { 0o600 } else { 0o666 };
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
}

/// Sets nothing: this system has no modes.
#[cfg(not(unix))]
pub(super) fn set_new_mode(_builder: &mut tempfile::Builder<'_, '_>, _private: bool) {}

/// Creates a file, whole or not at all, and returns whether it did: where anything is at its path already,
/// a link to nothing too, nothing is written. Only its owner can read a `private` file.
///
/// # Errors
/// Fails where the system refuses.
pub fn create_new(path: &Utf8Path, bytes: &[u8], private: bool) -> Result<bool, FsError> {
    let folder = path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    create_folders(folder)?;
    let prefix = format!(".{}{TEMP_MARK}", path.file_name().unwrap_or("file"));
    let write = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".tmp");
        super::set_new_mode(&mut builder, private);
        fault::point("before a new file is written")?;
        let mut temp = builder.tempfile_in(folder)?;
        temp.write_all(bytes)?;
        temp.as_file().sync_all()?;
        fault::point("before a new file is put in its place")?;
        Ok(temp)
    };
    let temp = write().map_err(|error| FsError::io(path, "written")(bare(error)))?;
    match temp.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(path);
            sweep(path);
            Ok(true)
        }
        // Whoever created it first may have swept our temporary file away.
        Err(e)
            if [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound]
                .contains(&e.error.kind()) =>
        {
            Ok(false)
        }
        Err(e) => Err(FsError::io(path, "written")(e.error)),
    }
}
