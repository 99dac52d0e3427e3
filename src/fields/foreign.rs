//! Fields of other formats.

use crate::document::node::Node;
use crate::document::{Format, write};
use crate::secret::literal::{self, SecretVerdict};

/// A field that another format has.
#[derive(Debug)]
pub struct ForeignField {
    /// Its key.
    pub name: &'static str,
    /// What to write in its place.
    pub replacement: FieldReplacement,
}

/// What to write in place of a field.
#[derive(Debug)]
pub enum FieldReplacement {
    /// A field with the same value.
    Field(&'static str),
    /// A field with the opposite of `true` or `false`.
    Opposite(&'static str),
    /// What this help says.
    Help(&'static str),
}

impl ForeignField {
    /// Returns what to write in place of a value.
    pub fn help(&self, value: &Node) -> String {
        match self.replacement {
            FieldReplacement::Field(field) => format!("{field} = {}", shown(value)),
            FieldReplacement::Opposite(field) => {
                let value = value.to_value().as_bool().unwrap_or(true);
                format!("{field} = {}", !value)
            }
            FieldReplacement::Help(help) => help.to_owned(),
        }
    }
}

// A value that may be a secret is not repeated, and neither is a long one.
fn shown(value: &Node) -> String {
    const LONGEST: usize = 60;
    let text = write::inline(Format::Toml, &value.to_value());
    let harmless = literal::judge(&text) == SecretVerdict::Harmless && value.items().is_empty();
    if harmless && text.len() <= LONGEST { text } else { "…".to_owned() }
}
