//! mcpgen's own files, which only their owner may read.

use std::io::{self, Write as _};

use camino::Utf8Path;

use super::{FsError, fault, rename, sync_directory, write_temp};

/// Creates a directory that only its owner can open.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn create_private_directory(path: &Utf8Path) -> Result<(), FsError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FsError::io(path, "created"))
}

/// Checks that files can be created in a directory. Callers check this before they do work for such a file.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn probe(directory: &Utf8Path) -> Result<(), FsError> {
    let probe = tempfile::Builder::new().prefix(".mcpgen-").tempfile_in(directory);
    probe.map(drop).map_err(|error| FsError::io(directory, "written to")(super::bare(error)))
}

/// Writes one of mcpgen's own files with mode 0600, whole or not at all.
///
/// # Errors
/// Fails if the operating system returns an error. The old file then remains.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let temp = write_temp(path, bytes, None)?;
    fault::point("before an own file is renamed").map_err(FsError::io(path, "written"))?;
    rename::persist(temp, path).map_err(FsError::io(path, "written"))?;
    sync_directory(path);
    fault::point("after an own file is renamed").map_err(FsError::io(path, "written"))
}

/// Writes one of mcpgen's own files with mode 0600, and returns it. The caller must sync the file and its name before
/// anything depends on them.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn write_unsynced_private(path: &Utf8Path, bytes: &[u8]) -> Result<std::fs::File, FsError> {
    let temp = super::write_unsynced_temp(path, bytes, None)?;
    fault::point("before an own file is renamed").map_err(FsError::io(path, "written"))?;
    let persist = || {
        let file = temp.as_file().try_clone()?;
        rename::persist(temp, path)?;
        Ok(file)
    };
    persist().map_err(FsError::io(path, "written"))
}

/// Writes one of mcpgen's own files with mode 0600, whole or not at all. The file is not synced, so a crash of the
/// system may lose it.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn write_note(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let write = || {
        let mut temp = super::temp_beside(path)?;
        temp.write_all(bytes)?;
        rename::persist(temp, path)
    };
    write().map_err(|error| FsError::io(path, "written")(super::bare(error)))
}

/// Checks that one of mcpgen's own directories is not a link, and that no other user can write to it. The directory may
/// be missing.
///
/// # Errors
/// Fails with the directory's path.
#[cfg(unix)]
pub fn check_private(directory: &Utf8Path) -> Result<(), FsError> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(meta) = std::fs::symlink_metadata(directory) else { return Ok(()) };
    if meta.is_symlink() {
        return Err(FsError::IsLink(directory.to_owned()));
    }
    let user = rustix::process::geteuid();
    let ours = user.is_root() || [0, user.as_raw()].contains(&meta.uid());
    if ours && meta.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(FsError::Exposed(directory.to_owned()))
    }
}

/// Checks nothing: on this system, other users cannot open the home directory.
///
/// # Errors
/// Never fails.
#[cfg(not(unix))]
pub fn check_private(_: &Utf8Path) -> Result<(), FsError> {
    Ok(())
}

/// Appends to one of mcpgen's own files, with mode 0600. The write is not atomic, which is sufficient for a log.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn append_private(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(FsError::io(path, "written"))
}

/// Creates one of mcpgen's own files with mode 0600 and its whole content, if it does not exist. Returns whether it was
/// created.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn create_private(path: &Utf8Path, bytes: &[u8]) -> Result<bool, FsError> {
    let temp = write_temp(path, bytes, None)?;
    match rename::persist_noclobber(temp, path) {
        Ok(()) => {
            fault::point("after an own file is made").map_err(FsError::io(path, "written"))?;
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Another process may have created the file first and swept this temporary file.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(FsError::io(path, "written")(e)),
    }
}

/// Returns the modification time of a file, in milliseconds since 1970.
pub fn modified(path: &Utf8Path) -> Option<u64> {
    let at = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    u64::try_from(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Returns whether users other than the owner can read a file, by its mode and the mode of its directory.
#[cfg(unix)]
pub fn is_exposed(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let mode =
        |path: &Utf8Path| std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode());
    mode(path) & 0o044 != 0 && path.parent().is_none_or(|directory| mode(directory) & 0o011 != 0)
}

/// Removes the permissions of all other users from a file.
///
/// # Errors
/// Fails if the operating system returns an error.
#[cfg(unix)]
pub(super) fn restrict(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::symlink_metadata(path)?.permissions().mode();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))
}

/// Changes nothing, because this system has no modes.
///
/// # Errors
/// Never fails.
#[cfg(not(unix))]
pub(super) fn restrict(_path: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Makes a file readable only by its owner. If the path is a link, changes the file that it leads to.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn make_private(path: &Utf8Path) -> Result<(), FsError> {
    restrict(&super::real_path(path)?).map_err(FsError::io(path, "made private"))
}

/// Returns whether the mode of a file lets only its owner read it.
#[cfg(unix)]
pub fn is_private(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o044 == 0)
}

/// Returns `false`, because this system has no modes.
#[cfg(not(unix))]
pub fn is_private(_path: &Utf8Path) -> bool {
    false
}

/// Returns `false`: on this system, other users cannot open the home directory.
#[cfg(not(unix))]
pub fn is_exposed(_path: &Utf8Path) -> bool {
    false
}
