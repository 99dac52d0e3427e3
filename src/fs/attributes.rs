//! The attributes that a new version of a file keeps from the old one: owner, mode and extended attributes. On Linux,
//! these include access control lists. On macOS they do not (acl(3)), and a new version has no list.

use std::fs::{File, Metadata};
use std::io;

use camino::Utf8Path;

/// Copies the owner, mode and extended attributes of a file to the file that replaces it.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn copy(old: &Utf8Path, meta: &Metadata, new: &File) -> io::Result<()> {
    copy_owner(meta, new)?;
    new.set_permissions(meta.permissions())?;
    // On Linux, an access control list is an extended attribute and sets the group bits of the mode: these come last.
    copy_extended(old, new)
}

#[cfg(unix)]
fn copy_owner(meta: &Metadata, new: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
        std::os::unix::fs::fchown(new, Some(meta.uid()), Some(meta.gid()))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn copy_owner(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn copy_extended(old: &Utf8Path, new: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};
    let mut names = vec![0; 64 << 10];
    let Ok(length) = listxattr(old.as_std_path(), &mut names[..]) else { return Ok(()) };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; 64 << 10];
        let Ok(length) = getxattr(old.as_std_path(), name, &mut value[..]) else { continue };
        let set = fsetxattr(new, name, &value[..length], XattrFlags::empty());
        if let Err(error) = set
            && !belongs_to_the_system(name)
        {
            return Err(error.into());
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn copy_extended(_: &Utf8Path, _: &File) -> io::Result<()> {
    Ok(())
}

// Returns whether the system sets an attribute itself. Not every user may copy such attributes (for example security
// labels).
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn belongs_to_the_system(name: &[u8]) -> bool {
    ["security.", "trusted.", "com.apple."].iter().any(|prefix| name.starts_with(prefix.as_bytes()))
}
