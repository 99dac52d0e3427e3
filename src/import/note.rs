//! Notes about what the declaration does not contain.

use crate::diagnostic::Help;
use crate::document::{Format, write};

/// Why something is not in the declaration, or differs there. No message contains a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteReason {
    /// The entry is malformed, and clients ignore it.
    #[error("not imported: {0}")]
    Odd(String),
    /// The entry starts `mcpgen exec`, which would fail.
    #[error("not imported, because the entry cannot start a server: {0}")]
    Exec(String),
    /// The client replaces a part of a string.
    #[error("not imported: the client replaces `{shown}` in `{place}`, and mcpgen cannot")]
    Filled {
        /// The place of the string.
        place: String,
        /// The part.
        shown: String,
    },
    /// The client does not replace a part of a string, which is of no use as it is.
    #[error("not imported: the client does not replace `{shown}` in `{place}`")]
    PassedOn {
        /// The place of the string.
        place: String,
        /// The part.
        shown: String,
    },
    /// The text around a part of an argument that the client replaces is a secret.
    #[error("not imported: the text around `{0}` in `args` looks like a secret")]
    SecretAround(String),
    /// The client does not replace a value, and the declaration does.
    #[error(
        "the client does not replace `{shown}` in `{place}`, but the declaration refers to the \
         environment variable `{variable}`"
    )]
    Unreplaced {
        /// The place of the value.
        place: String,
        /// The value.
        shown: String,
        /// The environment variable.
        variable: String,
    },
    /// A variable has a default, which the declaration has in its place.
    #[error(
        "the declaration has the default of the environment variable `{variable}` in `{place}`, \
         because a declaration cannot have both"
    )]
    Default {
        /// The place of the variable.
        place: String,
        /// The name of the value.
        field: String,
        /// The environment variable.
        variable: String,
    },
    /// A variable has a default, which is not in the declaration.
    #[error(
        "the default of the environment variable `{variable}` in `{place}` is not imported, \
         because a secret reference has no default"
    )]
    NoDefault {
        /// The place of the variable.
        place: String,
        /// The environment variable.
        variable: String,
    },
    /// The client asks the user for a value.
    #[error("the value of `{place}` is the client's input `{input}`, so it is not in the file")]
    Input {
        /// The place of the value.
        place: String,
        /// The name of the input.
        input: String,
    },
    /// A value is what a README asks the reader to replace.
    #[error("the value of `{0}` is the placeholder of a README, so the secret is not in the file")]
    Placeholder(String),
    /// A field decides what is launched, and a declaration has no field for it.
    #[error(
        "not imported: the entry has `{field}`, which a declaration cannot express for {beside}"
    )]
    Field {
        /// The field.
        field: String,
        /// What it belongs to.
        beside: &'static str,
    },
    /// The file with the environment of an entry cannot be imported.
    #[error("not imported: the entry has `{field}`, and {why}")]
    EnvFile {
        /// The field that contains the path.
        field: String,
        /// Why.
        why: String,
        /// What helps.
        help: String,
    },
    /// `mcpgen check` would report an error for the server.
    #[error("not imported: {0}")]
    DocumentError(String),
    /// A field contains a secret.
    #[error("the field `{0}` is not imported and stays in the file, because it contains a secret")]
    SecretField(String),
    /// A field is of no use in a declaration.
    #[error("the field `{0}` is not imported and stays in the file: {1}")]
    OwnField(String, String),
    /// A flag of the bridge changes nothing about what it does.
    #[error("the flag `{0}` is not imported, because it changes nothing")]
    Flag(String),
    /// The entry starts the bridge in a way that a declaration cannot express.
    #[error("the entry starts the bridge, but is imported as a local server: {0}")]
    Local(&'static str),
    /// A string begins with `~/`.
    #[error(
        "in a declaration, `~/` means the home directory, but the client passes `~/` unchanged"
    )]
    Tilde,
    /// The entry is disabled in one file but not in others.
    #[error("the entry is disabled in this file, and mcpgen leaves it disabled")]
    Off,
    /// Another file of the client has the entry with other settings.
    #[error(
        "not imported: the same entry in `{0}` has other settings, and a client has only one set of settings"
    )]
    OtherSettings(String),
    /// Another client has the same server with another name.
    #[error("the server is named `{0}` in the declaration, as in another client")]
    SameServer(String),
    /// The file refers to the old name outside the entry.
    #[error("the file refers to the old name in {}", .0.join(", "))]
    OldName(Vec<String>),
    /// A client does not accept the name of the entry.
    #[error(
        "the server is named `{0}` in the declaration, because a client does not accept the old name"
    )]
    Renamed(String),
    /// The server was asked whether it requires a sign-in, without success.
    #[error("cannot find out whether the server requires a sign-in: {0}")]
    UnclearSignIn(String),
    /// A comment may contain a secret.
    #[error("a comment of the entry is not imported, because it may contain a secret")]
    Comment,
    /// The entry applies in one directory only.
    #[error("not imported: the entry applies only in the directory `{0}`")]
    Directory(String),
}

impl Help for NoteReason {
    fn help(&self) -> Option<String> {
        match self {
            Self::Field { field, .. } => Some(format!(
                "if the client does not need `{field}`, remove it from the file and import again"
            )),
            Self::Filled { shown, .. }
            | Self::PassedOn { shown, .. }
            | Self::SecretAround(shown) => {
                Some(format!("write the value itself in place of `{shown}`, and import again"))
            }
            Self::Default { place, field, variable } if place.contains('.') => Some(format!(
                "to use the environment variable: secrets = {{ {} = \"env:{variable}\" }}",
                write::key(Format::Toml, field)
            )),
            Self::NoDefault { variable, .. } => {
                Some(format!("set {variable} before you start the clients"))
            }
            Self::OldName(_) => {
                Some("after the apply, write the new name in these places".to_owned())
            }
            Self::Odd(_) | Self::Exec(_) | Self::DocumentError(_) => {
                Some("correct the entry in the file, and import again".to_owned())
            }
            Self::EnvFile { help, .. } => Some(help.clone()),
            Self::OtherSettings(_) => {
                Some("write the same settings in both files, and import again".to_owned())
            }
            Self::SecretField(_) => {
                Some("remove the secret from the field, and import again".to_owned())
            }
            Self::OwnField(..) => {
                Some("correct the field in the file, and import again".to_owned())
            }
            Self::Off => Some("to disable it everywhere: enabled = false".to_owned()),
            Self::Directory(directory) => {
                Some(format!("declare the server in {directory}/mcp.toml, for `apply --project`"))
            }
            Self::Comment => Some("copy it without the secret, before you apply".to_owned()),
            Self::UnclearSignIn(_) => Some(
                "check the URL; for a server that requires a sign-in: auth = \"oauth\"".to_owned(),
            ),
            Self::Placeholder(_)
            | Self::Default { .. }
            | Self::Unreplaced { .. }
            | Self::Input { .. }
            | Self::Renamed(_)
            | Self::SameServer(_)
            | Self::Flag(_)
            | Self::Local(_)
            | Self::Tilde => None,
        }
    }
}
