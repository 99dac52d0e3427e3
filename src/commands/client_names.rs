//! Names several clients briefly: all of them, or all except a few, or each.

use std::collections::BTreeSet;

use super::columns::Cell;
use crate::display::list;

/// A few clients among others.
enum ClientNames<'n> {
    All(usize),
    AllExcept(Vec<&'n str>),
    Each(Vec<&'n str>),
}

impl<'n> ClientNames<'n> {
    fn new(named: &'n BTreeSet<String>, all: &'n BTreeSet<String>) -> Self {
        let few = (named.len() / 8).max(3);
        let missing: Vec<&str> = all.difference(named).map(String::as_str).collect();
        if missing.is_empty() && named.len() > 2 {
            return Self::All(named.len());
        }
        match missing.len() <= few && named.len() > 2 * few {
            true => Self::AllExcept(missing),
            false => Self::Each(named.iter().map(String::as_str).collect()),
        }
    }
}

/// Returns the cell of a table.
pub fn cell(named: &BTreeSet<String>, all: &BTreeSet<String>) -> Cell {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    match ClientNames::new(named, all) {
        ClientNames::All(count) => Cell::words(&format!("all {count} clients")),
        ClientNames::AllExcept(names) => Cell::list(&["all", "except"], owned(names)),
        ClientNames::Each(names) => Cell::list(&[], owned(names)),
    }
}

/// Returns the part of a sentence.
pub fn words(named: &BTreeSet<String>, all: &BTreeSet<String>) -> String {
    match ClientNames::new(named, all) {
        ClientNames::All(count) => format!("all {count} clients"),
        ClientNames::AllExcept(names) => format!("all clients except {}", list(&names)),
        ClientNames::Each(names) => list(&names),
    }
}
