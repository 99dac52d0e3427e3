//! The fields of one entry that mcpgen wrote.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field_hashes::FieldHashes;
use super::hash::hash;
use crate::document::Entry;

/// The fields of one entry that mcpgen wrote or is about to write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// The fields that mcpgen has written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<FieldHashes>,
    /// The fields that mcpgen is about to write. After a crash, the file may contain them or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<FieldHashes>,
}

impl Owned {
    /// Returns the names of all fields that mcpgen wrote or is about to write.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().chain(&self.pending).flat_map(FieldHashes::names)
    }

    /// Returns whether mcpgen wrote this value of a field, or is about to write it.
    pub fn wrote(&self, field: &str, value: &Value) -> bool {
        let hash = hash(value);
        self.fields.iter().chain(&self.pending).any(|fields| fields.get(field) == Some(&hash))
    }

    /// Returns whether an entry has the fields that mcpgen wrote, or the fields that it is about to write.
    pub fn matches(&self, entry: &Entry) -> bool {
        let same = |fields: &FieldHashes| is_as_hashed(fields, entry);
        self.fields.as_ref().is_some_and(same) || self.pending.as_ref().is_some_and(same)
    }

    /// Treats the pending fields as written if the entry has them: a crash came before the update of the ledger.
    pub fn settle(&mut self, actual: Option<&Entry>) {
        let there = |fields: &mut FieldHashes| actual.is_some_and(|it| is_as_hashed(fields, it));
        if let Some(written) = self.pending.take_if(there) {
            self.fields = Some(written);
        }
    }
}

fn is_as_hashed(fields: &FieldHashes, entry: &Entry) -> bool {
    fields
        .iter()
        .all(|(name, written)| entry.get(name).is_some_and(|value| hash(value) == *written))
}
