//! The fields of an entry with the hashes of their values. A ledger may have a hundred thousand fields, so their names
//! are shared and their hashes are stored as bytes.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hash::{Hash, hash};
use crate::document::Entry;

/// The fields of an entry, sorted by name, with the hashes of the values that mcpgen wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHashes(Arc<[FieldHash]>);

type FieldHash = (Arc<str>, Hash);

/// Hashes the fields of an entry.
pub fn hashes(entry: &Entry) -> FieldHashes {
    entry.iter().map(|(name, value)| (shared(name), hash(value))).collect()
}

impl FieldHashes {
    /// Returns the names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Returns the fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Hash)> {
        self.0.iter().map(|(name, hash)| (&**name, hash))
    }

    /// Returns the hash of a field.
    pub(super) fn get(&self, name: &str) -> Option<&Hash> {
        self.iter().find(|(known, _)| *known == name).map(|(_, hash)| hash)
    }

    /// Adds the fields of another entry, which replace fields of the same names.
    pub fn extend(&mut self, other: Self) {
        let kept = self.0.iter().filter(|(name, _)| other.get(name).is_none());
        *self = kept.chain(&*other.0).cloned().collect();
    }
}

impl FromIterator<FieldHash> for FieldHashes {
    fn from_iter<I: IntoIterator<Item = FieldHash>>(fields: I) -> Self {
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_unstable();
        Self(fields.into())
    }
}

thread_local! {
    static NAMES: RefCell<HashSet<Arc<str>>> = RefCell::default();
    static FIELDS: RefCell<HashSet<Arc<[FieldHash]>>> = RefCell::default();
}

// Returns the fields as they are shared by all clients whose entries of a server are the same.
fn shared_fields(fields: Vec<FieldHash>) -> Arc<[FieldHash]> {
    FIELDS.with_borrow_mut(|all| {
        if let Some(known) = all.get(fields.as_slice()) {
            return Arc::clone(known);
        }
        let new: Arc<[FieldHash]> = fields.into();
        all.insert(Arc::clone(&new));
        new
    })
}

// Returns the name as it is shared by all entries.
fn shared(name: &str) -> Arc<str> {
    NAMES.with_borrow_mut(|names| {
        if let Some(known) = names.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        names.insert(Arc::clone(&new));
        new
    })
}

impl Serialize for FieldHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = FieldHashes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of hashes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<FieldHashes, A::Error> {
        let mut fields: Vec<FieldHash> = Vec::with_capacity(6);
        while let Some(name) = access.next_key::<std::borrow::Cow<'de, str>>()? {
            if fields.iter().any(|(known, _)| **known == *name) {
                return Err(A::Error::custom("duplicate field"));
            }
            fields.push((shared(&name), access.next_value()?));
        }
        fields.sort_unstable();
        Ok(FieldHashes(shared_fields(fields)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &serde_json::Value) -> FieldHashes {
        hashes(value.as_object().unwrap())
    }

    #[test]
    fn fields_are_sorted_and_later_ones_replace_earlier_ones() {
        let mut all = fields(&json!({"b": 1, "a": 2}));
        all.extend(fields(&json!({"c": 3, "b": 4})));
        assert_eq!(all, fields(&json!({"a": 2, "b": 4, "c": 3})));
        assert!(all.names().eq(["a", "b", "c"]));
        assert_eq!(all.get("b"), Some(&hash(&json!(4))));
        assert_eq!(all.get("d"), None);
    }

    #[test]
    fn fields_are_read_in_any_order_but_only_once() {
        let all = fields(&json!({"a": 1, "b": 2}));
        let one = format!("\"a\":\"{:?}\"", hash(&json!(1)));
        let two = format!("\"b\":\"{:?}\"", hash(&json!(2)));
        assert_eq!(serde_json::to_string(&all).unwrap(), format!("{{{one},{two}}}"));
        let read = |text: String| serde_json::from_str::<FieldHashes>(&text);
        assert_eq!(read(format!("{{{two},{one}}}")).unwrap(), all);
        let error = read(format!("{{{one},{one}}}")).unwrap_err().to_string();
        assert!(error.contains("duplicate field"), "{error}");
        let error = read("7".to_owned()).unwrap_err().to_string();
        assert!(error.contains("a map of hashes"), "{error}");
    }
}
