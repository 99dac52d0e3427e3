//! The edits of a section.

use std::sync::Arc;

use serde_json::Value;

use super::super::node::{Node, NodeShape};
use super::super::{Entry, Section};

/// A change to one entry of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Writes a whole entry, and replaces an existing one of that name.
    Put {
        /// The entry's name.
        name: String,
        /// All its fields.
        entry: Arc<Entry>,
    },
    /// Writes some fields of an existing entry and removes others.
    Set {
        /// The entry's name.
        name: String,
        /// The fields to write.
        set: Vec<(String, Value)>,
        /// The fields to remove.
        unset: Vec<String>,
    },
    /// Removes a whole entry.
    Remove {
        /// The entry's name.
        name: String,
    },
}

impl Edit {
    /// Returns the entry's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Put { name, .. } | Self::Set { name, .. } | Self::Remove { name } => name,
        }
    }
}

/// Returns whether edits remove or replace every entry of a section.
pub fn empties(node: &Node, section: &Section, edits: &[Edit]) -> bool {
    let index = section.index(node);
    let gone = edits.iter().filter(|edit| match edit {
        Edit::Remove { name } | Edit::Put { name, .. } => index.contains_key(name),
        Edit::Set { .. } => false,
    });
    let gone = gone.count();
    gone > 0 && gone == node.parts().len()
}

/// Returns the entry at an index of a section.
pub fn entry_node(node: &Node, at: usize) -> &Node {
    match &node.shape {
        NodeShape::Map(items) => &items[at].node,
        NodeShape::List(elements) => &elements[at],
        NodeShape::Scalar(_) => node,
    }
}
