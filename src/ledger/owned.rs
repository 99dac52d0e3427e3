//! What of one entry is ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hash::hash;
use crate::document::Entry;

/// Maps the fields of an entry to the hashes of what we wrote.
pub type FieldHashes = BTreeMap<String, String>;

/// Holds what of an entry is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// What we wrote and saw written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<FieldHashes>,
    /// What we were about to write: after a crash it may be there or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<FieldHashes>,
}

impl Owned {
    /// Returns all fields that are ours, written or about to be.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.fields.iter().chain(&self.pending).flat_map(BTreeMap::keys)
    }

    /// Returns whether a field has a value that we wrote, or were about to.
    pub fn wrote(&self, field: &str, value: &Value) -> bool {
        let hash = hash(value);
        self.fields.iter().chain(&self.pending).any(|fields| fields.get(field) == Some(&hash))
    }

    /// Returns whether an entry's fields are as we wrote them, or were about to.
    pub fn matches(&self, entry: &Entry) -> bool {
        let same = |fields: &FieldHashes| is_as_hashed(fields, entry);
        self.fields.as_ref().is_some_and(same) || self.pending.as_ref().is_some_and(same)
    }

    /// Takes what was pending for written where it is what is there: a crash came before the ledger.
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

/// Hashes the fields of an entry.
pub fn hashes(entry: &Entry) -> FieldHashes {
    entry.iter().map(|(name, value)| (name.clone(), hash(value))).collect()
}
