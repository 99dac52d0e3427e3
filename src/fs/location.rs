//! Resolves the links of a path. Two paths to one file are therefore recognized as the same file, and a path that leads
//! out of its directory is detected before anything is read or written.

use std::io;
use std::path::PathBuf;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::FsError;
use crate::paths::native;

mod planned;

pub use planned::{leads_somewhere, locate, plan_links};

const NIX_STORE: &str = "/nix/store/";
// The maximum number of links in one path, as on Linux (path_resolution(7)).
const MAX_LINKS: usize = 40;

/// A client's path to a file, and the real path that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The path as the client names it.
    pub path: Utf8PathBuf,
    /// The real path, with all links resolved. The file and its last directories need not exist.
    pub end: Utf8PathBuf,
    /// Whether home-manager removes the link at the path before mcpgen writes the file.
    pub is_removed: bool,
    is_in_store: bool,
    identity: Option<Identity>,
}

// The device and inode numbers, which are equal for all hard links of a file.
type Identity = (u64, u64);

impl Location {
    /// Resolves a path.
    ///
    /// # Errors
    /// Fails on dangling links and loops.
    pub fn new(path: &Utf8Path) -> Result<Self, FsError> {
        Ok(Self::leading_to(
            path,
            real_path(path).map_err(|error| managed(error, is_in_nix_store))?,
        ))
    }

    fn leading_to(path: &Utf8Path, end: Utf8PathBuf) -> Self {
        let identity = identity(&end);
        let is_in_store = is_in_nix_store(&end);
        Self { path: native(path), end, is_removed: false, is_in_store, identity }
    }

    /// Creates a location without resolving links, for a file that is not read from the disk.
    pub fn unresolved(path: &Utf8Path) -> Self {
        let (path, end) = (path.to_owned(), path.to_owned());
        Self { path, end, is_removed: false, is_in_store: false, identity: None }
    }

    /// Resolves a path that must not lead out of `root`. `root` must be a real path.
    ///
    /// # Errors
    /// Fails like [`Self::new`], and with [`FsError::Outside`] if the path leads out of `root`.
    pub fn below(root: &Utf8Path, path: &Utf8Path) -> Result<Self, FsError> {
        let location = Self::new(path)?;
        if location.end.starts_with(root) {
            return Ok(location);
        }
        Err(FsError::Outside { path: path.to_owned(), end: location.end, root: root.to_owned() })
    }

    /// Checks that the file is not a link into the Nix store, which is read-only.
    ///
    /// # Errors
    /// Fails with [`FsError::ManagedByNix`].
    pub fn check_writable(&self) -> Result<(), FsError> {
        if self.end != self.path && self.is_in_store {
            let (path, end) = (self.path.clone(), self.end.clone());
            return Err(FsError::ManagedByNix { path, end });
        }
        Ok(())
    }

    /// Returns whether links lead the path to another place. Links above `base` (the home directory or the project) are
    /// ignored, because every path below `base` contains them.
    pub fn leads_elsewhere(&self, base: &Utf8Path) -> bool {
        let real_base = canonicalize(base).unwrap_or_else(|_| base.to_owned());
        match self.path.strip_prefix(base) {
            Ok(rest) => real_base.join(rest) != self.end,
            Err(_) => self.path != self.end,
        }
    }

    /// Returns whether two paths lead to the same file, by links or as hard links.
    pub fn is_same_file(&self, other: &Self) -> bool {
        // Two real paths are equal as strings, and a comparison of their parts takes longer.
        self.end.as_str() == other.end.as_str()
            || (self.identity.is_some() && self.identity == other.identity)
    }
}

#[cfg(unix)]
fn identity(path: &Utf8Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Utf8Path) -> Option<Identity> {
    let file = super::placement::information(path).ok()?;
    Some((file.volume_serial_number(), file.file_index()))
}

