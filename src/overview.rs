//! The overview: how each client reaches each server, and which sign-in it uses. It starts no program and sends no
//! request.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::auth::cache::SignInFiles;
use crate::auth::stored_sign_in::declared_sign_in;
use crate::client::{Client, ClientTable};
use crate::doctor::{normal, shown};
use crate::ledger::Ledger;
use crate::model::{Exclusion, Model, Reach, Server};
use crate::paths::Environment;
use crate::survey::{EntryScope, FoundEntry, FoundSection};

mod assign;
mod label;
mod sign_in;

use assign::Assignment;
pub use label::ReachLabel;
use sign_in::SignInReader;
pub use sign_in::{ClientEvidence, SignInUse, TokenPlace};

/// What the overview is made from.
pub struct OverviewInput<'a> {
    /// The environment of this machine.
    pub env: &'a Environment,
    /// The declaration's path.
    pub declaration: &'a Utf8Path,
    /// The client table.
    pub table: &'a ClientTable,
    /// The declaration, if there is one without errors.
    pub model: Option<&'a Model>,
    /// The sections of every client's files.
    pub sections: &'a [FoundSection<'a>],
    /// The record of the fields that mcpgen wrote, if it can be read.
    pub ledger: Option<&'a Ledger>,
}

/// One server, and how each client reaches it.
pub struct ServerOverview<'a> {
    /// The declared name, otherwise the name that most entries have.
    pub name: String,
    /// The server in the declaration.
    pub declared: Option<&'a Server>,
    /// Why this machine does not get the server, although the declaration has it.
    pub exclusion: Option<&'a Exclusion>,
    /// The URL without the parts that may contain a secret.
    pub url: Option<String>,
    /// The sign-in in the cache that the declaration, or otherwise most entries, use.
    pub usual: Option<SignInFiles>,
    /// The clients in the order of their titles.
    pub ways: Vec<ClientWay<'a>>,
    // The URLs in the form in which they are compared. They may contain a secret.
    urls: BTreeSet<String>,
}

/// How one client reaches a server.
pub struct ClientWay<'a> {
    /// The client.
    pub client: &'a Client,
    /// The home of the client, or `None` for the usual one.
    pub home: Option<Utf8PathBuf>,
    /// The section that contains the entry. `None` if there is no entry.
    pub section: Option<&'a FoundSection<'a>>,
    /// The name of the entry.
    pub entry: Option<&'a str>,
    /// The origin and the state of the entry.
    pub state: EntryState,
    /// How the entry reaches the server.
    pub reach: ReachLabel,
    /// The sign-in that the entry uses.
    pub sign_in: SignInUse,
}

/// The origin and the state of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryState {
    /// mcpgen wrote it.
    Written,
    /// mcpgen wrote it, and it was edited afterwards.
    Edited,
    /// Somebody else wrote it.
    Foreign,
    /// The user has disabled it.
    Disabled,
    /// The server is declared for the client, and the client's file has no entry.
    NotWritten,
    /// The server is declared for the client, and the client's file cannot be read.
    Unreadable,
}

impl EntryState {
    /// Returns the name of the state for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Edited => "edited",
            Self::Foreign => "foreign",
            Self::Disabled => "disabled",
            Self::NotWritten => "not-written",
            Self::Unreadable => "unreadable",
        }
    }

    /// Returns whether the client can start the entry.
    pub const fn is_active(self) -> bool {
        match self {
            Self::Written | Self::Edited | Self::Foreign => true,
            Self::Disabled | Self::NotWritten | Self::Unreadable => false,
        }
    }
}

/// Makes the overview: the servers in the order of their names.
pub fn overview<'a>(input: &OverviewInput<'a>) -> Vec<ServerOverview<'a>> {
    let mut assignment = Assignment::new(input.model, input.declaration);
    for section in input.sections {
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        entries.iter().for_each(|entry| assignment.add(section, entry));
    }
    let mut reader = SignInReader::new(input.env);
    let mut servers: Vec<ServerOverview<'a>> =
        assignment.groups.into_iter().map(|group| server(input, group, &mut reader)).collect();
    servers.sort_by(|one, other| (&one.name, &one.url).cmp(&(&other.name, &other.url)));
    servers
}

