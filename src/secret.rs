//! Secrets: how a declaration names one without holding it, and how the name leads to the secret.
//!
//! A reference is resolved when a server starts, never when a file is rendered. Each scheme is one small
//! file; [`resolve`] asks all of them at once and waits for none of them for ever.

use std::fmt;

use camino::Utf8Path;
use zeroize::Zeroizing;

pub mod keyring;
pub mod literal;
pub mod resolve;

mod command;
mod env;
mod fault;
mod file;
mod onepassword;
mod pass;
mod program;

pub use fault::SecretError;

/// Names the place a secret lies in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretLocation {
    /// `keyring:NAME`: the operating system's keyring.
    Keyring(String),
    /// `env:NAME`: a variable of the environment the server is started in.
    Env(String),
    /// `file:PATH`: a file's content. The path is kept as written.
    File(String),
    /// `op://vault/item/field`: 1Password. The whole reference is kept.
    OnePassword(String),
    /// `pass:PATH`: the password store.
    Pass(String),
    /// `command:…`: what a program prints.
    Command(Vec<String>),
}

/// Lists the schemes' names, for near misses.
pub const SCHEME_WORDS: [&str; 6] = ["keyring", "env", "file", "op", "pass", "command"];

/// Lists the schemes as people type them, for messages.
pub const SCHEMES_SPELLED: &str =
    "keyring:NAME, env:NAME, file:PATH, op://vault/item/field, pass:PATH or command:…";

/// Says why a text is no secret reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretReferenceError {
    /// It has none of the schemes.
    UnknownScheme,
    /// It has a scheme and nothing behind it.
    Empty,
    /// A file's path would depend on the folder that a client happens to start servers in.
    RelativePath,
    /// A command's quotes or brackets do not close, or its array holds something else than texts.
    Quoting,
}

/// Holds a reference to a secret: what was written, and what it leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretReference {
    text: String,
    location: SecretLocation,
}

impl SecretReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// Fails where the scheme is unknown or what follows it leads nowhere.
    pub fn parse(text: &str) -> Result<Self, SecretReferenceError> {
        let (scheme, rest) = text.split_once(':').ok_or(SecretReferenceError::UnknownScheme)?;
        let location = match (scheme, rest.strip_prefix("//")) {
            ("op", Some(path)) => {
                filled(path).map(|_| SecretLocation::OnePassword(text.to_owned()))?
            }
            ("keyring", _) => SecretLocation::Keyring(filled(rest)?.to_owned()),
            ("env", _) => SecretLocation::Env(filled(rest)?.to_owned()),
            ("file", _) => SecretLocation::File(absolute(filled(rest)?)?.to_owned()),
            ("pass", _) => SecretLocation::Pass(filled(rest)?.to_owned()),
            ("command", _) => SecretLocation::Command(command::argv(filled(rest)?)?),
            (_, Some(_) | None) => return Err(SecretReferenceError::UnknownScheme),
        };
        Ok(Self { text: text.to_owned(), location })
    }

    /// Returns where the secret lies.
    pub fn location(&self) -> &SecretLocation {
        &self.location
    }

    /// Returns whether it can be looked up without a store that may ask a person to unlock it.
    pub fn is_silent(&self) -> bool {
        match self.location {
            SecretLocation::Env(_) | SecretLocation::File(_) => true,
            SecretLocation::Keyring(_)
            | SecretLocation::OnePassword(_)
            | SecretLocation::Pass(_)
            | SecretLocation::Command(_) => false,
        }
    }
}

/// Writes the reference as people wrote it. A command's arguments may hold what looks like a secret;
/// that is blanked out.
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

fn filled(rest: &str) -> Result<&str, SecretReferenceError> {
    if rest.trim().is_empty() { Err(SecretReferenceError::Empty) } else { Ok(rest) }
}

fn absolute(path: &str) -> Result<&str, SecretReferenceError> {
    let good = path.starts_with("${") || is_absolute(path);
    if good { Ok(path) } else { Err(SecretReferenceError::RelativePath) }
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with("~/") || drive || path.starts_with('\\') || Utf8Path::new(path).has_root()
}

/// Holds a secret. It has no `Display`, shows nothing in `Debug`, and is wiped from memory when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text that is a secret.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes the bytes that a store gave, without the one line break that editors and programs put at
    /// the end.
    ///
    /// # Errors
    /// Fails where nothing is left, and where it is not text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        let text = std::str::from_utf8(bytes).map_err(|_| SecretError::NotText)?;
        let text =
            text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if text.trim().is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(Self::new(text.to_owned()))
    }

    /// Returns the secret itself, for the one place that it is meant for.
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
    fn every_scheme_is_read_and_everything_else_refused() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        for (text, location) in [
            ("keyring:github", SecretLocation::Keyring("github".into())),
            ("env:TOKEN", SecretLocation::Env("TOKEN".into())),
            ("file:~/t", SecretLocation::File("~/t".into())),
            ("file:${XDG_RUNTIME_DIR}/t", SecretLocation::File("${XDG_RUNTIME_DIR}/t".into())),
            (
                "op://Private/Jira/token",
                SecretLocation::OnePassword("op://Private/Jira/token".into()),
            ),
            ("command:~/bin/t", SecretLocation::Command(words(&["~/bin/t"]))),
            ("command:/bin/t", SecretLocation::Command(words(&["/bin/t"]))),
            ("pass:work/jira", SecretLocation::Pass("work/jira".into())),
            (
                "command:rbw get 'my jira'",
                SecretLocation::Command(words(&["rbw", "get", "my jira"])),
            ),
            (
                r#"command:["rbw", "get", "a\"b"]"#,
                SecretLocation::Command(words(&["rbw", "get", "a\"b"])),
            ),
        ] {
            assert_eq!(SecretReference::parse(text).unwrap().location(), &location);
        }
        for (text, why) in [
            ("vault:x", SecretReferenceError::UnknownScheme),
            ("hunter2", SecretReferenceError::UnknownScheme),
            ("op:Private/Jira", SecretReferenceError::UnknownScheme),
            ("env: ", SecretReferenceError::Empty),
            ("op://", SecretReferenceError::Empty),
            ("file:token.txt", SecretReferenceError::RelativePath),
            ("command:rbw 'get", SecretReferenceError::Quoting),
            ("command:[\"rbw\"", SecretReferenceError::Quoting),
            ("command:[]", SecretReferenceError::Empty),
            ("command:''", SecretReferenceError::Empty),
            ("command:./token.sh", SecretReferenceError::RelativePath),
            ("command:bin/token --new", SecretReferenceError::RelativePath),
        ] {
            assert_eq!(SecretReference::parse(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_a_secret() {
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
        assert!(matches!(Secret::from_bytes(b"\n"), Err(SecretError::Empty)));
        assert!(matches!(Secret::from_bytes(b"\xff"), Err(SecretError::NotText)));
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(…)");
        let reference = SecretReference::parse("command:x ghp_0123456789abcdefghij").unwrap();
        assert!(!format!("{reference} {reference:?}").contains("ghp_0123"));
    }
}
