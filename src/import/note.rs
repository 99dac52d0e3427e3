//! Notes about what the declaration does not contain.

/// Why something is not in the declaration, or differs there. No message contains a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteReason {
    /// The entry is odd: clients pass over it.
    #[error("it stays where it is: {0}")]
    Odd(String),
    /// It starts `mcpgen exec`, which would start nothing.
    #[error("it stays where it is, and starts nothing: {0}")]
    Exec(String),
    /// The client fills in a part of a text in its own way.
    #[error("it stays where it is: the client fills in a part of `{0}`, which no declaration can")]
    Filled(String),
    /// A field decides what is launched, and a declaration has no word for it.
    #[error(
        "it stays where it is: a declaration cannot express `{field}` of {beside}; if the client does not need the \
         field, remove it there and import again"
    )]
    Field {
        /// The field.
        field: String,
        /// What it belongs to.
        beside: &'static str,
    },
    /// A declaration cannot hold it.
    #[error("it stays where it is: {0}")]
    DocumentError(String),
    /// A field holds a secret.
    #[error("its field `{0}` stays in that file alone, since it holds a secret")]
    SecretField(String),
    /// A field is of no use in a declaration.
    #[error("its field `{0}` stays in that file alone: {1}")]
    OwnField(String, String),
    /// A flag of the bridge changes nothing about what it does.
    #[error("its flag `{0}` is omitted")]
    Flag(String),
    /// It calls the bridge in a way that a declaration cannot say.
    #[error("it starts the bridge and becomes a local server: {0}")]
    Local(&'static str),
    /// A text begins with `~/`.
    #[error("its `~/` would be expanded to the home directory; the client passes it on unchanged")]
    Tilde,
    /// It is switched off here and not elsewhere.
    #[error("it is disabled here, and stays disabled")]
    Off,
    /// Some client refuses its name.
    #[error(
        "it is called `{0}` in the declaration, since some client refuses its name; \
         apply --adopt-all puts that one in its place"
    )]
    Renamed(String),
    /// It counts in one folder only.
    #[error("it applies only in the directory `{0}` and stays there")]
    Folder(String),
}
