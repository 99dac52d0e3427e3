//! The project directory that an apply works in.

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::{self, FsError, Location};
use crate::ledger::Target;

/// The project whose files are worked on.
#[derive(Debug, Clone)]
pub struct ProjectRoot {
    root: Utf8PathBuf,
    follow_links: bool,
}

impl ProjectRoot {
    /// Resolves a project's directory. A path in the project that leads out of it is an error, unless `follow_links` is
    /// set.
    ///
    /// # Errors
    /// Fails if the directory does not exist.
    pub fn new(path: Utf8PathBuf, follow_links: bool) -> Result<Self, FsError> {
        Ok(Self { root: fs::real_directory(&path)?, follow_links })
    }

    /// Creates the root of a project that may be missing, so that its entries can be forgotten.
    pub fn gone(path: Utf8PathBuf, follow_links: bool) -> Self {
        let root = fs::real_path(&path).unwrap_or(path);
        Self { root, follow_links }
    }

    /// Returns its real path.
    pub fn path(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the path of a file relative to the project, if the file is in it.
    pub fn relative(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let real = fs::real_path(path).ok()?;
        real.strip_prefix(&self.root).ok().map(Utf8Path::to_owned)
    }

    /// Resolves a path in the project.
    ///
    /// # Errors
    /// Fails if the path leads out of the project, and on dangling links and loops.
    pub fn locate(&self, path: &Utf8Path) -> Result<Location, FsError> {
        if self.follow_links { Location::new(path) } else { Location::below(&self.root, path) }
    }

    /// Returns whether a row belongs to this project. A row of an older mcpgen may name the project by a link.
    pub fn has(&self, row: &Target) -> bool {
        let real = |path: &Utf8PathBuf| fs::real_path(path).unwrap_or_else(|_| path.clone());
        row.project.as_ref().is_some_and(|path| *path == self.root || real(path) == self.root)
    }
}
