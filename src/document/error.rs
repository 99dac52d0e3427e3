//! Why a client's file cannot be read or edited.

use crate::diagnostic::Help;

/// A position in a string. Lines and columns count from one, and columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// Finds the position of a byte offset.
    pub fn new(text: &str, at: usize) -> Self {
        let (line, column) = crate::diagnostic::line_column(text, at);
        Self { line, column }
    }
}

/// The reason why a file cannot be read or edited. No message contains a value of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The file is not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8(Position),
    /// The file has a syntax error.
    #[error("{message}")]
    Syntax {
        /// The message of the parser.
        message: String,
        /// Its position.
        position: Position,
    },
    /// Values are nested too deeply.
    #[error("values are nested more than {limit} levels deep")]
    TooDeep {
        /// The maximum number of levels.
        limit: usize,
        /// The position of the first excess level.
        position: Position,
    },
    /// The section or an entry has a duplicate key.
    #[error("duplicate key `{name}`")]
    Duplicate {
        /// The key.
        name: String,
        /// The position of the second key.
        position: Position,
    },
    /// The file or the section is not a map, or not a list.
    #[error("{name} is not a {wanted}")]
    WrongShape {
        /// The file, or the path of the section.
        name: String,
        /// The expected type.
        wanted: &'static str,
        /// Its position.
        position: Option<Position>,
    },
    /// The section, or an entry to change, is a YAML alias.
    #[error("`{name}` is an alias for another value")]
    Alias {
        /// The key.
        name: String,
        /// Its position.
        position: Position,
    },
    /// The edit would have changed another value, because of an anchor or a bug. Nothing was written.
    #[error("the edit would change a value that mcpgen did not write")]
    Unsafe,
}

impl Help for DocumentError {
    fn note(&self) -> Option<String> {
        Some("this file is not changed".to_owned())
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Alias { .. } => "replace the alias by the value",
            Self::Unsafe => "write the section without anchors, aliases, tags and tabs",
            Self::TooDeep { .. } => "remove levels of nesting by hand",
            Self::NotUtf8(_)
            | Self::Syntax { .. }
            | Self::Duplicate { .. }
            | Self::WrongShape { .. } => "correct the file in the client or by hand",
        };
        Some(help.to_owned())
    }
}

impl DocumentError {
    /// Returns the error for values that are nested too deeply.
    pub fn too_deep(text: &str, at: usize, limit: usize) -> Self {
        Self::TooDeep { limit, position: Position::new(text, at) }
    }

    /// Returns the error for a syntax error. Only the first line of the message is kept, because the other lines may
    /// quote the file.
    pub fn syntax(text: &str, at: usize, message: &str) -> Self {
        let first = message.lines().next().unwrap_or_default().trim_end_matches('.');
        let message = lower_first(first).replace("invalid ", "bad ");
        Self::Syntax { message, position: Position::new(text, at) }
    }

    /// Returns line and column, if the error has a position.
    pub fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::NotUtf8(position)
            | Self::Syntax { position, .. }
            | Self::TooDeep { position, .. }
            | Self::Duplicate { position, .. }
            | Self::Alias { position, .. }
            | Self::WrongShape { position: Some(position), .. } => {
                Some((position.line, position.column))
            }
            Self::WrongShape { position: None, .. } | Self::Unsafe => None,
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
