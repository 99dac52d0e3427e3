//! Reads the files that are in the place of a timer's files.

use camino::{Utf8Path, Utf8PathBuf};

use super::mark::is_unedited;
use super::{TimerError, TimerManager};
use crate::fs::{self, FsError, Location};
use crate::paths::{Environment, user_number};

/// The file in the place of a timer's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// Nothing.
    Absent,
    /// A file of mcpgen, with its content.
    Ours(String),
    /// A file of mcpgen that was edited later.
    Edited,
    /// A file that mcpgen did not write.
    Foreign,
    /// A file of home-manager, with its content if it exists.
    Nix(Option<String>),
}

/// Returns whether there is a timer. One that another program manages, or that a user has edited, counts too.
pub fn has_timer(env: &Environment) -> bool {
    let manager = TimerManager::new(env, user_number());
    let mut paths = manager.paths.iter().chain(&manager.other_path);
    paths.any(|path| !matches!(manager.installed(path), Ok(Installed::Absent)))
}

impl TimerManager {
    /// Reads the file in the place of a timer's file.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn installed(&self, path: &Utf8Path) -> Result<Installed, FsError> {
        let text = |bytes: Vec<u8>| self.decode(&bytes);
        match Location::new(path).and_then(|location| location.check_writable()) {
            Err(FsError::ManagedByNix { .. }) => {
                return Ok(Installed::Nix(fs::read(path).ok().flatten().and_then(text)));
            }
            other => other?,
        }
        let Some(bytes) = fs::read(path)? else { return Ok(Installed::Absent) };
        let Some(text) = text(bytes) else { return Ok(Installed::Foreign) };
        if self.other_path.as_deref() == Some(path) {
            return Ok(Installed::Nix(Some(text)));
        }
        Ok(match is_unedited(&text) {
            Some(true) => Installed::Ours(text),
            Some(false) => Installed::Edited,
            None => Installed::Foreign,
        })
    }

    /// Reads the files of mcpgen's timer, in the order of their paths. A file that does not exist is `None`.
    ///
    /// # Errors
    /// Fails if Nix manages the timer, if mcpgen did not write a file, or if a file was edited.
    pub fn own_files(&self) -> Result<Vec<Option<String>>, TimerError> {
        if let Some(path) = self.other_path.as_ref().filter(|path| fs::is_there(path)) {
            return Err(TimerError::ManagedByNix(path.clone()));
        }
        let own = |path: &Utf8PathBuf| match self.installed(path)? {
            Installed::Absent => Ok(None),
            Installed::Ours(text) => Ok(Some(text)),
            Installed::Edited => Err(TimerError::Edited(path.clone())),
            Installed::Foreign => Err(TimerError::Foreign(path.clone())),
            Installed::Nix(_) => Err(TimerError::ManagedByNix(path.clone())),
        };
        self.paths.iter().map(own).collect()
    }
}
