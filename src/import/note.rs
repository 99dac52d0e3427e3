//! Notes about what the declaration does not contain.

use crate::diagnostic::Help;

/// Why something is not in the declaration, or differs there. No message contains a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteReason {
    /// The entry is malformed, and clients ignore it.
    #[error("it is not imported: {0}")]
    Odd(String),
    /// It starts `mcpgen exec`, which would start nothing.
    #[error("it is not imported, and starts nothing: {0}")]
    Exec(String),
    /// The client expands a part of a string.
    #[error("it is not imported: the client fills in a part of `{0}`, which a declaration cannot")]
    Filled(String),
    /// A field decides what is launched, and a declaration has no field for it.
    #[error("it is not imported: a declaration cannot express `{field}` of {beside}")]
    Field {
        /// The field.
        field: String,
        /// What it belongs to.
        beside: &'static str,
    },
    /// A declaration cannot contain it.
    #[error("it is not imported: {0}")]
    DocumentError(String),
    /// A field contains a secret.
    #[error("its field `{0}` is not imported and stays in that file, because it contains a secret")]
    SecretField(String),
    /// A field is of no use in a declaration.
    #[error("its field `{0}` is not imported and stays in that file: {1}")]
    OwnField(String, String),
    /// A flag of the bridge changes nothing about what it does.
    #[error("its flag `{0}` is omitted")]
    Flag(String),
    /// It starts the bridge in a way that a declaration cannot express.
    #[error("it starts the bridge and becomes a local server: {0}")]
    Local(&'static str),
    /// A string begins with `~/`.
    #[error(
        "its `~/` would be expanded to the home directory, but the client passes it on unchanged"
    )]
    Tilde,
    /// It is disabled in one file and not in others.
    #[error("it is disabled in this file, and mcpgen leaves it disabled")]
    Off,
    /// A client does not accept its name.
    #[error("it is called `{0}` in the declaration, because a client does not accept its name")]
    Renamed(String),
    /// It applies in one directory only.
    #[error("it applies only in the directory `{0}` and stays there")]
    Folder(String),
}

impl Help for NoteReason {
    fn help(&self) -> Option<String> {
        match self {
            Self::Field { field, .. } => Some(format!(
                "if the client does not need `{field}`, remove it there and import again"
            )),
            Self::Renamed(_)
            | Self::Odd(_)
            | Self::Exec(_)
            | Self::Filled(_)
            | Self::DocumentError(_)
            | Self::SecretField(_)
            | Self::OwnField(..)
            | Self::Flag(_)
            | Self::Local(_)
            | Self::Tilde
            | Self::Off
            | Self::Folder(_) => None,
        }
    }
}
