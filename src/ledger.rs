//! The ledger: which fields of which entries in which files are ours. Hashes, never values.
//!
//! It is what lets a plan tell ours from the user's, and an apply finish what a crash interrupted.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::document::{Entry, Made};
use crate::fs::{self, FsError};
use crate::paths::Environment;

const VERSION: u32 = 1;

/// Maps the fields of an entry to the hashes of what we wrote.
pub type FieldHashes = BTreeMap<String, String>;

/// Holds what all owners wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    version: u32,
    owners: BTreeMap<String, BTreeMap<Utf8PathBuf, Target>>,
}

/// Holds what one owner wrote into one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The client whose file it is.
    pub client: String,
    /// The project it belongs to, if it is not the user's own file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Utf8PathBuf>,
    /// What we had to make for our entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// Our entries.
    pub entries: BTreeMap<String, Owned>,
}

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
    fields.iter().all(|(name, hash)| entry.get(name).is_some_and(|it| self::hash(it) == *hash))
}

/// Says why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It does not parse.
    #[error(
        "the ledger `{0}` is damaged; move it away, then take your entries over again with `mcpgen apply --adopt-all`"
    )]
    Damaged(Utf8PathBuf),
    /// It was written by a newer mcpgen.
    #[error(
        "the ledger `{path}` has version {version}, this mcpgen knows {VERSION}; use the newer mcpgen"
    )]
    Newer {
        /// The ledger.
        path: Utf8PathBuf,
        /// Its version.
        version: u64,
    },
}

impl Default for Ledger {
    fn default() -> Self {
        Self { version: VERSION, owners: BTreeMap::new() }
    }
}

/// Returns the ledger's path.
pub fn path(env: &Environment) -> Utf8PathBuf {
    env.state_dir().join("ledger.json")
}

impl Ledger {
    /// Reads the ledger; a missing one is empty.
    ///
    /// # Errors
    /// Fails where it cannot be read, is damaged, or is of a newer version.
    pub fn load(path: &Utf8Path) -> Result<Self, LedgerError> {
        let Some(bytes) = fs::read(path)? else { return Ok(Self::default()) };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(ledger) if ledger.version <= VERSION => Ok(ledger),
            Ok(_) | Err(_) => Err(Self::unreadable(path, &bytes)),
        }
    }

    // A newer one may have any shape beside its version.
    fn unreadable(path: &Utf8Path, bytes: &[u8]) -> LedgerError {
        let value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                LedgerError::Newer { path: path.to_owned(), version }
            }
            Some(_) | None => LedgerError::Damaged(path.to_owned()),
        }
    }

    /// Writes the ledger.
    ///
    /// # Errors
    /// Fails where the system refuses; the old one is then still there.
    pub fn save(&self, path: &Utf8Path) -> Result<(), LedgerError> {
        Ok(fs::write_private(path, self.to_text().as_bytes())?)
    }

    /// Writes the ledger as text, sorted, the same for the same content.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a ledger is plain data");
        text + "\n"
    }

    /// Returns what an owner wrote into a file.
    pub fn target(&self, owner: &str, path: &Utf8Path) -> Option<&Target> {
        self.owners.get(owner)?.get(path)
    }

    /// Returns an owner's files and what it wrote there.
    pub fn targets(&self, owner: &str) -> impl Iterator<Item = (&Utf8PathBuf, &Target)> {
        self.owners.get(owner).into_iter().flatten()
    }

    /// Sets what an owner wrote into a file; a target without entries is forgotten. Returns whether
    /// that changes anything.
    pub fn set(&mut self, owner: &str, path: &Utf8Path, target: Target) -> bool {
        let targets = self.owners.entry(owner.to_owned()).or_default();
        let changes = if target.entries.is_empty() {
            targets.remove(path).is_some()
        } else if targets.get(path) == Some(&target) {
            false
        } else {
            targets.insert(path.to_owned(), target);
            true
        };
        if targets.is_empty() {
            self.owners.remove(owner);
        }
        changes
    }

    /// Returns whether another owner has an entry of this name in a file.
    pub fn other_owner(&self, owner: &str, path: &Utf8Path, name: &str) -> Option<&str> {
        let mut others = self.owners.iter().filter(|(other, _)| *other != owner);
        let has = |targets: &BTreeMap<_, Target>| {
            targets.get(path).is_some_and(|target| target.entries.contains_key(name))
        };
        others.find(|(_, targets)| has(targets)).map(|(other, _)| other.as_str())
    }

    /// Takes an entry away from every other owner, when this one takes it over.
    pub fn take_over(&mut self, owner: &str, path: &Utf8Path, name: &str) {
        for (_, targets) in self.owners.iter_mut().filter(|(other, _)| *other != owner) {
            if let Some(target) = targets.get_mut(path) {
                target.entries.remove(name);
            }
        }
        for targets in self.owners.values_mut() {
            targets.retain(|_, target| !target.entries.is_empty());
        }
        self.owners.retain(|_, targets| !targets.is_empty());
    }
}