/// Returns the real path of a directory.
///
/// # Errors
/// Fails if the path does not exist or is not a directory.
pub fn real_directory(path: &Utf8Path) -> Result<Utf8PathBuf, FsError> {
    match canonicalize(path) {
        Ok(real) if real.is_dir() => Ok(real),
        Ok(_) => Err(FsError::NoDirectory(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(FsError::NoDirectory(path.to_owned()))
        }
        Err(error) => Err(FsError::io(path, "read")(error)),
    }
}

/// Resolves all links of a path, including links in its directories. The file may be missing, unless a link leads to
/// it.
///
/// # Errors
/// Fails on dangling links and loops.
pub fn real_path(path: &Utf8Path) -> Result<Utf8PathBuf, FsError> {
    match canonicalize(path) {
        Ok(end) => Ok(end),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(FsError::NotUtf8(path.to_owned()))
        }
        Err(_) => walk(path, &|link| std::fs::read_link(link)),
    }
}

/// Resolves all links of a path that exists.
///
/// # Errors
/// Fails if the operating system returns an error, and with [`io::ErrorKind::InvalidData`] if the path is not UTF-8.
pub(super) fn canonicalize(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    path.canonicalize_utf8().map(plain)
}

// Windows returns paths of the form `\\?\C:\…`, which nobody writes, and in which `/` is part of a name.
fn plain(path: Utf8PathBuf) -> Utf8PathBuf {
    match (path.as_str().strip_prefix(r"\\?\"), path.as_str().strip_prefix(r"\\?\UNC\")) {
        (Some(_), Some(share)) => format!(r"\\{share}").into(),
        (Some(local), None) if local.as_bytes().get(1) == Some(&b':') => local.into(),
        (Some(_) | None, _) => path,
    }
}

// Resolves a path component by component, to find a dangling link. `read_link` returns where a link leads.
fn walk(
    path: &Utf8Path,
    read_link: &dyn Fn(&Utf8Path) -> io::Result<PathBuf>,
) -> Result<Utf8PathBuf, FsError> {
    let mut end = Utf8PathBuf::new();
    let mut links = 0;
    let mut rest: Vec<(String, bool)> = parts(path, false);
    while let Some((part, from_link)) = rest.pop() {
        let next = end.join(&part);
        match read_link(&next) {
            Ok(_) if links == MAX_LINKS => return Err(FsError::LinkLoop(path.to_owned())),
            Ok(to) => {
                links += 1;
                let to = Utf8PathBuf::from_path_buf(to).map_err(|_| FsError::NotUtf8(next))?;
                rest.extend(parts(&to, true));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let missing: Utf8PathBuf = rest.into_iter().rev().map(|(part, _)| part).collect();
                let end = clean(&next.join(missing));
                let path = path.to_owned();
                return if from_link { Err(FsError::Dangling { path, end }) } else { Ok(end) };
            }
            Err(_) if part == ".." => drop(end.pop()),
            Err(_) => end = next,
        }
    }
    Ok(end)
}

// Returns the components of a path in reverse order, each with `from_link`.
fn parts(path: &Utf8Path, from_link: bool) -> Vec<(String, bool)> {
    let parts = path.components().rev().filter(|part| *part != Utf8Component::CurDir);
    parts.map(|part| (part.as_str().to_owned(), from_link)).collect()
}

fn is_in_nix_store(path: &Utf8Path) -> bool {
    path.as_str().starts_with(NIX_STORE)
}

// A garbage collection of Nix can leave a dangling link into the store. Nix still manages the file.
fn managed(error: FsError, is_in_store: impl Fn(&Utf8Path) -> bool) -> FsError {
    if let FsError::Dangling { path, end } = &error
        && is_in_store(end)
    {
        return FsError::ManagedByNix { path: path.clone(), end: end.clone() };
    }
    error
}

// Removes `.` and `..` without reading the disk. This is correct because the components before them are not links.
fn clean(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => drop(out.pop()),
            Utf8Component::Prefix(_) | Utf8Component::RootDir | Utf8Component::Normal(_) => {
                out.push(part);
            }
        }
    }
    out
}
