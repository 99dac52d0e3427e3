//! Chooses the name of each server. An entry keeps its name if all clients of the server accept it.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{DraftReach, ServerDraft};
use crate::client::{Client, ClientTable};
use crate::model::portable_name;

// Entries that become one server.
#[derive(Default)]
struct NameGroup<'f> {
    entries: Vec<&'f ServerDraft>,
}

/// Returns the name of each entry and its server. Two entries of one client never become one server.
pub fn server_names(found: &[ServerDraft], table: &ClientTable) -> BTreeMap<String, String> {
    let mut groups: Vec<NameGroup<'_>> = named_alike(found).into_values().collect();
    // The servers whose entries keep their names come first, so that no other server gets such a name.
    groups.sort_by_key(|group| !group.keeps(table));
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for group in groups {
        let wanted = group.name(table);
        let numbered = (2_u32..).map(|n| format!("{wanted}-{n}"));
        let own = std::iter::once(wanted.clone()).chain(numbered);
        let own = own.into_iter().find(|name| taken.insert(name.clone()));
        let own = own.expect("numbers do not end");
        names.extend(group.entries.iter().map(|entry| (entry.name.clone(), own.clone())));
    }
    names
}

// Entries with one name are one server. So are entries that differ in the spelling of the name, if they are in
// different clients and start or reach the same server.
fn named_alike(found: &[ServerDraft]) -> BTreeMap<&str, NameGroup<'_>> {
    let mut by_name: BTreeMap<&str, NameGroup<'_>> = BTreeMap::new();
    for entry in found {
        by_name.entry(&entry.name).or_default().entries.push(entry);
    }
    let mut groups: BTreeMap<&str, NameGroup<'_>> = BTreeMap::new();
    for (name, group) in by_name {
        let alike = |(_, other): &(&&str, &mut NameGroup<'_>)| other.is_same(&group);
        match groups.iter_mut().find(alike) {
            Some((_, other)) => other.entries.extend(group.entries),
            None => drop(groups.insert(name, group)),
        }
    }
    groups
}

impl NameGroup<'_> {
    fn is_same(&self, other: &Self) -> bool {
        let mut pairs = self.entries.iter().flat_map(|a| other.entries.iter().map(move |b| (a, b)));
        pairs.all(|(a, b)| {
            a.client != b.client
                && spelling(&a.name) == spelling(&b.name)
                && is_same_server(&a.reach, &b.reach)
        })
    }

    fn clients<'t>(&self, table: &'t ClientTable) -> Vec<&'t Client> {
        self.entries.iter().filter_map(|entry| table.get(&entry.client)).collect()
    }

    fn keeps(&self, table: &ClientTable) -> bool {
        let name = self.name(table);
        self.entries.iter().any(|entry| entry.name == name)
    }

    // The name that most entries have. If two names are equally frequent, the one in lower case.
    fn name(&self, table: &ClientTable) -> String {
        let clients = self.clients(table);
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &self.entries {
            *count.entry(&entry.name).or_default() += 1;
        }
        let kept = count.iter().filter(|(name, _)| portable_name(name, &clients) == **name);
        let best = kept.max_by_key(|(name, count)| (**count, **name));
        let (name, _) = best.or(count.first_key_value().as_ref().copied()).unwrap_or((&"", &0));
        portable_name(name, &clients)
    }
}

fn is_same_server(a: &DraftReach, b: &DraftReach) -> bool {
    match (a, b) {
        (DraftReach::Remote(a), DraftReach::Remote(b)) => a.url == b.url,
        (DraftReach::Local(_), DraftReach::Local(_)) => a == b,
        (DraftReach::Remote(_), DraftReach::Local(_))
        | (DraftReach::Local(_), DraftReach::Remote(_)) => false,
    }
}

fn spelling(name: &str) -> String {
    portable_name(name, &[]).replace('_', "-").to_ascii_lowercase()
}
