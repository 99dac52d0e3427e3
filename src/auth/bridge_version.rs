//! Which version of mcp-remote a bridge is. Directories, keys and ports of the cache changed over
//! the years, and all versions are still in use.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::native::is_native;
use crate::paths::{Environment, Os};

mod installed;

/// A version of mcp-remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

/// What later versions changed, as far as it matters for signing in. Options are in `bridge_flags.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// A callback port derived from the cache key, instead of 3334.
    DerivedPort,
    /// A different default callback host on Windows.
    NumericHostOnWindows,
    /// One directory per version, instead of one for all.
    VersionDirectory,
    /// The resource and the headers in the cache key.
    ResourceAndHeadersInKey,
    /// One directory for all versions.
    SharedDirectory,
    /// White space around the value of `--resource` is removed.
    TrimmedResource,
}

// The last version of each minor line, for ranges like `^0.1.29`.
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
    /// The newest version whose cache format is known. Newer ones are assumed to be the same.
    pub const NEWEST: Self = Self::new(0, 15, 1);

    /// Makes a version from its numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Parses the version in `mcp-remote@VERSION` as npm does: complete, a prefix, or a range with
    /// `^` or `~`, which means its newest version. Returns `None` for tags like `latest`.
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

    /// Finds the version that a command line starts: from `mcp-remote@VERSION`, or from the package
    /// that a path leads into. Otherwise npm uses a globally installed one, or the newest.
    pub fn from_command(bridge: &[String], env: &Environment) -> Self {
        // Packages next to mcpgen's own program do not matter.
        if is_native(bridge) {
            return Self::NEWEST;
        }
        let newest = || installed::beside_npx(bridge, env).unwrap_or(Self::NEWEST);
        let spelled = bridge.iter().find_map(|word| Some(spec(word)?.unwrap_or_else(newest)));
        // A single word is a program on PATH; after another word it is a package for npm.
        if let (Some(version), 2..) = (spelled, bridge.len()) {
            return version;
        }
        bridge.iter().find_map(|word| installed::at(word, env)).unwrap_or(Self::NEWEST)
    }

    /// Returns the directory of this version, below the base directory.
    pub fn directory(self, base: &Utf8Path) -> Utf8PathBuf {
        if self.has(Feature::SharedDirectory) {
            return base.join(SHARED_DIRECTORY);
        }
        if self.has(Feature::VersionDirectory) {
            return base.join(format!("{PACKAGE}-{}", self.written()));
        }
        base.to_owned()
    }

    // The packages 0.1.32 to 0.1.39 contain the previous version number.
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
            Feature::TrimmedResource => Self::new(0, 1, 43),
            Feature::NumericHostOnWindows => Self::new(0, 1, 47),
            Feature::SharedDirectory => Self::new(0, 3, 2),
        }
    }

    /// Returns the default host of the redirect URI.
    pub fn default_host(self, os: Os) -> &'static str {
        match os {
            Os::Windows if self.has(Feature::NumericHostOnWindows) => "127.0.0.1",
            Os::Windows | Os::Linux | Os::Macos => "localhost",
        }
    }
}

/// The directory that all versions since 0.3.2 share; its number is that of the layout.
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

// Parses `mcp-remote`, `mcp-remote@0.1.38`, `--package=mcp-remote@latest`; the inner `None` is a
// bare name. A tag means the newest version.
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
