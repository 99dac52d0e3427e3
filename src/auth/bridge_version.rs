//! Which mcp-remote a bridge is, and what that version makes of the cache: folders, keys and ports changed
//! over the years, and all of them are still started somewhere.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::launch::is_native;
use crate::paths::{Environment, Os};

mod installed;

/// Holds a version of mcp-remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

/// Names what a bridge learned to take on its command line, where that matters for signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `--authorize-param`.
    AuthorizeParam,
    /// `--callback-path`.
    CallbackPath,
    /// `--client-metadata-url`.
    ClientMetadataUrl,
    /// A port made from the cache key, in place of 3334 for all.
    DerivedPort,
    /// `--disable-resource-parameter`, and white space around `--resource` that does not count.
    DisableResource,
    /// `--header-file`.
    HeaderFile,
    /// A callback host of its own on Windows.
    NumericHostOnWindows,
    /// A folder for each version, in place of one for all.
    VersionDirectory,
    /// The resource and the headers as parts of the cache key.
    ResourceAndHeadersInKey,
    /// One folder for all versions.
    SharedDirectory,
    /// `--token-endpoint`.
    TokenEndpoint,
}

// npm's newest of each line that ended, for ranges like `^0.1.29`.
const LAST_OF_LINE: [(u16, u16); 14] = [
    (0, 22),
    (1, 49),
    (2, 7),
    (3, 3),
    (4, 1),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 7),
    (9, 0),
    (10, 0),
    (11, 0),
    (12, 1),
    (13, 5),
];

const PACKAGE: &str = "mcp-remote";

impl BridgeVersion {
    /// The newest version whose cache is known. What a newer one does is taken for the same.
    pub const NEWEST: Self = Self::new(0, 15, 1);

    /// Makes a version.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads a version as npm takes it behind `mcp-remote@`: whole, the begin of one, or a range with `^` or
    /// `~`, which is its newest. A tag like `latest` is none.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.trim().trim_start_matches(['v', '=']);
        let range = bare.trim_start_matches(['^', '~']);
        let core = range.split(['-', '+']).next().unwrap_or_default();
        let parts: Vec<&str> = core.split('.').take_while(|part| !is_any(part)).collect();
        let numbers: Option<Vec<u16>> = parts.iter().map(|part| part.parse().ok()).collect();
        match numbers?.as_slice() {
            [major, minor, patch] if range.len() == bare.len() => {
                Some(Self::new(*major, *minor, *patch))
            }
            [0, minor] | [0, minor, _] => Some(Self::last_of_line(*minor)),
            [_, ..] => Some(Self::NEWEST),
            [] => None,
        }
    }

    fn last_of_line(minor: u16) -> Self {
        let line = LAST_OF_LINE.iter().find(|(known, _)| *known == minor);
        line.map_or(Self::NEWEST, |(minor, patch)| Self::new(0, *minor, *patch))
    }

    /// Finds the version that a bridge's command line starts: the one behind `mcp-remote@`, or that of the
    /// package a path leads into. Where nothing says one, npm takes the one that is installed for all, else the
    /// newest.
    pub fn from_command(bridge: &[String], env: &Environment) -> Self {
        // What lies beside mcpgen's own program is none of its business.
        if is_native(bridge) {
            return Self::NEWEST;
        }
        let newest = || installed::beside_npx(bridge, env).unwrap_or(Self::NEWEST);
        let spelled = bridge.iter().find_map(|word| Some(spec(word)?.unwrap_or_else(newest)));
        // A name alone is a program on PATH; behind another it is what npm is asked for.
        if let (Some(version), 2..) = (spelled, bridge.len()) {
            return version;
        }
        bridge.iter().find_map(|word| installed::at(word, env)).unwrap_or(Self::NEWEST)
    }

    /// Returns the folder this version keeps its files in, below the base folder.
    pub fn directory(self, base: &Utf8Path) -> Utf8PathBuf {
        if self.has(Feature::SharedDirectory) {
            return base.join(SHARED_DIRECTORY);
        }
        if self.has(Feature::VersionDirectory) {
            return base.join(format!("{PACKAGE}-{}", self.written()));
        }
        base.to_owned()
    }

    // The packages 0.1.32 to 0.1.39 carry the number of the version before.
    fn written(self) -> Self {
        let late = Self::new(0, 1, 32) <= self && self <= Self::new(0, 1, 39);
        if late { Self { patch: self.patch - 1, ..self } } else { self }
    }

    /// Returns whether this version has a feature.
    pub fn has(self, feature: Feature) -> bool {
        self >= match feature {
            Feature::VersionDirectory => Self::new(0, 0, 13),
            Feature::DerivedPort => Self::new(0, 1, 5),
            Feature::ResourceAndHeadersInKey => Self::new(0, 1, 30),
            Feature::DisableResource => Self::new(0, 1, 43),
            Feature::NumericHostOnWindows => Self::new(0, 1, 47),
            Feature::CallbackPath => Self::new(0, 2, 0),
            Feature::SharedDirectory => Self::new(0, 3, 2),
            Feature::HeaderFile => Self::new(0, 4, 0),
            Feature::AuthorizeParam => Self::new(0, 6, 0),
            Feature::ClientMetadataUrl => Self::new(0, 7, 0),
            Feature::TokenEndpoint => Self::new(0, 14, 0),
        }
    }

    /// Returns the host that a callback address has unless `--host` says another.
    pub fn default_host(self, os: Os) -> &'static str {
        match os {
            Os::Windows if self.has(Feature::NumericHostOnWindows) => "127.0.0.1",
            Os::Windows | Os::Linux | Os::Macos => "localhost",
        }
    }
}

/// The folder that all versions since 0.3.2 share; its number is the layout's.
pub const SHARED_DIRECTORY: &str = "mcp-remote-v1";

impl fmt::Display for BridgeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch } = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

fn is_any(part: &str) -> bool {
    ["x", "X", "*"].contains(&part)
}

// `mcp-remote`, `mcp-remote@0.1.38`, `--package=mcp-remote@latest`; the inner None is a bare name. A tag is the
// newest.
fn spec(word: &str) -> Option<Option<BridgeVersion>> {
    let word = word.strip_prefix("--package=").unwrap_or(word);
    let rest = word.strip_prefix(PACKAGE)?;
    if rest.is_empty() {
        return Some(None);
    }
    let version = rest.strip_prefix('@').map(BridgeVersion::parse)?;
    Some(Some(version.unwrap_or(BridgeVersion::NEWEST)))
}

#[cfg(test)]
mod tests;
