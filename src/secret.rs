//! Secret references: how a declaration names a secret without holding it.
//!
//! A reference is resolved when a server starts, never when a file is rendered, so this module only
//! reads its spelling.

pub mod literal;

/// Names the place a secret lies in. The text behind the scheme is kept as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `keyring:NAME`: the operating system's keyring.
    Keyring,
    /// `env:NAME`: a variable of the environment the server is started in.
    Env,
    /// `file:PATH`: a file's content.
    File,
    /// `op://vault/item/field`: 1Password.
    OnePassword,
    /// `pass:PATH`: the password store.
    Pass,
    /// `command:…`: what a program prints.
    Command,
}

const SCHEMES: [(&str, Scheme); 6] = [
    ("keyring:", Scheme::Keyring),
    ("env:", Scheme::Env),
    ("file:", Scheme::File),
    ("op://", Scheme::OnePassword),
    ("pass:", Scheme::Pass),
    ("command:", Scheme::Command),
];

/// Lists the schemes' names, for near misses.
pub const SCHEME_WORDS: [&str; 6] = ["keyring", "env", "file", "op", "pass", "command"];

/// Lists the schemes as people type them, for messages.
pub const SCHEMES_SPELLED: &str =
    "keyring:NAME, env:NAME, file:PATH, op://vault/item/field, pass:PATH or command:…";

/// Says why a text is no secret reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAReference {
    /// It has none of the schemes.
    UnknownScheme,
    /// It has a scheme and nothing behind it.
    Empty,
}

/// Holds a reference to a secret: a scheme and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretReference {
    scheme: Scheme,
    rest: String,
}

impl SecretReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// Fails where the scheme is unknown or nothing follows it.
    pub fn parse(text: &str) -> Result<Self, NotAReference> {
        let (scheme, rest) = SCHEMES
            .iter()
            .find_map(|(prefix, scheme)| Some((*scheme, text.strip_prefix(prefix)?)))
            .ok_or(NotAReference::UnknownScheme)?;
        if rest.trim().is_empty() {
            return Err(NotAReference::Empty);
        }
        Ok(Self { scheme, rest: rest.to_owned() })
    }

    /// Returns where the secret lies.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the text behind the scheme, as written.
    pub fn rest(&self) -> &str {
        &self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_read_and_everything_else_refused() {
        for (text, scheme, rest) in [
            ("keyring:github", Scheme::Keyring, "github"),
            ("env:TOKEN", Scheme::Env, "TOKEN"),
            ("file:~/t", Scheme::File, "~/t"),
            ("op://Private/Jira/token", Scheme::OnePassword, "Private/Jira/token"),
            ("pass:work/jira", Scheme::Pass, "work/jira"),
            ("command:rbw get jira", Scheme::Command, "rbw get jira"),
        ] {
            let read = SecretReference::parse(text).unwrap();
            assert_eq!((read.scheme(), read.rest()), (scheme, rest));
        }
        assert_eq!(SecretReference::parse("vault:x"), Err(NotAReference::UnknownScheme));
        assert_eq!(SecretReference::parse("hunter2"), Err(NotAReference::UnknownScheme));
        assert_eq!(SecretReference::parse("env: "), Err(NotAReference::Empty));
    }
}
