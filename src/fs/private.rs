//! Files of our own, which nobody else is to read.

use std::io::{self, Write as _};

use camino::Utf8Path;

use super::{FsError, fault, sync_folder, write_temp};

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

/// Finds out whether files can be made in a folder, before anybody goes to any trouble for one.
///
/// # Errors
/// Fails where the system refuses.
pub fn probe(folder: &Utf8Path) -> Result<(), FsError> {
    let probe = tempfile::Builder::new().prefix(".mcpgen-").tempfile_in(folder);
    probe.map(drop).map_err(|error| FsError::io(folder, "written to")(super::bare(error)))
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

/// Writes a file of our own that need not outlive a crash of the system: mode 0600, whole or not at all.
///
/// # Errors
/// Fails where the system refuses.
pub fn write_note(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let write = || {
        let mut temp = super::temp_beside(path)?;
        temp.write_all(bytes)?;
        temp.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(|error| FsError::io(path, "written")(super::bare(error)))
}

/// Checks that a directory of ours is not a link, and that no other user can write to it. One that does not exist
/// is fine.
///
/// # Errors
/// Fails with the directory's path.
#[cfg(unix)]
pub fn check_private(folder: &Utf8Path) -> Result<(), FsError> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(meta) = std::fs::symlink_metadata(folder) else { return Ok(()) };
    if meta.is_symlink() {
        return Err(FsError::IsLink(folder.to_owned()));
    }
    let user = rustix::process::geteuid();
    let ours = user.is_root() || [0, user.as_raw()].contains(&meta.uid());
    if ours && meta.mode() & 0o022 == 0 { Ok(()) } else { Err(FsError::Exposed(folder.to_owned())) }
}

/// Checks nothing: on this system the home directory keeps others out.
///
/// # Errors
/// Never fails.
#[cfg(not(unix))]
pub fn check_private(_: &Utf8Path) -> Result<(), FsError> {
    Ok(())
}

/// Writes at the end of a file of our own: mode 0600. A log need not be whole.
///
/// # Errors
/// Fails where the system refuses.
pub fn append_private(path: &Utf8Path, bytes: &[u8]) -> Result<(), FsError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(FsError::io(path, "written"))
}

/// Makes a file of our own where there is none yet, and answers whether it did: mode 0600, there at once
/// with all it holds.
///
/// # Errors
/// Fails where the system refuses.
pub fn create_private(path: &Utf8Path, bytes: &[u8]) -> Result<bool, FsError> {
    let temp = write_temp(path, bytes, None)?;
    match temp.persist_noclobber(path) {
        Ok(_) => {
            fault::point("after an own file is made").map_err(FsError::io(path, "written"))?;
            Ok(true)
        }
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Whoever made it first may have swept away ours, which looked left over.
        Err(e) if e.error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(FsError::io(path, "written")(e.error)),
    }
}

/// Returns when a file was last written, in milliseconds since 1970.
pub fn modified(path: &Utf8Path) -> Option<u64> {
    let at = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    u64::try_from(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Returns whether others than a file's owner can read it, by its own mode and that of its folder.
#[cfg(unix)]
pub fn is_exposed(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let mode =
        |path: &Utf8Path| std::fs::metadata(path).map_or(0, |meta| meta.permissions().mode());
    mode(path) & 0o044 != 0 && path.parent().is_none_or(|folder| mode(folder) & 0o011 != 0)
}

/// Takes the permissions of all others away from a file.
///
/// # Errors
/// Fails where the system refuses.
#[cfg(unix)]
pub(super) fn restrict(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::symlink_metadata(path)?.permissions().mode();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))
}

/// Changes nothing: this system has no modes.
///
/// # Errors
/// Never fails.
#[cfg(not(unix))]
pub(super) fn restrict(_path: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Returns whether a file's own mode lets only its owner read it.
#[cfg(unix)]
pub fn is_private(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o044 == 0)
}

/// Returns whether a file's own mode lets only its owner read it; this system has no modes.
#[cfg(not(unix))]
pub fn is_private(_path: &Utf8Path) -> bool {
    false
}

/// Returns whether others than a file's owner can read it; on this system other users cannot open the home directory.
#[cfg(not(unix))]
pub fn is_exposed(_path: &Utf8Path) -> bool {
    false
}
