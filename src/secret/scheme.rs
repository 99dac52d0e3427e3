//! The schemes of secret references. The syntax of each scheme is parsed here, and resolved elsewhere.

use camino::Utf8Path;

/// Names the store of a secret and the secret in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretLocation {
    /// `keyring:NAME`: an entry in the operating system's keyring.
    Keyring(String),
    /// `env:NAME`: a variable in the environment of `mcpgen exec`.
    Env(String),
    /// `file:PATH`: the content of a file. The path is kept as written.
    File(String),
    /// `dotenv:PATH#NAME`: a variable in a `.env` file. The path is kept as written.
    Dotenv {
        /// The path of the file.
        path: String,
        /// The name of the variable.
        name: String,
    },
    /// `op://vault/item/field`: a field in 1Password. The whole reference is kept.
    OnePassword(String),
    /// `pass:PATH`: the first line of an entry in the password store.
    Pass(String),
    /// `command:…`: the standard output of a program.
    Command(Vec<String>),
}

/// The schemes by name.
pub const SCHEME_NAMES: [&str; 7] = ["keyring", "env", "file", "dotenv", "op", "pass", "command"];

/// The schemes as users type them, for messages.
pub const SCHEMES_SPELLED: &str = "keyring:NAME, env:NAME, file:PATH, dotenv:PATH#NAME, op://vault/item/field, \
     pass:PATH or command:…";

/// The schemes of the stores other than the keyring, as users type them.
pub const OTHER_SCHEMES_SPELLED: &str =
    "file:PATH, dotenv:PATH#NAME, env:NAME, op://vault/item/field, pass:PATH or command:…";

/// Says why a string is not a secret reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretReferenceError {
    /// It starts with no known scheme.
    UnknownScheme,
    /// Nothing follows the scheme.
    Empty,
    /// The path of a `.env` file is not followed by `#` and the name of a variable.
    NoVariable,
    /// The path is relative, so it depends on the directory that a client starts servers in.
    RelativePath,
    /// A quote or bracket of a command is not closed, or its array contains a value that is not a string.
    Quoting,
}

impl SecretLocation {
    /// Parses the string form of a reference.
    ///
    /// # Errors
    /// Fails if the scheme is unknown or the rest does not name a secret.
    pub fn parse(text: &str) -> Result<Self, SecretReferenceError> {
        let (scheme, rest) = text.split_once(':').ok_or(SecretReferenceError::UnknownScheme)?;
        Ok(match (scheme, rest.strip_prefix("//")) {
            ("op", Some(path)) => not_blank(path).map(|_| Self::OnePassword(text.to_owned()))?,
            ("keyring", _) => Self::Keyring(not_blank(rest)?.to_owned()),
            ("env", _) => Self::Env(not_blank(rest)?.to_owned()),
            ("file", _) => Self::File(absolute(not_blank(rest)?)?.to_owned()),
            ("dotenv", _) => dotenv(not_blank(rest)?)?,
            ("pass", _) => Self::Pass(not_blank(rest)?.to_owned()),
            ("command", _) => Self::Command(split_command(not_blank(rest)?)?),
            (_, Some(_) | None) => return Err(SecretReferenceError::UnknownScheme),
        })
    }

    /// Returns whether resolving it never asks the user to unlock a store.
    pub fn is_silent(&self) -> bool {
        match self {
            Self::Env(_) | Self::File(_) | Self::Dotenv { .. } => true,
            Self::Keyring(_) | Self::OnePassword(_) | Self::Pass(_) | Self::Command(_) => false,
        }
    }
}

fn not_blank(rest: &str) -> Result<&str, SecretReferenceError> {
    if rest.trim().is_empty() { Err(SecretReferenceError::Empty) } else { Ok(rest) }
}

