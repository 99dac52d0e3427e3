//! Values that many clients have in common. A server has the same entry in the files of most clients, so equal values
//! are stored once.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::document::Entry;
use crate::ledger::{FieldHashes, hashes};

/// An entry as a client should have it.
#[derive(Debug, Clone, Default)]
pub struct DesiredEntry {
    fields: Arc<Entry>,
    hashes: OnceLock<FieldHashes>,
}

impl DesiredEntry {
    /// Returns the hashes of the fields.
    pub fn hashes(&self) -> &FieldHashes {
        self.hashes.get_or_init(|| hashes(&self.fields))
    }

    /// Returns the fields, to be kept.
    pub fn fields(&self) -> &Arc<Entry> {
        &self.fields
    }
}

impl From<Entry> for DesiredEntry {
    fn from(fields: Entry) -> Self {
        Self { fields: Arc::new(fields), hashes: OnceLock::new() }
    }
}

impl Deref for DesiredEntry {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.fields
    }
}

// The different values of each server.
type Pool<T> = RefCell<HashMap<String, Vec<Arc<T>>>>;

thread_local! {
    static ENTRIES: Pool<DesiredEntry> = RefCell::default();
    static NAMES: Pool<BTreeSet<String>> = RefCell::default();
}

/// Returns an entry, which is stored once for all clients in which it is the same.
pub fn shared_entry(server: &str, entry: Entry) -> Arc<DesiredEntry> {
    let same = |known: &DesiredEntry, new: &DesiredEntry| is_same_map(known, new);
    ENTRIES.with(|pool| share(pool, server, entry.into(), same))
}

/// Returns the names that a server gets, which are stored once for all clients in which they are the same.
pub fn shared_names(server: &str, names: BTreeSet<String>) -> Arc<BTreeSet<String>> {
    NAMES.with(|pool| share(pool, server, names, BTreeSet::eq))
}

fn share<T>(pool: &Pool<T>, server: &str, new: T, same: impl Fn(&T, &T) -> bool) -> Arc<T> {
    let mut pool = pool.borrow_mut();
    if let Some(known) = pool.get(server).and_then(|all| all.iter().find(|it| same(it, &new))) {
        return Arc::clone(known);
    }
    let new = Arc::new(new);
    pool.entry(server.to_owned()).or_default().push(Arc::clone(&new));
    new
}

// The order of the fields is that of the file, so it must be the same too.
fn is_same_map(one: &Entry, other: &Entry) -> bool {
    let same = |((name, one), (other_name, other)): ((&String, &Value), (&String, &Value))| {
        name == other_name && is_same_value(one, other)
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn is_same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => is_same_map(one, other),
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| is_same_value(one, other))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_entries_with_the_same_order_of_fields_are_shared() {
        let entry = |value: Value| value.as_object().unwrap().clone();
        let share = |value: Value| shared_entry("one", entry(value));
        let first = share(json!({"a": 1, "b": [{"c": 2, "d": 3}]}));
        assert!(Arc::ptr_eq(&first, &share(json!({"a": 1, "b": [{"c": 2, "d": 3}]}))));
        for other in [
            json!({"b": [{"c": 2, "d": 3}], "a": 1}),
            json!({"a": 1, "b": [{"d": 3, "c": 2}]}),
            json!({"a": 1, "b": [{"c": 2, "d": 3}, 4]}),
            json!({"a": 1}),
        ] {
            assert!(!Arc::ptr_eq(&first, &share(other)));
        }
        let elsewhere = shared_entry("two", entry(json!({"a": 1, "b": [{"c": 2, "d": 3}]})));
        assert!(!Arc::ptr_eq(&first, &elsewhere));
    }
}
