//! The links that home-manager is about to make and to remove. mcpgen plans before home-manager writes anything, but
//! its plan must be for the files that are there afterwards.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use camino::Utf8Path;

use super::{Location, canonicalize, is_in_nix_store, managed, real_directory, walk};
use crate::fs::FsError;
use crate::paths::{Environment, PlannedLinks};

/// Returns the environment after home-manager has made the links in `new` and removed those in `old`. A previous
/// generation without links has no directory `old`.
///
/// # Errors
/// Fails if `new` is not a directory.
pub fn plan_links(
    env: &Environment,
    new: &Utf8Path,
    old: Option<&Utf8Path>,
) -> Result<Environment, FsError> {
    let new = real_directory(&env.absolute(new))?;
    let home = canonicalize(&env.home).unwrap_or_else(|_| env.home.clone());
    let old = old.and_then(|old| canonicalize(&env.absolute(old)).ok());
    Ok(env.with_planned_links(PlannedLinks { home, new, old }))
}

/// Resolves the links of a path as they will be.
///
/// # Errors
/// Fails on dangling links and loops.
pub fn locate(env: &Environment, path: &Utf8Path) -> Result<Location, FsError> {
    env.planned_links().map_or_else(|| Location::new(path), |links| links.locate(path))
}

/// Returns whether a path will lead to a file or a directory.
pub fn leads_somewhere(env: &Environment, path: &Utf8Path) -> bool {
    let Some(links) = env.planned_links() else { return path.exists() };
    let location = links.locate(path);
    location.is_ok_and(|location| !location.is_removed && location.end.exists())
}

impl PlannedLinks {
    fn locate(&self, path: &Utf8Path) -> Result<Location, FsError> {
        let removes = Cell::new(false);
        let read_link = |link: &Utf8Path| {
            let end = self.read_link(link)?;
            removes.set(end.is_none());
            end.ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        let is_in_store = |end: &Utf8Path| is_in_nix_store(end) || end.starts_with(self.store());
        let end = walk(path, &read_link).map_err(|error| managed(error, is_in_store))?;
        let mut location = Location::leading_to(path, end);
        location.is_in_store = is_in_store(&location.end);
        location.is_removed = removes.get();
        if location.is_removed {
            location.identity = None;
        }
        Ok(location)
    }

    // The Nix store, which is usually /nix/store.
    fn store(&self) -> &Utf8Path {
        self.new.parent().unwrap_or(&self.new)
    }

    // Returns nothing if home-manager removes the link.
    fn read_link(&self, link: &Utf8Path) -> io::Result<Option<PathBuf>> {
        let Ok(below_home) = link.strip_prefix(&self.home) else {
            return std::fs::read_link(link).map(Some);
        };
        let made = self.new.join(below_home);
        if is_leaf(&made) {
            return Ok(Some(made.into()));
        }
        let end = match std::fs::read_link(link) {
            // A new directory is not a link.
            Err(_) if made.is_dir() => return Err(io::ErrorKind::InvalidInput.into()),
            other => other?,
        };
        Ok((!self.removes(below_home, &end)).then_some(end))
    }

    // home-manager removes a link of the previous generation if it leads to the links of some generation.
    fn removes(&self, below_home: &Utf8Path, end: &Path) -> bool {
        let is_old = || self.old.as_ref().is_some_and(|old| is_leaf(&old.join(below_home)));
        let in_store = Utf8Path::from_path(end).and_then(|end| end.strip_prefix(self.store()).ok());
        let generation = in_store.and_then(|end| end.components().next());
        generation.is_some_and(|name| name.as_str().ends_with("-home-manager-files")) && is_old()
    }
}

fn is_leaf(path: &Utf8Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| !meta.is_dir())
}
