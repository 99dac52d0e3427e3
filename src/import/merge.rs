//! Entries of all clients as servers: the same in several clients is one.

use std::collections::{BTreeMap, BTreeSet};

use super::Left;
use super::draft::Found;
use super::stays::Stays;
use crate::model::portable_name;

/// Holds a server.
pub struct Server {
    /// Its name.
    pub name: String,
    /// The clients that have it.
    pub clients: BTreeSet<String>,
    /// What it is; where that is more than one thing, clients differ. Each has its clients' entries.
    pub variants: Vec<Vec<Found>>,
}

impl Server {
    /// Returns whether no client has it switched on.
    pub fn is_off(&self) -> bool {
        self.variants.iter().flatten().all(|found| found.off)
    }
}

/// Merges entries. The second value names what is called otherwise and what is switched off in places.
pub fn merge(found: Vec<Found>) -> (Vec<Server>, Vec<Left>) {
    let names = names(&found);
    let mut servers: BTreeMap<String, Server> = BTreeMap::new();
    let mut left = vec![];
    for entry in found {
        let name = names[&entry.name].clone();
        if name != entry.name {
            left.push(leave(&entry, Stays::Renamed(name.clone())));
        }
        let server = servers.entry(name.clone()).or_insert_with(|| Server {
            name,
            clients: BTreeSet::new(),
            variants: vec![],
        });
        server.clients.insert(entry.client.clone());
        match server.variants.iter_mut().find(|same| same[0].reach == entry.reach) {
            Some(same) if same.iter().any(|known| known.client == entry.client) => {}
            Some(same) => same.push(entry),
            None => server.variants.push(vec![entry]),
        }
    }
    for server in servers.values().filter(|server| !server.is_off()) {
        let off = server.variants.iter().flatten().filter(|found| found.off);
        left.extend(off.map(|found| leave(found, Stays::Off)));
    }
    (servers.into_values().collect(), left)
}

fn leave(found: &Found, why: Stays) -> Left {
    Left { client: found.client.clone(), entry: found.name.clone(), why }
}

// Each entry's name with the server's. Two that one client has side by side stay two, unless they are the same.
fn names(found: &[Found]) -> BTreeMap<String, String> {
    let mut entries: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for entry in found {
        entries.entry(&entry.name).or_default().push(entry);
    }
    let (good, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(name, _)| portable_name(name) == *name);
    let mut taken: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (name, entries) in good.into_iter().chain(others) {
        let portable = portable_name(name);
        let numbered = (2_u32..).map(|n| format!("{portable}-{n}"));
        let clash = |(a, b): (&&Found, &&Found)| a.client == b.client && a.reach != b.reach;
        let free = |name: &String| {
            let others = taken.get(name).into_iter().flatten();
            !others.flat_map(|a| entries.iter().map(move |b| (a, b))).any(clash)
        };
        let own = std::iter::once(portable.clone()).chain(numbered).find(free);
        let own = own.expect("numbers do not end");
        taken.entry(own.clone()).or_default().extend(entries);
        names.insert(name.to_owned(), own);
    }
    names
}
