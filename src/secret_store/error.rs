//! Why a secret reference cannot be resolved, and what the user can do about it.

use std::io;

use camino::Utf8PathBuf;

use super::dotenv_dispute::DotenvDispute;
use crate::diagnostic::Help;
use crate::fs::FsError;
use crate::secret::{OTHER_SCHEMES_SPELLED, UnusableSecret};
use crate::suggest::ShellCommand;

/// Why a reference cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Of a `env:` reference.
    #[error("the environment variable `{0}` is not set, is empty or is not UTF-8")]
    UnsetVariable(String),
    /// Of the path of a `file:` or `dotenv:` reference.
    #[error("the path contains the environment variable `{0}`, which is not set")]
    UnsetInPath(String),
    /// The path of a `file:` reference is not usable.
    #[error("{0}")]
    Path(String),
    /// The file does not exist.
    #[error("file `{0}` not found")]
    NoFile(Utf8PathBuf),
    /// The file cannot be read.
    #[error(transparent)]
    Fs(FsError),
    /// A `.env` file does not set the variable.
    #[error("`{path}` has no variable `{name}`")]
    NotInDotenv {
        /// The file.
        path: Utf8PathBuf,
        /// The variable.
        name: String,
        /// The similar name of another variable in the file.
        similar: Option<String>,
    },
    /// A `.env` file has another value of a variable that is to be stored.
    #[error("`{path}` already has another value of `{name}`")]
    OtherInDotenv {
        /// The file.
        path: Utf8PathBuf,
        /// The variable.
        name: String,
    },
    /// No form of a value is read in the same way by all programs.
    #[error("the value of `{0}` cannot be written to a `.env` file")]
    NotForDotenv(String),
    /// A line of a `.env` file cannot be read, and no other line sets the variable.
    #[error("line {line} of `{path}` is not a comment and not `NAME=VALUE`")]
    NotDotenv {
        /// The file.
        path: Utf8PathBuf,
        /// The number of the line.
        line: usize,
    },
    /// Programs read the value in a line of a `.env` file in different ways.
    #[error("programs disagree about the value in line {line} of `{path}`: it contains {what}")]
    AmbiguousDotenv {
        /// The file.
        path: Utf8PathBuf,
        /// The number of the line.
        line: usize,
        /// What they disagree about.
        what: DotenvDispute,
    },
    /// A `.env` file exceeds the limit.
    #[error("`{0}` is larger than 1 MiB")]
    LargeDotenv(Utf8PathBuf),
    /// The store has the entry, but it is blank.
    #[error("the stored value is empty")]
    Empty,
    /// The stored value is not UTF-8.
    #[error("the stored value is not UTF-8")]
    NotUtf8,
    /// The stored value exceeds the limit.
    #[error("the stored value is longer than 64 KiB")]
    TooLong,
    /// The stored value cannot be sent in a header.
    #[error(
        "the stored value contains a line break or another character that an HTTP header \
         cannot contain"
    )]
    NotForHeader,
    /// The stored value cannot be passed in an environment variable or an argument.
    #[error(
        "the stored value contains a NUL byte, which no environment variable and no argument can \
         contain"
    )]
    NotForVariable,
    /// The program of a store is not on `PATH`.
    #[error("`{0}` is not installed, or is not on the PATH that mcpgen was started with")]
    NoProgram(String),
    /// The program of a `command:` reference is given by its path, and does not exist.
    #[error("cannot find program `{0}`, or the interpreter that its first line names")]
    NoProgramFile(String),
    /// The program exists but cannot be started.
    #[error("cannot start `{program}`: {source}")]
    Unstartable {
        /// The program.
        program: String,
        /// The reason.
        source: io::Error,
    },
    /// The program failed.
    #[error("`{program}` {status}{}", after_colon(.message))]
    Failed {
        /// The program.
        program: String,
        /// How it ended: "exited with code 1".
        status: String,
        /// The last line of its error output, masked; empty if it is not shown.
        message: String,
    },
    /// The store did not respond in time.
    #[error("no response after {0} s")]
    TimedOut(u64),
    /// No keyring is running.
    #[error("no keyring is available")]
    NoKeyring,
    /// The keyring is locked.
    #[error("the keyring is locked, and the prompt to unlock it was not answered")]
    Locked,
    /// The keyring has no entry of that name.
    #[error("the keyring has no entry `{0}`")]
    NotInKeyring(String),
    /// The keyring has several entries of that name.
    #[error("the keyring has several entries `{0}`")]
    Ambiguous(String),
    /// Any other error of the keyring.
    #[error("the keyring does not work: it rejected the request")]
    Keyring,
}

fn after_colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl From<UnusableSecret> for SecretError {
    fn from(error: UnusableSecret) -> Self {
        match error {
            UnusableSecret::Empty => Self::Empty,
            UnusableSecret::NotUtf8 => Self::NotUtf8,
        }
    }
}