type PlacedEntry<'a> = (&'a FoundSection<'a>, &'a FoundEntry);

fn server<'a>(
    input: &OverviewInput<'a>,
    group: assign::Group<'a>,
    reader: &mut SignInReader<'a>,
) -> ServerOverview<'a> {
    let declared = group.declared;
    let name = declared.map_or_else(|| usual_name(&group.found), |server| server.name.clone());
    let way = |(section, entry): &PlacedEntry<'a>| {
        let state = state(input.ledger, section, entry);
        let sign_in = reader.sign_in(section, entry, declared);
        let reach = ReachLabel::of(entry.reach.as_ref());
        let (client, home, entry) = (section.client, section.home.clone(), Some(&*entry.name));
        ClientWay { client, home, section: Some(section), entry, state, reach, sign_in }
    };
    let mut ways: Vec<ClientWay<'a>> = group.found.iter().map(way).collect();
    ways.extend(without_entry(input, declared, &ways));
    ways.sort_by_cached_key(|way| {
        (way.client.title.to_lowercase(), way.home.clone(), way.section.map(|it| &it.scope))
    });
    let found = group.found.iter();
    let found = found.filter_map(|(_, entry)| Some(normal(entry.reach.as_ref()?.url()?)));
    let (url, urls) = match declared.map(|server| &server.reach) {
        Some(Reach::Remote(remote)) => {
            let url = normal(&remote.url);
            (Some(shown(&url)), found.chain([url]).collect())
        }
        Some(Reach::Local(_)) => (None, found.collect()),
        None => {
            let urls: Vec<String> = found.collect();
            (urls.first().map(|url| shown(url)), urls.into_iter().collect())
        }
    };
    let usual = declared
        .zip(input.model)
        .and_then(|(server, model)| declared_sign_in(server, &model.launch, input.env));
    let usual = usual.map(|(files, _)| files).or_else(|| most_used(&ways));
    let excluded = input.model.into_iter().flat_map(|model| &model.excluded);
    let mut excluded = excluded.filter(|server| declared.is_none() && server.name == name);
    let exclusion = excluded.next().map(|server| &server.exclusion);
    ServerOverview { name, declared, exclusion, url, usual, ways, urls }
}

// The clients for which a server is declared and in whose files no entry for it was found.
fn without_entry<'a>(
    input: &OverviewInput<'a>,
    declared: Option<&'a Server>,
    ways: &[ClientWay<'a>],
) -> Vec<ClientWay<'a>> {
    let names = declared.map(|server| server.clients.as_slice()).unwrap_or_default();
    let clients = names.iter().filter_map(|name| input.table.get(name));
    let homes = |client: &'a Client| {
        let added = input.model.map(|model| model.homes.directories(client, input.env));
        let all = std::iter::once(None).chain(added.into_iter().flatten().map(Some));
        all.map(move |home| (client, home))
    };
    let has_entry = |(client, home): &(&Client, Option<Utf8PathBuf>)| {
        let user = |way: &&ClientWay<'_>| {
            way.section.is_some_and(|section| section.scope == EntryScope::User)
        };
        let is_same = |way: &ClientWay<'_>| way.client.name == client.name && way.home == *home;
        ways.iter().filter(user).any(is_same)
    };
    let clients = clients.filter(|client| client.runs_on(input.env.os));
    let missing = clients.flat_map(homes).filter(|place| !has_entry(place));
    let is_unreadable = |client: &Client, home: &Option<Utf8PathBuf>| {
        let own = input.sections.iter().filter(|section| section.scope == EntryScope::User);
        let mut own = own.filter(|it| it.client.name == client.name && it.home == *home);
        own.any(|section| section.entries.is_err())
    };
    let way = |(client, home): (&'a Client, Option<Utf8PathBuf>)| ClientWay {
        client,
        state: match is_unreadable(client, &home) {
            true => EntryState::Unreadable,
            false => EntryState::NotWritten,
        },
        home,
        section: None,
        entry: None,
        reach: ReachLabel::of(None),
        sign_in: SignInUse::None,
    };
    missing.map(way).collect()
}