// A path may contain `#`, and the name of a variable does not.
fn dotenv(rest: &str) -> Result<SecretLocation, SecretReferenceError> {
    let (path, name) = rest.rsplit_once('#').ok_or(SecretReferenceError::NoVariable)?;
    let path = absolute(not_blank(path)?)?.to_owned();
    let is_name = !name.is_empty() && name.chars().all(is_dotenv_name);
    let name = Some(name).filter(|_| is_name).ok_or(SecretReferenceError::NoVariable)?;
    Ok(SecretLocation::Dotenv { path, name: name.to_owned() })
}

/// Returns whether the name of a variable in a `.env` file may contain a character.
pub fn is_dotenv_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn absolute(path: &str) -> Result<&str, SecretReferenceError> {
    let good = path.starts_with("${") || is_absolute(path);
    if good { Ok(path) } else { Err(SecretReferenceError::RelativePath) }
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with("~/") || drive || path.starts_with('\\') || Utf8Path::new(path).has_root()
}

// Splits a command line as a POSIX shell does, or parses it as a JSON array. mcpgen never starts a shell.
fn split_command(text: &str) -> Result<Vec<String>, SecretReferenceError> {
    let words = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|_| SecretReferenceError::Quoting)?
    } else {
        shell_words::split(text).map_err(|_| SecretReferenceError::Quoting)?
    };
    match words.first().map(|program| program.trim()) {
        None | Some("") => Err(SecretReferenceError::Empty),
        Some(path) if path.contains(['/', '\\']) && !is_absolute(path) => {
            Err(SecretReferenceError::RelativePath)
        }
        Some(_) => Ok(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_store_that_can_be_locked_asks_the_user() {
        for (text, silent) in [
            ("env:A", true),
            ("file:/a", true),
            ("dotenv:/a#B", true),
            ("keyring:a", false),
            ("op://a/b/c", false),
            ("pass:a", false),
            ("command:a", false),
        ] {
            assert_eq!(SecretLocation::parse(text).unwrap().is_silent(), silent, "{text}");
        }
    }

    #[test]
    fn every_scheme_is_parsed_and_everything_else_is_rejected() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        for (text, location) in [
            ("keyring:github", SecretLocation::Keyring("github".into())),
            ("env:TOKEN", SecretLocation::Env("TOKEN".into())),
            ("file:~/t", SecretLocation::File("~/t".into())),
            ("file:C:/t", SecretLocation::File("C:/t".into())),
            ("file:\\\\host\\t", SecretLocation::File("\\\\host\\t".into())),
            ("file:/t", SecretLocation::File("/t".into())),
            ("file:${XDG_RUNTIME_DIR}/t", SecretLocation::File("${XDG_RUNTIME_DIR}/t".into())),
            (
                "dotenv:~/a#b/.env#API_KEY",
                SecretLocation::Dotenv { path: "~/a#b/.env".into(), name: "API_KEY".into() },
            ),
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
            assert_eq!(SecretLocation::parse(text), Ok(location));
        }
        for (text, why) in [
            ("vault:x", SecretReferenceError::UnknownScheme),
            ("hunter2", SecretReferenceError::UnknownScheme),
            ("op:Private/Jira", SecretReferenceError::UnknownScheme),
            ("env: ", SecretReferenceError::Empty),
            ("op://", SecretReferenceError::Empty),
            ("file:token.txt", SecretReferenceError::RelativePath),
            ("dotenv:.env#KEY", SecretReferenceError::RelativePath),
            ("dotenv:~/.env", SecretReferenceError::NoVariable),
            ("dotenv:~/.env#", SecretReferenceError::NoVariable),
            ("dotenv:~/.env#A KEY", SecretReferenceError::NoVariable),
            ("dotenv:#KEY", SecretReferenceError::Empty),
            ("command:rbw 'get", SecretReferenceError::Quoting),
            ("command:[\"rbw\"", SecretReferenceError::Quoting),
            ("command:[]", SecretReferenceError::Empty),
            ("command:''", SecretReferenceError::Empty),
            ("command:./token.sh", SecretReferenceError::RelativePath),
            ("command:bin/token --new", SecretReferenceError::RelativePath),
        ] {
            assert_eq!(SecretLocation::parse(text), Err(why), "{text}");
        }
    }
}