/// Hashes the fields of an entry.
pub fn hashes(entry: &Entry) -> FieldHashes {
    entry.iter().map(|(name, value)| (name.clone(), hash(value))).collect()
}

/// Hashes a value: the same for equal values, whatever the order of their keys.
pub fn hash(value: &Value) -> String {
    let mut hasher = Sha256::new();
    feed(&mut hasher, value);
    hex(&hasher.finalize()[..16])
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

// Each value starts with its kind and carries its length, so that no two values feed the same bytes.
fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hasher.update("n;"),
        Value::Bool(flag) => hasher.update(if *flag { "btrue;" } else { "bfalse;" }),
        Value::Number(_) => feed_parts(hasher, &["i", &plain_number(value), ";"]),
        Value::String(text) => feed_parts(hasher, &["s", &text.len().to_string(), ":", text, ";"]),
        Value::Array(list) => {
            feed_parts(hasher, &["l", &list.len().to_string(), ";"]);
            list.iter().for_each(|value| feed(hasher, value));
        }
        Value::Object(map) => {
            feed_parts(hasher, &["m", &map.len().to_string(), ";"]);
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (key, value) in sorted {
                feed_parts(hasher, &["k", &key.len().to_string(), ":", key, ";"]);
                feed(hasher, value);
            }
        }
    }
}

fn feed_parts(hasher: &mut Sha256, parts: &[&str]) {
    parts.iter().for_each(|part| hasher.update(part));
}

/// Returns whether two values are the same, `30` and `30.0` included: clients write either.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => plain_number(one) == plain_number(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, value)| other.get(key).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (_, _) => one == other,
    }
}

fn plain_number(value: &Value) -> String {
    let whole = value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15);
    whole.map_or_else(|| value.to_string(), |n| format!("{n:.0}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_one_hash_and_others_another() {
        assert_eq!(hash(&json!({"a": 1, "b": [true]})), hash(&json!({"b": [true], "a": 1})));
        for (one, other, equal) in [
            (json!([30]), json!([30.0]), true),
            (json!(30.5), json!(30), false),
            (json!({"a": [1.0], "b": {}}), json!({"b": {}, "a": [1]}), true),
            (json!({"a": 1}), json!({"a": 1, "b": null}), false),
            (json!([1, 2]), json!([1]), false),
        ] {
            assert_eq!((same(&one, &other), hash(&one) == hash(&other)), (equal, equal), "{one}");
        }
        for (one, other) in [
            (json!(["ab", "c"]), json!(["a", "bc"])),
            (json!("1"), json!(1)),
            (json!({}), json!([])),
            (json!(null), json!("")),
        ] {
            assert_ne!(hash(&one), hash(&other));
        }
    }

    #[test]
    fn a_pending_field_counts_as_ours_beside_the_settled_one() {
        let entry = |v: u32| json!({"command": v}).as_object().unwrap().clone();
        let owned = Owned { fields: Some(hashes(&entry(1))), pending: Some(hashes(&entry(2))) };
        assert!(owned.matches(&entry(1)) && owned.matches(&entry(2)) && !owned.matches(&entry(3)));
    }

    #[test]
    fn taking_over_leaves_no_empty_owner() {
        let mut ledger = Ledger::default();
        let owned = [("x".to_owned(), Owned::default())].into();
        let path = Utf8Path::new("/f");
        ledger.set("a", path, Target { client: "c".into(), entries: owned, ..Target::default() });
        assert_eq!(ledger.other_owner("b", path, "x"), Some("a"));
        ledger.take_over("b", path, "x");
        assert_eq!(ledger, Ledger::default());
    }
}
