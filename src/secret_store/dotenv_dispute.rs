//! What programs disagree about in `.env` files.

/// A part of a value that programs read in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DotenvDispute {
    /// Some programs replace `$NAME`.
    #[error("a `$` outside single quotes")]
    Dollar,
    /// Some programs start a comment there.
    #[error("a `#` outside quotes")]
    Hash,
    /// Programs know different escapes.
    #[error("a backslash in double quotes")]
    DoubleQuotedBackslash,
    /// Some programs know escapes there.
    #[error("a double backslash, or a backslash before the last quote")]
    SingleQuotedBackslash,
    /// Some programs do not know these quotes.
    #[error("backquotes")]
    Backquotes,
}