fn state(ledger: Option<&Ledger>, section: &FoundSection<'_>, entry: &FoundEntry) -> EntryState {
    if entry.off {
        return EntryState::Disabled;
    }
    let in_section = !matches!(section.scope, EntryScope::Directory(_));
    let rows = ledger.into_iter().flat_map(Ledger::all).filter(|_| in_section);
    let rows = rows.filter(|(path, _)| **path == section.path);
    let mut owned = rows.filter_map(|(_, row)| row.entries.get(&entry.name)).peekable();
    if owned.peek().is_none() {
        return EntryState::Foreign;
    }
    let fields = entry.value.as_object();
    match owned.any(|owned| fields.is_some_and(|fields| owned.matches(fields))) {
        true => EntryState::Written,
        false => EntryState::Edited,
    }
}

fn usual_name(found: &[PlacedEntry<'_>]) -> String {
    let count = |name: &str| found.iter().filter(|(_, entry)| entry.name == name).count();
    let names: BTreeSet<&str> = found.iter().map(|(_, entry)| entry.name.as_str()).collect();
    // `max_by_key` returns the last of equals, so `rev` makes it the first.
    names.into_iter().rev().max_by_key(|name| count(name)).unwrap_or_default().to_owned()
}

fn most_used(ways: &[ClientWay<'_>]) -> Option<SignInFiles> {
    let files: Vec<&SignInFiles> =
        ways.iter().filter_map(|way| way.sign_in.stored()).map(|stored| &stored.files).collect();
    let count = |file: &SignInFiles| files.iter().filter(|other| **other == file).count();
    files.iter().rev().max_by_key(|file| count(file)).map(|file| (*file).clone())
}

impl ServerOverview<'_> {
    /// Returns whether the declaration has the server.
    pub fn is_declared(&self) -> bool {
        self.declared.is_some() || self.exclusion.is_some()
    }

    /// Returns whether a URL is that of the server, as it is declared, in an entry or shown.
    pub fn has_url(&self, url: &str) -> bool {
        self.urls.contains(&normal(url)) || self.url.as_deref() == Some(url)
    }

    /// Returns how many separate sign-ins the active entries use: those in the cache, and one of each client that signs
    /// in to the server separately.
    pub fn sign_ins(&self) -> usize {
        let mut stored: BTreeSet<&SignInFiles> = BTreeSet::new();
        let mut clients: BTreeSet<(&str, &Option<Utf8PathBuf>)> = BTreeSet::new();
        for way in self.ways.iter().filter(|way| way.state.is_active()) {
            match &way.sign_in {
                SignInUse::Cache(sign_in) => drop(stored.insert(&sign_in.files)),
                SignInUse::Client(_) => drop(clients.insert((&way.client.title, &way.home))),
                SignInUse::Token(_) | SignInUse::None | SignInUse::Unknown => {}
            }
        }
        stored.len() + clients.len()
    }

    /// Returns whether a sign-in in one client does not sign in another one, although nobody declared this.
    pub fn is_split(&self) -> bool {
        self.sign_ins() > 1 && !self.declared.is_some_and(Server::is_via_client)
    }

    /// Returns whether a person must sign in, so that the entries that use the declared sign-in work.
    pub fn needs_sign_in(&self) -> bool {
        let active = self.ways.iter().filter(|way| way.state.is_active());
        let mut stored = active.filter_map(|way| way.sign_in.stored());
        self.declared.is_some_and(|server| !server.is_via_client())
            && stored
                .any(|stored| Some(&stored.files) == self.usual.as_ref() && !stored.is_usable())
    }
}
