//! The path of a file in an output directory.

use std::borrow::Borrow;
use std::fmt;

use camino::{Utf8Component, Utf8Path};
use serde::{Deserialize, Serialize};

use super::manifest;

/// A relative path with `/` between its components. It contains no `..` and no name that is reserved for mcpgen's own
/// files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// Reads a path. Returns `None` if the path is absolute, empty or reserved, or contains `..` or a null byte.
    pub fn new(path: &Utf8Path) -> Option<Self> {
        let mut parts = vec![];
        for part in path.components() {
            match part {
                Utf8Component::Normal(part) if !part.contains('\0') => parts.push(part),
                Utf8Component::CurDir => {}
                Utf8Component::Normal(_)
                | Utf8Component::ParentDir
                | Utf8Component::RootDir
                | Utf8Component::Prefix(_) => return None,
            }
        }
        let reserved = parts.iter().any(|part| is_temporary(part)) || parts == [manifest::FILE];
        (!parts.is_empty() && !reserved).then(|| Self(parts.join("/")))
    }

    /// Returns the directories of the path, the innermost first.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.0.rmatch_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// Returns the path as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = Self::new(Utf8Path::new(&text)).filter(|name| name.0 == text);
        name.ok_or_else(|| format!("`{text}` is not a path in an output directory"))
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The prefix and suffix of the name of a temporary file. Six letters or digits are between them.
pub const TEMPORARY: (&str, &str) = (".mcpgen-", ".tmp");

/// The name of the file that is open while mcpgen fills a directory on Windows. It has the form of a temporary file's
/// name, so no file of an output has it.
pub const LOCK: &str = ".mcpgen-locked.tmp";

/// Returns whether a name has the form of a temporary file's name.
pub fn is_temporary(name: &str) -> bool {
    let middle = name.strip_prefix(TEMPORARY.0).and_then(|rest| rest.strip_suffix(TEMPORARY.1));
    middle.is_some_and(|middle| {
        middle.len() == 6 && middle.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_directory_and_is_not_reserved() {
        for (path, want) in [
            ("a", Some("a")),
            ("./a//b/./c/", Some("a/b/c")),
            (".cursor/mcp.json", Some(".cursor/mcp.json")),
            ("a..b/...", Some("a..b/...")),
            ("a/.mcpgen-manifest.json", Some("a/.mcpgen-manifest.json")),
            (".mcpgen-manifest.json", None),
            ("a/.mcpgen-aB3dE6.tmp/b", None),
            ("..", None),
            ("a/../b", None),
            ("/a", None),
            ("", None),
            (".", None),
            ("a\0", None),
        ] {
            let name = Name::new(Utf8Path::new(path));
            assert_eq!(name.as_ref().map(Name::as_str), want, "{path}");
        }
        let name = Name::new(Utf8Path::new("a/b/c")).unwrap();
        assert_eq!(name.directories().collect::<Vec<_>>(), ["a/b", "a"]);
    }
}
