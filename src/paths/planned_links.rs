//! The links that home-manager is about to make and to remove.

use camino::Utf8PathBuf;

use super::Environment;

/// The links of two generations of home-manager. All paths are real paths.
#[derive(Debug, Clone)]
pub struct PlannedLinks {
    /// The home directory.
    pub home: Utf8PathBuf,
    /// The directory `home-files` of the new generation.
    pub new: Utf8PathBuf,
    /// The directory `home-files` of the previous generation.
    pub old: Option<Utf8PathBuf>,
}

impl Environment {
    /// Returns the environment in which these links are planned.
    #[must_use]
    pub fn with_planned_links(&self, links: PlannedLinks) -> Self {
        Self { links: Some(links), ..self.clone() }
    }

    /// Returns the planned links, if there are any.
    pub fn planned_links(&self) -> Option<&PlannedLinks> {
        self.links.as_ref()
    }
}
