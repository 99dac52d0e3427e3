//! The operating systems.

use serde::Deserialize;

/// The operating systems for which the client table has paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Os {
    /// Linux and the other Unixes, which follow the XDG base directories.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

impl Os {
    /// The names in the client table.
    pub const WORDS: &[&str] = &["linux", "macos", "windows"];

    /// Returns all operating systems, in the order of their names.
    pub const fn all() -> [Self; 3] {
        [Self::Linux, Self::Macos, Self::Windows]
    }

    /// Finds an operating system by its name.
    pub fn parse(text: &str) -> Option<Self> {
        let at = Self::WORDS.iter().position(|word| *word == text)?;
        Self::all().get(at).copied()
    }

    /// Returns the operating system that this program was built for.
    pub const fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Macos
        } else {
            Self::Linux
        }
    }
}

impl TryFrom<String> for Os {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(text)
    }
}
