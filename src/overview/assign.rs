//! Assigns each entry to a server: a declared one, otherwise one with the same URL or, for a program, the same name.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::PlacedEntry;
use crate::doctor::normal;
use crate::model::{Model, Reach, Server};
use crate::survey::{EntryReach, EntryScope, FoundEntry, FoundSection};

/// A server and its entries.
pub struct Group<'a> {
    /// The server in the declaration.
    pub declared: Option<&'a Server>,
    /// The entries.
    pub found: Vec<PlacedEntry<'a>>,
}

/// The servers to which entries have been assigned.
pub struct Assignment<'a> {
    declaration: &'a Utf8Path,
    /// The declared servers, then the others.
    pub groups: Vec<Group<'a>>,
    others: BTreeMap<ServerIdentity, usize>,
}

/// What entries of an undeclared server have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum ServerIdentity {
    Url(String),
    Name(String),
}

impl<'a> Assignment<'a> {
    /// Starts with the declared servers.
    pub fn new(model: Option<&'a Model>, declaration: &'a Utf8Path) -> Self {
        let servers = model.map(|model| model.servers.as_slice()).unwrap_or_default();
        let group = |server| Group { declared: Some(server), found: vec![] };
        Self { declaration, groups: servers.iter().map(group).collect(), others: BTreeMap::new() }
    }

    /// Assigns an entry.
    pub fn add(&mut self, section: &'a FoundSection<'a>, entry: &'a FoundEntry) {
        let at = self.declared(section, entry).unwrap_or_else(|| self.other(entry));
        self.groups[at].found.push((section, entry));
    }

    fn declared(&self, section: &FoundSection<'_>, entry: &FoundEntry) -> Option<usize> {
        let position = |matches: &dyn Fn(&Server) -> bool| {
            self.groups.iter().position(|group| group.declared.is_some_and(matches))
        };
        let own = section.scope == EntryScope::User;
        let client = &section.client.name;
        let same_name = |server: &Server| server.name == entry.name;
        let named = |server: &Server| own && same_name(server) && server.clients.contains(client);
        let url = entry.reach.as_ref().and_then(EntryReach::url).map(normal);
        let same_url = |server: &Server| match &server.reach {
            Reach::Remote(remote) => url.as_ref() == Some(&normal(&remote.url)),
            Reach::Local(_) => false,
        };
        let started = |server: &Server| match &entry.reach {
            Some(EntryReach::Exec(exec)) => {
                exec.server == server.name && exec.declaration == self.declaration
            }
            Some(EntryReach::Bridge(_) | EntryReach::Address { .. } | EntryReach::Program(_))
            | None => false,
        };
        position(&named)
            .or_else(|| position(&started))
            .or_else(|| position(&|server| same_url(server) && same_name(server)))
            .or_else(|| position(&same_url))
    }

    fn other(&mut self, entry: &FoundEntry) -> usize {
        let url = entry.reach.as_ref().and_then(EntryReach::url);
        let identity = url.map_or_else(
            || ServerIdentity::Name(entry.name.clone()),
            |url| ServerIdentity::Url(normal(url)),
        );
        let next = self.groups.len();
        let at = *self.others.entry(identity).or_insert(next);
        if at == next {
            self.groups.push(Group { declared: None, found: vec![] });
        }
        at
    }
}
