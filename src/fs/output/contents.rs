//! Reads a directory that is about to be filled: an earlier output, or the first obstacle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::{self, Kind, Manifest};
use super::name::{LOCK, Name, is_temporary};
use super::{Files, FsError, Obstacle, OutputError};

// More bytes than any file of an output has. A larger file was edited.
const LIMIT: u64 = 64 * 1024 * 1024;

/// An earlier output.
pub struct Contents {
    /// Its manifest's bytes.
    pub manifest: Option<Vec<u8>>,
    /// Its files that exist.
    pub files: Files,
    /// The files that its manifest names, including missing files.
    pub names: BTreeSet<Name>,
    /// Temporary files that a killed run left.
    pub leftovers: Vec<Utf8PathBuf>,
}

/// Reads the contents of a directory, and changes nothing.
///
/// # Errors
/// Fails with the first obstacle, in the order of the names.
pub fn look(root: &Utf8Path, kind: Kind, wanted: &Files) -> Result<Contents, OutputError> {
    let path = root.join(manifest::FILE);
    let bytes = match metadata(&path)? {
        Some(meta) => Some(read(&path, &meta)?),
        None => None,
    };
    let read = |bytes: &Vec<u8>| {
        Manifest::read(bytes, kind).map_err(|obstacle| OutputError::obstacle(&path, obstacle))
    };
    let manifest = match bytes.as_ref().map(read).transpose()? {
        Some(manifest) => manifest,
        None => Manifest::new(kind, BTreeMap::new(), BTreeMap::new()),
    };
    let names: BTreeSet<Name> = manifest.names().cloned().collect();
    let contents = Contents { manifest: bytes, files: Files::new(), names, leftovers: vec![] };
    let mut look = Look { root, kind, manifest: &manifest, contents };
    look.directory("")?;
    // Fails if the file system does not allow one of the new names.
    wanted.keys().try_for_each(|name| metadata(&root.join(name.as_str())).map(drop))?;
    Ok(look.contents)
}

struct Look<'a> {
    root: &'a Utf8Path,
    kind: Kind,
    manifest: &'a Manifest,
    contents: Contents,
}

impl Look<'_> {
    fn directory(&mut self, relative: &str) -> Result<(), OutputError> {
        let directory = self.root.join(relative);
        let mut names = vec![];
        for entry in std::fs::read_dir(&directory).map_err(FsError::io(&directory, "read"))? {
            let entry = entry.map_err(FsError::io(&directory, "read"))?;
            names.push(entry.file_name().into_string().map_err(|name| {
                let path = directory.join(name.to_string_lossy().as_ref());
                OutputError::obstacle(path, Obstacle::Foreign(self.kind))
            })?);
        }
        names.sort();
        let below = |name: &String| match relative {
            "" => name.clone(),
            _ => format!("{relative}/{name}"),
        };
        names
            .iter()
            .filter(|name| below(name) != manifest::FILE)
            .try_for_each(|name| self.entry(name, &below(name)))
    }

    fn entry(&mut self, name: &str, relative: &str) -> Result<(), OutputError> {
        let path = self.root.join(relative);
        let Some(meta) = metadata(&path)? else { return Ok(()) };
        let known = self.contents.names.get(relative).cloned();
        let leads = |name: &Name| name.directories().any(|directory| directory == relative);
        // After a killed run, the manifest may list a path both as a file and as a directory.
        let is_directory = meta.is_dir() || known.is_none();
        if is_directory && self.contents.names.iter().any(leads) {
            expect_directory(&path, &meta)?;
            return self.directory(relative);
        }
        if is_temporary(name) && irregular(&path, &meta).is_none() {
            if name != LOCK {
                self.contents.leftovers.push(path);
            }
            return Ok(());
        }
        let Some(known) = known else {
            let link = irregular(&path, &meta).filter(|_| meta.is_symlink());
            return Err(OutputError::obstacle(path, link.unwrap_or(Obstacle::Foreign(self.kind))));
        };
        let bytes = read(&path, &meta)?;
        if !self.manifest.digests(relative).any(|digest| *digest == manifest::digest(&bytes)) {
            return Err(OutputError::obstacle(path, Obstacle::Edited(self.kind)));
        }
        self.contents.files.insert(known, bytes);
        Ok(())
    }
}

/// Returns the metadata of a path without following a link, or `None` if nothing exists there.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn metadata(path: &Utf8Path) -> Result<Option<Metadata>, FsError> {
    match std::fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        Err(e) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&e.kind()) => {
            Ok(None)
        }
        Err(e) => Err(FsError::io(path, "read")(e)),
    }
}

/// Checks that a path is a directory, and not a link to one.
///
/// # Errors
/// Fails with the obstacle at the path.
pub fn expect_directory(path: &Utf8Path, meta: &Metadata) -> Result<(), OutputError> {
    if meta.is_dir() {
        return Ok(());
    }
    let link = irregular(path, meta).filter(|_| meta.is_symlink());
    Err(OutputError::obstacle(path, link.unwrap_or(Obstacle::NotDirectory)))
}

// Returns why a path is not a regular file with a single name.
fn irregular(path: &Utf8Path, meta: &Metadata) -> Option<Obstacle> {
    if meta.is_symlink() {
        let end = std::fs::read_link(path).unwrap_or_default();
        return Some(Obstacle::Link(end.to_string_lossy().into_owned()));
    }
    match (meta.is_dir(), meta.is_file()) {
        (true, _) => Some(Obstacle::Directory),
        (_, false) => Some(Obstacle::Special),
        (_, true) => (links(path, meta) > 1).then_some(Obstacle::HardLink),
    }
}

#[cfg(unix)]
fn links(_: &Utf8Path, meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(meta)
}

#[cfg(not(unix))]
fn links(path: &Utf8Path, _: &Metadata) -> u64 {
    crate::fs::placement::information(path).map_or(1, |file| file.number_of_links())
}

// Checks the file again after it is opened, because it may have been replaced in the meantime.
fn read(path: &Utf8Path, meta: &Metadata) -> Result<Vec<u8>, OutputError> {
    let check = |meta: &Metadata| match irregular(path, meta) {
        Some(obstacle) => Err(OutputError::obstacle(path, obstacle)),
        None => Ok(()),
    };
    check(meta)?;
    let file = open(path).map_err(FsError::io(path, "read"))?;
    check(&file.metadata().map_err(FsError::io(path, "read"))?)?;
    let mut bytes = vec![];
    file.take(LIMIT).read_to_end(&mut bytes).map_err(FsError::io(path, "read"))?;
    Ok(bytes)
}

// Does not follow a link, and does not wait for a pipe.
#[cfg(unix)]
fn open(path: &Utf8Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path.as_std_path(), flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Utf8Path) -> io::Result<File> {
    crate::fs::rename::open(path, std::fs::OpenOptions::new().read(true))
}
