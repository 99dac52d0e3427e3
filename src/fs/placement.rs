//! Whether a file can be replaced by renaming another file onto it, or must be written in place.

use std::fs::Metadata;

use camino::Utf8Path;

use super::FsError;

/// How a new version of a file takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// A complete new file is exchanged with it in one step.
    Exchange,
    /// The file is written in place: a rename cannot replace it, or would separate it from its other names.
    InPlace,
}

/// Finds out how a file can be replaced; a missing one is simply created.
///
/// # Errors
/// Fails on a file that the system keeps from being changed at all.
pub fn placement(end: &Utf8Path) -> Result<Placement, FsError> {
    let Ok(meta) = std::fs::symlink_metadata(end) else { return Ok(Placement::Exchange) };
    let attributes = attributes(end);
    if attributes.immutable {
        return Err(FsError::Immutable(end.to_owned()));
    }
    let in_place = attributes.mount_point || has_other_names(&meta) || is_someone_elses(&meta);
    Ok(if in_place { Placement::InPlace } else { Placement::Exchange })
}

#[derive(Default)]
struct Attributes {
    mount_point: bool,
    immutable: bool,
}

// statx(2): STATX_ATTR_MOUNT_ROOT since Linux 5.8; an older kernel refuses the rename, which is handled there.
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

#[cfg(not(target_os = "linux"))]
fn attributes(_: &Utf8Path) -> Attributes {
    Attributes::default()
}

#[cfg(unix)]
fn has_other_names(meta: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(meta) > 1
}

// Only its owner and root can give a new file to the same owner.
#[cfg(unix)]
fn is_someone_elses(meta: &Metadata) -> bool {
    let user = rustix::process::geteuid();
    !user.is_root() && std::os::unix::fs::MetadataExt::uid(meta) != user.as_raw()
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_someone_elses(_: &Metadata) -> bool {
    false
}
