//! The ledger: the fields that mcpgen wrote, by file and entry. It contains hashes, never values.
//!
//! With the ledger, a plan distinguishes mcpgen's fields from the user's, and an apply completes an interrupted one.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::CreatedParts;
use crate::fs;
use crate::paths::Environment;

mod co_owners;
mod error;
mod field_hashes;
mod hash;
mod owned;
mod target_path;

pub use co_owners::CoOwners;
pub use error::LedgerError;
pub use field_hashes::{FieldHashes, hashes};
pub use hash::{digest, same};
pub use owned::Owned;
use target_path::TargetPath;

// Version 2 added `directories` and `link` of a target. In version 3, an entry can have several owners, so that an older
// mcpgen must not remove it. Version 4 added `home`, which an older mcpgen would forget. The older versions can still be
// read.
const VERSION: u32 = 4;

/// The files and entries that all owners wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    version: u32,
    owners: BTreeMap<String, Targets>,
}

type Targets = BTreeMap<TargetPath, Target>;

/// The entries that one owner wrote into one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The client whose file it is.
    pub client: String,
    /// The project that contains the file, or `None` for the user's own file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Utf8PathBuf>,
    /// The home of the client that contains the file, or `None` for the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Utf8PathBuf>,
    /// The parts of the file that mcpgen created besides its entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<CreatedParts>,
    /// The directories created for the file, the topmost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<Utf8PathBuf>,
    /// The file that the path led to when it was a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Utf8PathBuf>,
    /// The owner's entries.
    pub entries: BTreeMap<String, Owned>,
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
    /// Reads the ledger. A missing ledger is empty.
    ///
    /// # Errors
    /// Fails if the ledger cannot be read, is damaged, or has a newer version.
    pub fn load(path: &Utf8Path) -> Result<Self, LedgerError> {
        let Some(bytes) = fs::read(path)? else { return Ok(Self::default()) };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(ledger) if ledger.version <= VERSION => Ok(Self { version: VERSION, ..ledger }),
            Ok(_) | Err(_) => Err(Self::unreadable(path, &bytes)),
        }
    }

    // A newer version may have another format, but it has the field `version`.
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
    /// Fails if the operating system returns an error. The old ledger then remains.
    pub fn save(&self, path: &Utf8Path) -> Result<(), LedgerError> {
        Ok(fs::write_private(path, self.to_text().as_bytes())?)
    }

    /// Returns the ledger as sorted JSON, which is equal for equal ledgers.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a ledger is plain data");
        text + "\n"
    }

    /// Returns what an owner wrote into a file.
    pub fn target(&self, owner: &str, path: &Utf8Path) -> Option<&Target> {
        self.owners.get(owner)?.get(path.as_std_path())
    }

    /// Returns the files of an owner, each with its row.
    pub fn targets(&self, owner: &str) -> impl Iterator<Item = (&Utf8PathBuf, &Target)> {
        self.owners.get(owner).into_iter().flatten().map(|(path, row)| (&path.0, row))
    }

    /// Returns the names of all owners.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(String::as_str)
    }

    /// Moves all rows of one owner to another. Entries that the new owner already has are kept.
    pub fn inherit(&mut self, old: &str, new: &str) {
        let inherited = self.owners.remove(old).unwrap_or_default();
        let targets = self.owners.entry(new.to_owned()).or_default();
        for (path, row) in inherited {
            unite_rows(targets, path.0, row);
        }
    }

    /// Merges an owner's rows for `others` into the row for `path`, because all these paths lead to one file.
    pub fn unite(&mut self, owner: &str, path: &Utf8Path, others: &[Utf8PathBuf]) {
        let Some(targets) = self.owners.get_mut(owner) else { return };
        let rows: Vec<Target> =
            others.iter().filter_map(|it| targets.remove(it.as_std_path())).collect();
        rows.into_iter().for_each(|row| unite_rows(targets, path.to_owned(), row));
    }

    /// Returns the files of all owners, each with its row.
    pub fn all(&self) -> impl Iterator<Item = (&Utf8PathBuf, &Target)> {
        self.owners.values().flatten().map(|(path, row)| (&path.0, row))
    }

    /// Returns the files of all owners, each with its owner and its row.
    pub fn by_owner(&self) -> impl Iterator<Item = (&str, &Utf8PathBuf, &Target)> {
        let rows = self.owners.iter();
        rows.flat_map(|(owner, rows)| rows.iter().map(|(path, row)| (owner.as_str(), &path.0, row)))
    }

    /// Sets the row of an owner's file. A row without entries is removed. Returns whether the ledger changed.
    pub fn set(&mut self, owner: &str, path: &Utf8Path, target: Target) -> bool {
        let row = self.target(owner, path);
        let changes = row.map_or(!target.entries.is_empty(), |row| *row != target);
        if changes {
            self.replace(owner, path, target);
        }
        changes
    }

    /// Sets the row of an owner's file, and returns the earlier row.
    pub fn replace(&mut self, owner: &str, path: &Utf8Path, target: Target) -> Option<Target> {
        let targets = self.owners.entry(owner.to_owned()).or_default();
        let row = if target.entries.is_empty() {
            targets.remove(path.as_std_path())
        } else {
            targets.insert(TargetPath(path.to_owned()), target)
        };
        if targets.is_empty() {
            self.owners.remove(owner);
        }
        row
    }
}

fn unite_rows(targets: &mut Targets, path: Utf8PathBuf, row: Target) {
    match targets.get_mut(path.as_std_path()) {
        None => drop(targets.insert(TargetPath(path), row)),
        Some(kept) => {
            for (name, owned) in row.entries {
                kept.entries.entry(name).or_insert(owned);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_matches_its_settled_fields_and_its_pending_fields() {
        let entry = |v: u32| json!({"command": v}).as_object().unwrap().clone();
        let owned = Owned { fields: Some(hashes(&entry(1))), pending: Some(hashes(&entry(2))) };
        assert!(owned.matches(&entry(1)) && owned.matches(&entry(2)) && !owned.matches(&entry(3)));
    }
    #[test]
    fn pending_fields_are_settled_if_the_entry_has_them() {
        let entry = |v: u32| json!({"command": v}).as_object().unwrap().clone();
        let new = || Owned { fields: Some(hashes(&entry(1))), pending: Some(hashes(&entry(2))) };
        for (actual, settled) in [(Some(entry(2)), true), (Some(entry(1)), false), (None, false)] {
            let mut owned = new();
            owned.settle(actual.as_ref());
            let written = Owned { fields: Some(hashes(&entry(2))), pending: None };
            assert_eq!(owned, if settled { written } else { new() });
        }
    }

    #[test]
    fn paths_are_in_the_order_of_their_parts() {
        let path = |text: &str| TargetPath(Utf8PathBuf::from(text));
        assert!(path("/a/b") < path("/a-b"), "as text, the order is the other one");
        assert!(path("/a") < path("/a/b"));
    }
}
