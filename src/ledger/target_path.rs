//! The key of a row.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::path::Path;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// The path of a file. The comparison of two paths by the standard library takes a fraction of the time that camino's
/// takes, and gives the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetPath(pub Utf8PathBuf);

impl Ord for TargetPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_std_path().cmp(other.0.as_std_path())
    }
}

impl PartialOrd for TargetPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<Path> for TargetPath {
    fn borrow(&self) -> &Path {
        self.0.as_std_path()
    }
}
