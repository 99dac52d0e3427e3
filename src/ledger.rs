//! The ledger: which fields of which entries in which files are ours. Hashes, never values.
//!
//! It is what lets a plan tell ours from the user's, and an apply finish what a crash interrupted.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::CreatedParts;
use crate::fs;
use crate::paths::Environment;

mod error;
mod hash;
mod owned;

pub use error::LedgerError;
pub use hash::{digest, same};
pub use owned::{Owned, hashes};

// 2: `directories` and `link` of a target. Version 1 is still read.
const VERSION: u32 = 2;

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
    pub made: Option<CreatedParts>,
    /// The directories created for the file, the topmost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<Utf8PathBuf>,
    /// The file that the path led to when it was a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Utf8PathBuf>,
    /// Our entries.
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
    /// Reads the ledger; a missing one is empty.
    ///
    /// # Errors
    /// Fails where it cannot be read, is damaged, or is of a newer version.
    pub fn load(path: &Utf8Path) -> Result<Self, LedgerError> {
        let Some(bytes) = fs::read(path)? else { return Ok(Self::default()) };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(ledger) if ledger.version <= VERSION => Ok(Self { version: VERSION, ..ledger }),
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

    /// Returns the names of all owners.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(String::as_str)
    }

    /// Gives everything of one owner to another, which keeps what it already has.
    pub fn inherit(&mut self, old: &str, new: &str) {
        let inherited = self.owners.remove(old).unwrap_or_default();
        let targets = self.owners.entry(new.to_owned()).or_default();
        for (path, row) in inherited {
            unite_rows(targets, path, row);
        }
    }

    /// Makes one row of an owner's rows for several paths to one file.
    pub fn unite(&mut self, owner: &str, path: &Utf8Path, others: &[Utf8PathBuf]) {
        let Some(targets) = self.owners.get_mut(owner) else { return };
        let rows: Vec<Target> = others.iter().filter_map(|other| targets.remove(other)).collect();
        rows.into_iter().for_each(|row| unite_rows(targets, path.to_owned(), row));
    }

    /// Returns every owner's files and what it wrote there.
    pub fn all(&self) -> impl Iterator<Item = (&Utf8PathBuf, &Target)> {
        self.owners.values().flatten()
    }

    /// Returns every owner with its files and what it wrote there.
    pub fn by_owner(&self) -> impl Iterator<Item = (&str, &Utf8PathBuf, &Target)> {
        let rows = self.owners.iter();
        rows.flat_map(|(owner, rows)| rows.iter().map(|(path, row)| (owner.as_str(), path, row)))
    }

    /// Sets what an owner wrote into a file; a target without entries is forgotten. Returns whether
    /// that changes anything.
    pub fn set(&mut self, owner: &str, path: &Utf8Path, target: Target) -> bool {
        let row = self.target(owner, path);
        let changes = row.map_or(!target.entries.is_empty(), |row| *row != target);
        if changes {
            self.replace(owner, path, target);
        }
        changes
    }

    /// Sets what an owner wrote into a file, and hands back what the ledger said before.
    pub fn replace(&mut self, owner: &str, path: &Utf8Path, target: Target) -> Option<Target> {
        let targets = self.owners.entry(owner.to_owned()).or_default();
        let row = if target.entries.is_empty() {
            targets.remove(path)
        } else {
            targets.insert(path.to_owned(), target)
        };
        if targets.is_empty() {
            self.owners.remove(owner);
        }
        row
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

fn unite_rows(targets: &mut BTreeMap<Utf8PathBuf, Target>, path: Utf8PathBuf, row: Target) {
    match targets.get_mut(&path) {
        None => drop(targets.insert(path, row)),
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
