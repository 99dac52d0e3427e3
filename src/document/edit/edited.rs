//! The text that is edited.

use super::super::node::Node;
use super::super::{Format, Section};

/// A string, and the place of the section in it.
#[derive(Clone, Copy)]
pub struct EditedText<'a> {
    pub format: Format,
    pub text: &'a str,
    pub root: Option<&'a Node>,
    pub section: &'a Section,
    /// The path of the section.
    pub path: &'a [String],
}
