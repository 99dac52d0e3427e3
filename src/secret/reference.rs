//! A reference to a secret, which is safe to display.

use std::fmt;

use super::literal;
use super::scheme::{SecretLocation, SecretReferenceError};

/// Holds a reference to a secret: the string in the declaration and its parsed form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretReference {
    text: String,
    location: SecretLocation,
}

impl SecretReference {
    /// Parses a reference.
    ///
    /// # Errors
    /// Fails if the scheme is unknown or the rest does not name a secret.
    pub fn parse(text: &str) -> Result<Self, SecretReferenceError> {
        let location = SecretLocation::parse(text)?;
        Ok(Self { text: text.to_owned(), location })
    }

    /// Returns the parsed form.
    pub fn location(&self) -> &SecretLocation {
        &self.location
    }
}

/// Displays the reference as written. The arguments of a command may contain a secret, which is masked.
impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&literal::mask(&self.text))
    }
}

impl fmt::Debug for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretReference({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_displayed_as_written_without_the_secrets_in_a_command() {
        for (text, shown) in [
            ("keyring:github", "keyring:github"),
            ("command:a --token=Hunter2Hunter2", "command:a --token=**************"),
        ] {
            let reference = SecretReference::parse(text).unwrap();
            assert_eq!(reference.to_string(), shown);
            assert_eq!(format!("{reference:?}"), format!("SecretReference({shown})"));
        }
    }
}
