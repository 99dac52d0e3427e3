//! Secrets and secret references, without the stores: parsing, masking and holding them in memory.
//!
//! The module `secret_store` resolves references. It does so when a server starts, never when a file is rendered.

use std::fmt;

use zeroize::Zeroizing;

pub mod literal;

mod redact;
mod reference;
mod scheme;

pub use redact::redact;
pub use reference::SecretReference;
pub use scheme::{
    OTHER_SCHEMES_SPELLED, SCHEME_NAMES, SCHEMES_SPELLED, SecretLocation, SecretReferenceError,
    is_dotenv_name,
};

/// The size limit of a secret. Linux passes no environment variable of more than 128 KiB.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Holds a secret. It has no `Display`, its `Debug` output is empty, and its memory is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// Says why the bytes from a store are not a usable secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusableSecret {
    /// They are blank.
    Empty,
    /// They are not UTF-8.
    NotUtf8,
}

impl Secret {
    /// Wraps a string.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Decodes the bytes from a store. It removes one line break at the end, which editors and programs add.
    ///
    /// # Errors
    /// Fails if the bytes are blank or not UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnusableSecret> {
        let text = std::str::from_utf8(bytes).map_err(|_| UnusableSecret::NotUtf8)?;
        let text =
            text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if text.trim().is_empty() {
            return Err(UnusableSecret::Empty);
        }
        Ok(Self::new(text.to_owned()))
    }

    /// Returns the secret as a plain string.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_a_secret() {
        for (bytes, want) in [
            ("t", "t"),
            ("t\n", "t"),
            ("t\r\n", "t"),
            ("t\n\n", "t\n"),
            (" t ", " t "),
            ("t\r", "t\r"),
        ] {
            assert_eq!(Secret::from_bytes(bytes.as_bytes()).unwrap().expose(), want);
        }
        assert_eq!(Secret::from_bytes(b"\n"), Err(UnusableSecret::Empty));
        assert_eq!(Secret::from_bytes(b"\xff"), Err(UnusableSecret::NotUtf8));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(…)");
        let reference = SecretReference::parse("command:x ghp_0123456789abcdefghij").unwrap();
        assert!(!format!("{reference} {reference:?}").contains("ghp_0123"));
    }
}
