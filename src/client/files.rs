//! The paths of a client's files, for the user and in a project.

use camino::{Utf8Path, Utf8PathBuf};

use super::Client;
use crate::fs::leads_somewhere;
use crate::paths::{Environment, Expanded, Os, PathError};

impl Client {
    /// Returns whether the client runs on an operating system, that is, whether its row has a path for that system.
    pub fn runs_on(&self, os: Os) -> bool {
        self.paths.get(&os).is_some_and(|paths| !paths.is_empty())
    }

    /// Returns the user's file. If an environment variable names it, this is the only candidate. Otherwise, it is the
    /// first candidate that exists, or the file to create. Returns `None` if the client does not run on this system.
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let candidates = self.candidates(env)?;
        let several = candidates.len() > 1;
        if let Some(found) = candidates.iter().find(|path| several && leads_somewhere(env, path)) {
            return Ok(Some(found.clone()));
        }
        let created = if several { self.created_path(env)? } else { None };
        Ok(created.or(candidates.into_iter().next()))
    }

    /// Returns every path that the user's file may have. If an environment variable names the file, there is only one
    /// path.
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn candidates(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        let mut candidates = vec![];
        for pattern in self.paths.get(&env.os).into_iter().flatten() {
            match env.expand(pattern)? {
                Expanded::Decided(path) => return Ok(vec![path]),
                Expanded::Candidate(path) => candidates.push(path),
                Expanded::Unset(_) => {}
            }
        }
        Ok(candidates)
    }

    /// Returns all existing files of the user whose entries the client merges. Empty if the client reads only one file.
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn layers(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        let paths = self.layer_paths(env)?.into_iter();
        Ok(paths.filter(|path| leads_somewhere(env, path)).collect())
    }

    /// Returns the paths of all files of the user whose entries the client merges, like [`Self::layers`].
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn layer_paths(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        let mut layers = vec![];
        for pattern in self.layers.get(&env.os).into_iter().flatten() {
            layers.extend(env.expand(pattern)?.path());
        }
        Ok(layers)
    }

    /// Returns all existing files of a project whose entries the client merges, like [`Self::layers`].
    pub fn project_layers(&self, project: &Utf8Path) -> Vec<Utf8PathBuf> {
        let merges = !self.layers.is_empty();
        let paths = self.project_paths(project).into_iter();
        paths.filter(|path| merges && path.exists()).collect()
    }

    // Returns the file that is created if none of the candidates exists.
    fn created_path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let Some(pattern) = &self.create else { return Ok(None) };
        Ok(env.expand(pattern)?.path())
    }

    /// Returns whether the user's file or its directory exists. The home directory does not count.
    pub fn is_installed(&self, env: &Environment) -> bool {
        let has_directory = |path: &Utf8PathBuf| {
            path.parent().is_some_and(|parent| parent != env.home && parent.exists())
        };
        let candidates = self.candidates(env).unwrap_or_default();
        candidates.iter().any(|path| path.exists() || has_directory(path))
    }

    /// Returns the path that the user's file has on a new machine.
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn fresh_path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let created = self.created_path(env)?;
        Ok(created.or(self.candidates(env)?.into_iter().next()))
    }

    /// Returns every path that the user's file may have if no environment variable changes it.
    ///
    /// # Errors
    /// Fails if the row's path cannot be expanded.
    pub fn fresh_paths(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        self.candidates(&Environment::bare(env.os, &env.home))
    }

    /// Returns the client's first path in a project, relative to the project.
    pub fn fresh_project_path(&self) -> Option<&Utf8Path> {
        self.project.first().map(Utf8Path::new)
    }

    /// Returns the client's file in a project: the first that exists, otherwise the first. Returns `None` if the client
    /// has no file in projects.
    pub fn project_path(&self, project: &Utf8Path) -> Option<Utf8PathBuf> {
        first_existing(self.project_paths(project))
    }

    /// Returns every path that the client's file may have in a project.
    pub fn project_paths(&self, project: &Utf8Path) -> Vec<Utf8PathBuf> {
        self.project.iter().map(|path| project.join(path)).collect()
    }

    /// Returns whether a path in a project is one that the client reads.
    pub fn has_project_path(&self, project: &Utf8Path, path: &Utf8Path) -> bool {
        self.project_paths(project).iter().any(|own| own == path)
    }
}

fn first_existing(paths: Vec<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    if paths.len() == 1 {
        return paths.into_iter().next();
    }
    let found = paths.iter().find(|path| path.exists()).or(paths.first());
    found.cloned()
}
