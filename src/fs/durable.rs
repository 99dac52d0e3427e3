//! Waits until files and their names are on the disk, with few requests to the disk for many files.

use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::fault;

/// Waits until the bytes of files are on the disk. A file must not be published before.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn sync_files(files: &[&File]) -> io::Result<()> {
    files.iter().try_for_each(|_| fault::point("before a temporary file is synced"))?;
    sync(files)?;
    fault::synced(files);
    Ok(())
}

/// Waits until the last renames of files are on the disk. Some file systems cannot sync a directory, so errors are
/// ignored.
pub fn sync_names<'a>(paths: impl Iterator<Item = &'a Utf8Path>) {
    let mut directories: Vec<Utf8PathBuf> =
        paths.filter_map(Utf8Path::parent).map(Utf8Path::to_owned).collect();
    directories.sort();
    directories.dedup();
    let opened: Vec<File> = directories.iter().filter_map(|it| File::open(it).ok()).collect();
    sync(&opened.iter().collect::<Vec<_>>()).ok();
}

#[cfg(target_os = "linux")]
fn sync(files: &[&File]) -> io::Result<()> {
    use std::collections::BTreeMap;
    use std::os::unix::fs::MetadataExt as _;
    // A sync of the whole file system also waits for what other programs wrote, so it is not worth it for few files.
    const FEW: usize = 8;
    if files.len() <= FEW {
        return files.iter().try_for_each(|file| file.sync_all());
    }
    let mut by_device: BTreeMap<u64, Vec<&File>> = BTreeMap::new();
    for file in files {
        by_device.entry(file.metadata()?.dev()).or_default().push(file);
    }
    by_device.into_values().try_for_each(|files| match files.as_slice() {
        [first, ..] if files.len() > FEW && is_synced_as_a_whole(first) => {
            Ok(rustix::fs::syncfs(first)?)
        }
        files => files.iter().try_for_each(|file| file.sync_all()),
    })
}

#[cfg(not(target_os = "linux"))]
fn sync(files: &[&File]) -> io::Result<()> {
    files.iter().try_for_each(|file| file.sync_all())
}

// Returns whether syncfs(2) is known to wait for the disk as fsync(2) does, which FUSE and network file systems do not
// promise. The numbers are those of statfs(2): btrfs, ext2 to ext4, F2FS, overlayfs, tmpfs and XFS.
#[cfg(target_os = "linux")]
fn is_synced_as_a_whole(file: &File) -> bool {
    const KNOWN: [u64; 6] =
        [0x9123_683e, 0xef53, 0xf2f5_2010, 0x794c_7630, 0x0102_1994, 0x5846_5342];
    let number = rustix::fs::fstatfs(file).ok().and_then(|it| u64::try_from(it.f_type).ok());
    number.is_some_and(|number| KNOWN.contains(&number))
}
