//! Why a secret reference leads to no secret, and what to do about it.

use std::io;

use camino::Utf8PathBuf;

use crate::fs::FsError;
use crate::suggest::ShellCommand;

/// Says why a secret cannot be had. The message says what is, [`SecretError::help`] what to do.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A variable is not there.
    #[error("the variable `{0}` is not set, or empty, or not UTF-8")]
    UnsetVariable(String),
    /// A variable in a file's path is not there.
    #[error("the path needs the variable `{0}`, and that is not set")]
    UnsetInPath(String),
    /// A file's path cannot be read.
    #[error("{0}")]
    Path(String),
    /// There is no such file.
    #[error("there is no file `{0}`")]
    NoFile(Utf8PathBuf),
    /// The system does not let the file be read.
    #[error(transparent)]
    Fs(FsError),
    /// There is a place and nothing in it.
    #[error("what is there is empty")]
    Empty,
    /// There is something, and it is no text.
    #[error("what is there is no UTF-8 text")]
    NotText,
    /// There is more than a secret can be.
    #[error("what is there is longer than 64 KiB")]
    TooLong,
    /// A header cannot hold it.
    #[error(
        "what is there has a line break or a control character in it, and a header can hold none"
    )]
    NotForHeader,
    /// A variable cannot hold it.
    #[error("what is there has a NUL in it, and a variable can hold none")]
    NotForVariable,
    /// The store's program is not there.
    #[error("`{0}` is not installed, or not on the PATH that mcpgen was started with")]
    NoProgram(String),
    /// There is no program at that path.
    #[error("there is no program `{0}`, or not the one that its first line names")]
    NoProgramFile(String),
    /// The store's program cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    Unstartable {
        /// The program.
        program: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The store's program says no.
    #[error("`{program}` ended with {ending}{said}")]
    Refused {
        /// The program.
        program: String,
        /// Its exit code or signal.
        ending: String,
        /// The last it said, on one line and masked; empty, or with what leads over to it.
        said: String,
    },
    /// Nobody answers in time.
    #[error("there is no answer after {0} s")]
    Late(u64),
    /// There is no keyring.
    #[error("no keyring answers: {0}")]
    NoKeyring(String),
    /// The keyring stays closed.
    #[error("the keyring is locked, and nobody unlocked it")]
    Locked,
    /// The keyring has no entry of that name.
    #[error("the keyring has no `{0}`")]
    NotInKeyring(String),
    /// The keyring has several entries of that name.
    #[error("the keyring has `{0}` more than once")]
    Ambiguous(String),
    /// The keyring says something else.
    #[error("the keyring refuses: {0}")]
    Keyring(String),
}

impl SecretError {
    /// Says what to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::UnsetVariable(_) => "set it where the client is started; from a dock, it is not",
            Self::UnsetInPath(_) => "write ${NAME:-default}, or the whole path",
            Self::Path(_) => "mend the path in mcp.toml",
            Self::NoFile(_) => "write the secret to that file, for you alone to read",
            Self::Fs(_) => "name a file that you may read",
            Self::Empty => "store the secret there",
            Self::NotText => "store it as text, base64-encoded say",
            Self::TooLong => "look at what is stored there: a secret is shorter",
            Self::NotForHeader => "store it on one line, in ASCII",
            Self::NotForVariable => "store it as text",
            Self::NoProgram(program) => return no_program(program),
            Self::NoProgramFile(_) => "install it, or mend its path in mcp.toml",
            Self::Unstartable { .. } => "look at that program's file",
            Self::Refused { program, ending: _, said } => return refused(program, said),
            Self::Late(_) => "unlock the store, or set `secret-timeout` in [launch] to more",
            Self::NoKeyring(_) => {
                "start one: gnome-keyring, KWallet, KeePassXC; or use another store"
            }
            Self::Locked => "unlock it: log in to the desktop, or open it in its own program",
            Self::NotInKeyring(name) => {
                let set = ShellCommand::new("mcpgen secret set").operand(name);
                return format!("store it with {}", set.or("the keyring's own program"));
            }
            Self::Ambiguous(_) => "remove all but one in the keyring's own program",
            Self::Keyring(_) => "look at it in the keyring's own program",
        }
        .to_owned()
    }
}

fn no_program(program: &str) -> String {
    match program {
        "op" => "install 1Password's command line program, `op`",
        "pass" => "install the password store, `pass`",
        _other => "install it, or write its whole path behind `command:`",
    }
    .to_owned()
}

// What the stores' programs say when nobody is signed in, or when there is nothing of that name.
fn refused(program: &str, said: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let command = ShellCommand::new;
    match program {
        "op" if has(&["signed in", "sign in", "no accounts", "authoriz"]) => format!(
            "run {}; or turn on the app integration in 1Password's settings",
            command("op signin")
        ),
        "op" if has(&["isn't an item", "isn't a vault", "could not find", "isn't a field"]) => {
            format!("look for the vault, item and field with {}", command("op item list"))
        }
        "pass" if has(&["not in the password store"]) => {
            format!("list what is there with {}", command("pass ls"))
        }
        "pass" if has(&["gpg", "decryption"]) => {
            format!("unlock your key: run {} with the same path", command("pass show"))
        }
        _other => "run it in a terminal to see why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_and_what_programs_say_have_their_own_remedies() {
        let help = |program: &str| SecretError::NoProgram(program.to_owned()).help();
        assert!(help("op").contains("1Password"));
        assert!(help("pass").contains("password store"));
        assert!(help("rbw").contains("whole path"));
        for (program, said, word) in [
            ("op", "no accounts configured for use with 1Password CLI", "op signin"),
            ("op", "could not find item", "op item list"),
            ("pass", "Error: a is not in the password store.", "list what is there"),
            ("pass", "gpg: decryption failed: No secret key", "unlock your key"),
            ("rbw", "not signed in", "in a terminal"),
        ] {
            let said = said.to_owned();
            let (program, ending) = (program.to_owned(), String::new());
            assert!(SecretError::Refused { program, ending, said }.help().contains(word));
        }
    }

    #[test]
    fn a_name_is_quoted_for_the_shell_it_is_typed_into() {
        let help = |name: &str| SecretError::NotInKeyring(name.to_owned()).help();
        assert_eq!(help("jira"), "store it with `mcpgen secret set jira`");
        assert_eq!(help("my jira"), "store it with `mcpgen secret set 'my jira'`");
        assert_eq!(help("-x"), "store it with `mcpgen secret set -- -x`");
        assert_eq!(help("a\nb"), "store it with the keyring's own program");
    }
}
