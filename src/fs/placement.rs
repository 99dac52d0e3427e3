//! Decides whether a rename can replace a file, or whether the file must be written in place.

use std::fs::Metadata;

use camino::Utf8Path;

use super::FsError;

/// The way in which a new version replaces a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// A complete new file is exchanged with the old one in one step.
    Exchange,
    /// The file is written in place, because a rename cannot replace it, would change its owner, or would separate it
    /// from its other hard links.
    InPlace,
}

/// Returns how a file can be replaced. A missing file can be created by [`Placement::Exchange`].
///
/// # Errors
/// Fails if the file is immutable or append-only.
pub fn placement(end: &Utf8Path) -> Result<Placement, FsError> {
    let Ok(meta) = std::fs::symlink_metadata(end) else { return Ok(Placement::Exchange) };
    let attributes = attributes(end);
    if attributes.immutable {
        return Err(FsError::Immutable(end.to_owned()));
    }
    let in_place = attributes.mount_point || has_other_names(end, &meta) || is_someone_elses(&meta);
    Ok(if in_place { Placement::InPlace } else { Placement::Exchange })
}

#[derive(Default)]
struct Attributes {
    mount_point: bool,
    immutable: bool,
}

// statx(2) has STATX_ATTR_MOUNT_ROOT since Linux 5.8. On an older kernel, the rename fails and staged.rs handles the
// error.
#[cfg(target_os = "linux")]
fn attributes(end: &Utf8Path) -> Attributes {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let Ok(found) = statx(CWD, end.as_std_path(), flags, StatxFlags::BASIC_STATS) else {
        return Attributes::default();
    };
    let set = found.stx_attributes & found.stx_attributes_mask;
    Attributes {
        mount_point: set.contains(StatxAttributes::MOUNT_ROOT),
        immutable: set.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND),
    }
}

// The flags of chflags(2). The Finder calls a file with UF_IMMUTABLE locked.
#[cfg(target_os = "macos")]
fn attributes(end: &Utf8Path) -> Attributes {
    const UF_IMMUTABLE: u32 = 0x0000_0002;
    const UF_APPEND: u32 = 0x0000_0004;
    const SF_IMMUTABLE: u32 = 0x0002_0000;
    const SF_APPEND: u32 = 0x0004_0000;
    let flags = std::fs::symlink_metadata(end)
        .map_or(0, |meta| std::os::macos::fs::MetadataExt::st_flags(&meta));
    let immutable = flags & (UF_IMMUTABLE | UF_APPEND | SF_IMMUTABLE | SF_APPEND) != 0;
    Attributes { immutable, ..Attributes::default() }
}

// On Windows, no rename can replace a read-only file.
#[cfg(windows)]
fn attributes(end: &Utf8Path) -> Attributes {
    let immutable = std::fs::symlink_metadata(end).is_ok_and(|meta| meta.permissions().readonly());
    Attributes { immutable, ..Attributes::default() }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn attributes(_: &Utf8Path) -> Attributes {
    Attributes::default()
}

#[cfg(unix)]
fn has_other_names(_: &Utf8Path, meta: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(meta) > 1
}

// Only root can create a new file with another owner, or with a group that the user is not a member of.
#[cfg(unix)]
fn is_someone_elses(meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid();
    if user.is_root() {
        return false;
    }
    meta.uid() != user.as_raw() || !is_member(meta.gid())
}

#[cfg(unix)]
fn is_member(group: u32) -> bool {
    let is_it = |one: &rustix::process::Gid| one.as_raw() == group;
    is_it(&rustix::process::getegid())
        || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(is_it))
}

#[cfg(not(unix))]
fn has_other_names(end: &Utf8Path, _: &Metadata) -> bool {
    information(end).is_ok_and(|file| file.number_of_links() > 1)
}

/// Returns what Windows knows about a file, which the standard library does not return.
///
/// # Errors
/// Fails if the operating system returns an error.
#[cfg(not(unix))]
pub(super) fn information(path: &Utf8Path) -> std::io::Result<winapi_util::file::Information> {
    // Of a directory too, and without any access to the content.
    winapi_util::file::information(winapi_util::Handle::from_path_any(path)?)
}

#[cfg(not(unix))]
fn is_someone_elses(_: &Metadata) -> bool {
    false
}
