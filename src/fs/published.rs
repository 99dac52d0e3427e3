//! The result of putting a new version of a file in its place.

/// Says what a new version met in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The file that was read; the new version is in its place.
    Done,
    /// A file that somebody wrote since; theirs is in its place.
    Overtaken,
}
