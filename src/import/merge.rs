//! Merges the entries of all clients: equal entries of several clients become one server.

use std::collections::{BTreeMap, BTreeSet};

use super::ImportNote;
use super::draft::{DraftReach, DraftSignIn, OAuthDraft, RemoteDraft, ServerDraft};
use super::note::NoteReason;
use super::server_name::server_names;
use crate::client::{ClientTable, Transport};

/// Holds a server.
pub struct MergedServer {
    /// Its name.
    pub name: String,
    /// The clients that have it.
    pub clients: BTreeSet<String>,
    /// The versions of the server, each with the entries of its clients. More than one version means that clients
    /// differ.
    pub variants: Vec<Vec<ServerDraft>>,
    /// The entries that a client has again in another file, for the same launch.
    pub again: Vec<ServerDraft>,
}

impl MergedServer {
    /// Returns whether the server is disabled in every client.
    pub fn is_off(&self) -> bool {
        self.entries().all(|found| found.off)
    }

    /// Drops all versions but one, which all clients of the server get.
    pub fn keep(&mut self, version: Option<usize>) {
        if let Some(at) = version.filter(|at| *at < self.variants.len()) {
            self.variants = vec![self.variants.swap_remove(at)];
        }
    }

    /// Returns the entries in all files.
    pub fn entries(&self) -> impl Iterator<Item = &ServerDraft> {
        self.variants.iter().flatten().chain(&self.again)
    }

    /// Returns the name of an entry's client. If another file of the client has another version, the file follows.
    pub fn client_of(&self, found: &ServerDraft) -> String {
        let is_other = |it: &ServerDraft| it.client == found.client && it.file != found.file;
        match self.variants.iter().flatten().any(is_other) {
            true => format!("{} ({})", found.client, found.file),
            false => found.client.clone(),
        }
    }

    /// Returns whether the versions are of files of one client.
    pub fn has_own_versions(&self) -> bool {
        let entries: Vec<&ServerDraft> = self.variants.iter().flatten().collect();
        let clients: BTreeSet<&String> = entries.iter().map(|found| &found.client).collect();
        clients.len() < entries.len()
    }
}

/// Merges entries. The second value has the notes about servers that are renamed or disabled in some clients.
pub fn merge(
    mut found: Vec<ServerDraft>,
    table: &ClientTable,
) -> (Vec<MergedServer>, Vec<ImportNote>) {
    let names = server_names(&found, table);
    open_bridges(&mut found, &names, table);
    let mut servers: BTreeMap<String, MergedServer> = BTreeMap::new();
    let mut left = vec![];
    for entry in found {
        let name = names[&entry.name].clone();
        if name != entry.name {
            let is_of_another = names.get(&name) == Some(&name);
            let why = if is_of_another { NoteReason::SameServer } else { NoteReason::Renamed };
            left.push(leave(&entry, why(name.clone())));
        }
        let server = servers.entry(name.clone()).or_insert_with(|| MergedServer {
            name,
            clients: BTreeSet::new(),
            variants: vec![],
            again: vec![],
        });
        server.clients.insert(entry.client.clone());
        match server.variants.iter_mut().find(|same| same[0].reach == entry.reach) {
            Some(same) => match same.iter().find(|known| known.client == entry.client) {
                Some(known) => {
                    if known.options != entry.options {
                        left.push(leave(&entry, NoteReason::OtherSettings(known.file.clone())));
                    }
                    server.again.push(entry);
                }
                None => same.push(entry),
            },
            None => server.variants.push(vec![entry]),
        }
    }
    for server in servers.values().filter(|server| !server.is_off()) {
        let off = server.entries().filter(|found| found.off);
        left.extend(off.map(|found| leave(found, NoteReason::Off)));
    }
    (servers.into_values().collect(), left)
}

// A client that does not support URLs needs a bridge, so a bridge there does not mean a sign-in. If another client
// connects to the same URL directly, both entries are one server without a sign-in.
fn open_bridges(found: &mut [ServerDraft], names: &BTreeMap<String, String>, table: &ClientTable) {
    let open: Vec<(String, RemoteDraft)> = found.iter().filter_map(|it| open(it, names)).collect();
    for entry in found.iter_mut().filter(|entry| entry.start.is_some()) {
        let DraftReach::Remote(remote) = &mut entry.reach else { continue };
        let transport = if remote.sse { Transport::Sse } else { Transport::Http };
        let takes = table.get(&entry.client).is_none_or(|client| client.accepts(transport));
        let bare = RemoteDraft { sign_in: DraftSignIn::None, ..remote.clone() };
        let same =
            |(name, open): &(String, RemoteDraft)| *name == names[&entry.name] && *open == bare;
        let asks = remote.sign_in == DraftSignIn::OAuth(OAuthDraft::default());
        if !takes && asks && open.iter().any(same) {
            *remote = bare;
        }
    }
}

fn open(found: &ServerDraft, names: &BTreeMap<String, String>) -> Option<(String, RemoteDraft)> {
    match &found.reach {
        DraftReach::Remote(remote)
            if found.start.is_none() && remote.sign_in == DraftSignIn::None =>
        {
            Some((names[&found.name].clone(), remote.clone()))
        }
        DraftReach::Remote(_) | DraftReach::Local(_) => None,
    }
}

fn leave(found: &ServerDraft, why: NoteReason) -> ImportNote {
    let ServerDraft { client, file, name, .. } = found.clone();
    ImportNote { client, file, entry: name, why }
}
