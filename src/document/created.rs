//! The parts of a file that mcpgen created besides its entries.

/// The parts that mcpgen created. They are removed with the last entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CreatedParts {
    /// The whole file.
    File,
    /// The key of the section, with this many levels of maps.
    Section(usize),
    /// Nothing, because the section existed and was empty. The value is the white space (or brackets) that it
    /// contained.
    Blank(String),
    /// The key of the section, in a map that existed and was empty.
    Inside {
        /// The number of levels of maps.
        levels: usize,
        /// The white space in the map, or the null in its place.
        blank: String,
    },
    /// Everything but white space and comments.
    Whole {
        /// The line breaks before the created part.
        before: String,
        /// The line break after the created part.
        after: String,
    },
}
