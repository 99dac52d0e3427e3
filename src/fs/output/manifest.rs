//! The manifest of an output directory, which lists the files that a command wrote.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Name, Obstacle};

/// The manifest's name in the directory.
pub const FILE: &str = ".mcpgen-manifest.json";

const VERSION: u32 = 1;

/// The command that fills a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `render --out`.
    Render,
    /// `man`.
    Man,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Render => "render",
            Self::Man => "man",
        })
    }
}

/// The files of an output with their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    version: u32,
    kind: Kind,
    files: BTreeMap<Name, String>,
    // During a write, the files that will be replaced or removed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    before: BTreeMap<Name, String>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Manifest {
    /// Creates a manifest of new files, and of old files that will be replaced or removed, with their digests.
    pub fn new(kind: Kind, files: BTreeMap<Name, String>, before: BTreeMap<Name, String>) -> Self {
        Self { version: VERSION, kind, files, before }
    }

    /// Reads the manifest of an output of this kind.
    ///
    /// # Errors
    /// Fails if the manifest is damaged, has another version, or is of another kind.
    pub fn read(bytes: &[u8], kind: Kind) -> Result<Self, Obstacle> {
        let version: Version = serde_json::from_slice(bytes).map_err(|_| Obstacle::NotManifest)?;
        if version.version > VERSION {
            return Err(Obstacle::Newer);
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| Obstacle::NotManifest)?;
        if manifest.version != VERSION {
            return Err(Obstacle::NotManifest);
        }
        if manifest.kind != kind {
            return Err(Obstacle::OtherKind(manifest.kind));
        }
        Ok(manifest)
    }

    /// Serializes the manifest as JSON.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Returns the names of all listed files, old and new.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.files.keys().chain(self.before.keys())
    }

    /// Returns the digests that a file may have. Returns none if the manifest does not list the file.
    pub fn digests(&self, name: &str) -> impl Iterator<Item = &String> {
        self.files.get(name).into_iter().chain(self.before.get(name))
    }
}

/// Computes a file's digest.
pub fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
