//! What a new version of a file takes over from the old one: owner, mode and extended attributes, which hold
//! access control lists too.

use std::fs::{File, Metadata};
use std::io;

use camino::Utf8Path;

/// Gives a new file the owner, mode and extended attributes of the file it replaces.
///
/// # Errors
/// Fails where the system refuses.
pub fn copy(old: &Utf8Path, meta: &Metadata, new: &File) -> io::Result<()> {
    copy_owner(meta, new)?;
    new.set_permissions(meta.permissions())?;
    // An access control list is an attribute and sets the mode's group bits, so it comes last.
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

// Security labels, which the system sets by itself and does not let everyone copy.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn belongs_to_the_system(name: &[u8]) -> bool {
    ["security.", "trusted.", "com.apple."].iter().any(|prefix| name.starts_with(prefix.as_bytes()))
}
