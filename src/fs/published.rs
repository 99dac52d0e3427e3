//! Whether a new version of a file was published.

/// The result of publishing a new version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The new version replaced the file that was read.
    Done,
    /// Another program changed the file after it was read. That program's version remains.
    Overtaken,
}
