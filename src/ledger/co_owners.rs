//! Entries that other owners wrote into the same file. If several owners declare the same entry, all of them own it.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{Ledger, Owned, Target};
use crate::fs::Location;

/// The entries of the other owners of one file: by entry, then by owner.
#[derive(Debug, Clone, Default)]
pub struct CoOwners(BTreeMap<String, BTreeMap<String, Owned>>);

impl CoOwners {
    /// Returns what the other owners wrote into an entry.
    pub fn of(&self, entry: &str) -> impl Iterator<Item = &Owned> + Clone {
        self.0.get(entry).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns the other owners of an entry.
    pub fn names(&self, entry: &str) -> Vec<&str> {
        self.0.get(entry).into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }
}

impl Ledger {
    /// Returns the entries that other owners have in a file.
    pub fn co_owners(&self, owner: &str, file: &Location) -> CoOwners {
        let mut found = CoOwners::default();
        for (other, path, row) in self.by_owner() {
            if other != owner && is_row_of(file, path, row) {
                for (name, owned) in &row.entries {
                    let owners = found.0.entry(name.clone()).or_default();
                    owners.insert(other.to_owned(), owned.clone());
                }
            }
        }
        found
    }

    /// Removes an entry from the rows of all other owners, because this owner adopts it.
    pub fn take_over(&mut self, owner: &str, file: &Location, name: &str) {
        for (_, targets) in self.owners.iter_mut().filter(|(other, _)| *other != owner) {
            for (_, row) in targets.iter_mut().filter(|(path, row)| is_row_of(file, &path.0, row)) {
                row.entries.remove(name);
            }
        }
        for targets in self.owners.values_mut() {
            targets.retain(|_, target| !target.entries.is_empty());
        }
        self.owners.retain(|_, targets| !targets.is_empty());
    }

    /// Tells another owner of a file which parts of it mcpgen created, because this owner no longer has entries in it.
    pub fn hand_over(&mut self, owner: &str, file: &Location, left: &Target) {
        let others = self.owners.iter_mut().filter(|(other, _)| *other != owner);
        let mut rows = others.flat_map(|(_, targets)| targets.iter_mut());
        let Some((_, row)) = rows.find(|(path, row)| is_row_of(file, &path.0, row)) else { return };
        row.made = row.made.take().or_else(|| left.made.clone());
        let new = left.directories.iter().filter(|directory| !row.directories.contains(directory));
        row.directories = new.chain(&row.directories).cloned().collect();
    }
}

// The comparison by the standard library takes a fraction of the time that camino's takes.
fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    one.as_std_path() == other.as_std_path()
}

fn is_row_of(file: &Location, path: &Utf8Path, row: &Target) -> bool {
    let leads_there = row.link.as_ref().is_some_and(|link| is_same(link, &file.end));
    is_same(path, &file.path) || is_same(path, &file.end) || leads_there
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::document::CreatedParts;

    fn row(link: Option<&str>) -> Target {
        let entries = [("x".to_owned(), Owned::default())].into();
        Target {
            client: "c".into(),
            entries,
            link: link.map(Utf8PathBuf::from),
            ..Target::default()
        }
    }

    #[test]
    fn only_owners_of_the_same_file_are_co_owners() {
        let mut file = Location::unresolved(Utf8Path::new("/f"));
        file.end = "/end".into();
        for (path, link, want) in [
            ("/f", None, true),
            ("/end", None, true),
            ("/elsewhere", Some("/end"), true),
            ("/elsewhere", Some("/f"), false),
            ("/elsewhere", None, false),
        ] {
            let mut ledger = Ledger::default();
            ledger.set("a", Utf8Path::new(path), row(link));
            assert_eq!(
                !ledger.co_owners("b", &file).names("x").is_empty(),
                want,
                "{path} {link:?}"
            );
            assert!(ledger.co_owners("a", &file).names("x").is_empty());
            let mut taken = ledger.clone();
            taken.take_over("a", &file, "x");
            assert_eq!(taken, ledger);
            taken.take_over("b", &file, "x");
            assert_eq!(taken == Ledger::default(), want, "{path} {link:?}");
        }
    }

    #[test]
    fn what_was_made_for_a_file_is_handed_over_once() {
        let file = Location::unresolved(Utf8Path::new("/f"));
        let mut ledger = Ledger::default();
        ledger.set("a", &file.path, Target { directories: vec!["/d/e".into()], ..row(None) });
        ledger.set("c", Utf8Path::new("/other"), row(None));
        let made = CreatedParts::Section(1);
        let directories = vec!["/d".into(), "/d/e".into()];
        let left = Target { made: Some(made.clone()), directories, ..row(None) };
        ledger.hand_over("b", &file, &left);
        let row = ledger.target("a", &file.path).unwrap();
        assert_eq!(row.made, Some(made));
        assert_eq!(row.directories, ["/d", "/d/e"]);
        assert_eq!(ledger.target("c", Utf8Path::new("/other")).unwrap().made, None);
    }

    #[test]
    fn taking_over_leaves_no_empty_owner() {
        let mut ledger = Ledger::default();
        let file = Location::unresolved(Utf8Path::new("/f"));
        ledger.set("a", &file.path, row(None));
        assert_eq!(ledger.co_owners("b", &file).names("x"), ["a"]);
        ledger.take_over("b", &file, "x");
        assert_eq!(ledger, Ledger::default());
    }
}