impl Help for SecretError {
    fn note(&self) -> Option<String> {
        let is_dbus = cfg!(all(unix, not(target_os = "macos")));
        let note = if matches!(self, Self::UnsetVariable(_)) {
            "apps started from the dock do not have your shell's environment variables"
        } else if matches!(self, Self::NoKeyring) && is_dbus {
            "no program on the session bus (DBUS_SESSION_BUS_ADDRESS) provides the Secret Service"
        } else {
            return None;
        };
        Some(note.to_owned())
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::UnsetVariable(_) => "set the variable in the environment of the client",
            Self::UnsetInPath(_) => "write ${NAME:-default}, or an absolute path",
            Self::Path(_) => "correct the path in mcp.toml",
            Self::NoFile(_) => "write the secret to that file, and make it readable for you only",
            Self::NotInDotenv { similar: Some(similar), .. } => {
                return Some(format!("a variable with a similar name exists: `{similar}`"));
            }
            Self::NotInDotenv { name, .. } => {
                return Some(format!("add a line to the file: {name}='VALUE'"));
            }
            Self::OtherInDotenv { path, name } => {
                return Some(format!(
                    "another server may use it: add the secret with another name, for example {name}_2, and \
                     refer to it with dotenv:{path}#{name}_2"
                ));
            }
            Self::NotForDotenv(_) => "store the secret in the keyring",
            Self::NotDotenv { .. } => "correct the line, and close every quote in it",
            Self::AmbiguousDotenv { what: DotenvDispute::SingleQuotedBackslash, .. } => {
                "write the value without quotes: NAME=VALUE"
            }
            Self::AmbiguousDotenv { .. } => "write the value in single quotes: NAME='VALUE'",
            Self::LargeDotenv(_) => "use a smaller file, with only the variables of the server",
            Self::Fs(_) => "use a file that you can read",
            Self::Empty => "store the secret again",
            Self::NotUtf8 => "store the secret as UTF-8, for example base64-encoded",
            Self::TooLong => "store a shorter secret",
            Self::NotForHeader => "store the secret as one line of ASCII characters",
            Self::NotForVariable => {
                "store the secret without NUL bytes, for example base64-encoded"
            }
            Self::NoProgram(program) => return Some(install(program)),
            Self::NoProgramFile(_) => "install the program, or correct its path in mcp.toml",
            Self::Unstartable { .. } => "check the program file and its permissions",
            Self::Failed { program, status: _, message } => {
                return Some(after_failure(program, message));
            }
            Self::TimedOut(_) => "unlock the store, or increase `secret-timeout` in [launch]",
            Self::NoKeyring => {
                return Some(other_store("start gnome-keyring, KWallet or KeePassXC"));
            }
            Self::Locked => return Some(unlock()),
            Self::NotInKeyring(name) => {
                let set = ShellCommand::new("mcpgen secret set").operand(name);
                return Some(format!(
                    "store the secret with {}",
                    set.or("the keyring's own program")
                ));
            }
            Self::Ambiguous(_) => "remove all but one in the keyring's own program",
            Self::Keyring => return Some(other_store("check the keyring in its own program")),
        };
        Some(help.to_owned())
    }
}

fn unlock() -> String {
    if cfg!(target_os = "macos") {
        format!("unlock it with {}", ShellCommand::new("security unlock-keychain"))
    } else {
        "unlock the keyring: log in to the desktop, or use the keyring's own program".to_owned()
    }
}

fn other_store(keyring: &str) -> String {
    let others = OTHER_SCHEMES_SPELLED;
    format!("{keyring}, or write another reference in mcp.toml: {others}")
}

fn install(program: &str) -> String {
    match program {
        "op" => "install 1Password's command-line program, `op`",
        "pass" => "install the password store, `pass`",
        _other => "install the program, or write its absolute path after `command:`",
    }
    .to_owned()
}

// Recognizes the errors that `op` and `pass` print if nobody is signed in or an entry does not exist.
fn after_failure(program: &str, message: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let command = ShellCommand::new;
    match program {
        "op" if has(&["signed in", "sign in", "no accounts", "authoriz"]) => format!(
            "run {}, or turn on the app integration in 1Password's settings",
            command("op signin")
        ),
        "op" if has(&["isn't an item", "isn't a vault", "could not find", "isn't a field"]) => {
            format!("look for the vault, item and field with {}", command("op item list"))
        }
        "pass" if has(&["not in the password store"]) => {
            format!("list the entries with {}", command("pass ls"))
        }
        "pass" if has(&["gpg", "decryption"]) => {
            format!("unlock your key: run {} with the same path", command("pass show"))
        }
        _other => "run the program in a terminal to see the error".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_failing_program_has_a_help_of_its_own() {
        let help = |program: &str| SecretError::NoProgram(program.to_owned()).help().unwrap();
        assert!(help("op").contains("1Password"));
        assert!(help("pass").contains("password store"));
        assert!(help("rbw").contains("absolute path"));
        for (program, message, word) in [
            ("op", "no accounts configured for use with 1Password CLI", "op signin"),
            ("op", "could not find item", "op item list"),
            ("pass", "Error: a is not in the password store.", "pass ls"),
            ("pass", "gpg: decryption failed: No secret key", "unlock your key"),
            ("rbw", "not signed in", "in a terminal"),
        ] {
            let message = message.to_owned();
            let (program, status) = (program.to_owned(), String::new());
            assert!(
                SecretError::Failed { program, status, message }.help().unwrap().contains(word)
            );
        }
    }

    #[test]
    fn a_name_is_quoted_for_the_shell_it_is_typed_into() {
        let help = |name: &str| SecretError::NotInKeyring(name.to_owned()).help().unwrap();
        assert_eq!(help("jira"), "store the secret with `mcpgen secret set jira`");
        let quoted = if cfg!(windows) { "\"my jira\"" } else { "'my jira'" };
        assert_eq!(help("my jira"), format!("store the secret with `mcpgen secret set {quoted}`"));
        assert_eq!(help("-x"), "store the secret with `mcpgen secret set -- -x`");
        assert_eq!(help("a\nb"), "store the secret with the keyring's own program");
    }
}
