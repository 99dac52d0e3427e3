//! What the checks look at: every route to every server, the routes to one server together.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::readers::{is_same, titles};
use crate::auth::bridge_flags::KeyPart;
use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::SignInFiles;
use crate::auth::call::BridgeCall;
use crate::client::FieldRole;
use crate::display::clean;
use crate::ledger::{Ledger, LedgerError};
use crate::model::native::NATIVE;
use crate::paths::Environment;
use crate::suggest::Suggest;
use crate::survey::{EntryReach, EntryScope, FoundBridge, FoundEntry, FoundSection};

/// Holds what is to be judged.
pub struct DoctorInput<'a> {
    /// The machine.
    pub env: &'a Environment,
    /// How commands are suggested.
    pub suggest: &'a Suggest,
    /// What every client's files hold.
    pub sections: &'a [FoundSection<'a>],
    /// What mcpgen wrote.
    pub ledger: &'a Result<Ledger, LedgerError>,
    /// Every entry that launches something and is not switched off.
    pub routes: Vec<Route<'a>>,
    /// The servers with an address, and by which routes they are reached.
    pub servers: Vec<ReachedServer>,
}

/// Holds how one client reaches one server.
pub struct Route<'a> {
    /// The clients that read this entry, and where that is not everywhere: `Cursor`,
    /// `Claude Code (and GitHub Copilot CLI) in ~/src/site`.
    pub who: String,
    /// This client alone, in the same form.
    pub client: String,
    /// Where the entry stands.
    pub section: &'a FoundSection<'a>,
    /// The entry.
    pub entry: &'a FoundEntry,
    /// How the server is reached.
    pub reach: &'a EntryReach,
    /// Where the bridge's sign-in lies, if there is a bridge and that can be known.
    pub files: Option<SignInFiles>,
    /// Whether there is one.
    pub signed_in: bool,
}

/// Holds the routes to one server.
pub struct ReachedServer {
    /// Its address as it is shown: without a query, which may hold a secret.
    pub shown: String,
    /// The routes, by index.
    pub routes: Vec<usize>,
}

/// A route through a bridge whose arguments mcpgen can read.
#[derive(Clone, Copy)]
pub struct TracedCall<'a> {
    /// The route.
    pub route: &'a Route<'a>,
    /// The bridge.
    pub bridge: &'a FoundBridge,
    /// What it makes of its arguments.
    pub call: &'a BridgeCall,
    /// Where the sign-in lies.
    pub files: &'a SignInFiles,
}

impl<'a> DoctorInput<'a> {
    /// Puts together what was found.
    pub fn new(
        (env, suggest): (&'a Environment, &'a Suggest),
        sections: &'a [FoundSection<'a>],
        ledger: &'a Result<Ledger, LedgerError>,
    ) -> Self {
        let mut routes = vec![];
        // Clients that share a sign-in name the same files.
        let mut there: BTreeMap<SignInFiles, bool> = BTreeMap::new();
        for section in sections {
            // Findings in the same words are one finding, so what several clients read is reported once.
            let readers = sections.iter().filter(|other| is_same(section, other));
            let who = in_scope(titles(readers), section, env);
            let client = in_scope(section.client.title.clone(), section, env);
            let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
            for entry in entries.iter().filter(|entry| !entry.off) {
                let Some(reach) = &entry.reach else { continue };
                let files = reach.bridge().and_then(|bridge| bridge.files(env));
                let exists = |files: &SignInFiles| {
                    *there.entry(files.clone()).or_insert_with(|| files.exists())
                };
                let signed_in = files.as_ref().is_some_and(exists);
                let (who, client) = (who.clone(), client.clone());
                routes.push(Route { who, client, section, entry, reach, files, signed_in });
            }
        }
        let servers = servers(&routes);
        Self { env, suggest, sections, ledger, routes, servers }
    }

    /// Returns the routes to a server.
    pub fn routes_to<'s>(
        &'s self,
        server: &'s ReachedServer,
    ) -> impl Iterator<Item = &'s Route<'a>> {
        server.routes.iter().map(|at| &self.routes[*at])
    }

    /// Returns whether mcpgen wrote an entry.
    pub fn is_ours(&self, route: &Route<'_>) -> bool {
        let mut rows = self.ledger.iter().flat_map(Ledger::all);
        let name = &route.entry.name;
        rows.any(|(path, row)| *path == route.section.path && row.entries.contains_key(name))
    }

    /// Returns the calls of the bridge among them that can be followed.
    pub fn calls_to<'s>(&'s self, server: &'s ReachedServer) -> Vec<TracedCall<'s>> {
        let called = |route: &'s Route<'a>| {
            let bridge = route.reach.bridge()?;
            let call = bridge.call.as_ref().ok()?;
            Some(TracedCall { route, bridge, call, files: route.files.as_ref()? })
        };
        self.routes_to(server).filter_map(called).collect()
    }
}

impl TracedCall<'_> {
    /// Writes what others are to start, so that they share a sign-in with this one.
    pub fn advised(&self) -> String {
        if self.bridge.is_native() {
            return format!("`{}`", NATIVE.join(" "));
        }
        format!("`mcp-remote@{}`", BridgeVersion::NEWEST)
    }
}

impl Route<'_> {
    /// Writes where the entry stands: `docs` in ~/.cursor/mcp.json.
    pub fn place(&self, env: &Environment) -> String {
        format!("`{}` in {}", self.entry.name, env.display(&self.section.path))
    }

    /// Returns whether it sends a token of its own, so that there is nothing to sign in to.
    pub fn has_token(&self) -> bool {
        let named = |name: &str| name.eq_ignore_ascii_case("authorization");
        match self.reach {
            EntryReach::Address { headers, url: _, transport: _ } => {
                headers.keys().any(|name| named(name)) || self.has_field_for_token()
            }
            EntryReach::Bridge(_) | EntryReach::Exec(_) => {
                let call = self.reach.bridge().and_then(|bridge| bridge.call.as_ref().ok());
                call.is_some_and(|call| call.headers.iter().any(|(name, _)| named(name)))
            }
            EntryReach::Program(_) => false,
        }
    }

    // Some clients read a token from a variable that the entry names, or from a program.
    fn has_field_for_token(&self) -> bool {
        let Some(entry) = self.entry.value.as_object() else { return false };
        let roles = [FieldRole::TokenVariable, FieldRole::HeaderVariables, FieldRole::TokenSource];
        let spellings = self.section.client.fields();
        roles.into_iter().any(|role| spellings.all(role, entry).next().is_some())
    }
}

fn in_scope(title: String, section: &FoundSection<'_>, env: &Environment) -> String {
    match &section.scope {
        EntryScope::User => title,
        EntryScope::Folder(folder) => format!("{title} in {}", env.display(folder.as_str().into())),
        EntryScope::Project(folder) => format!("{title} in {}", env.display(folder)),
    }
}

fn servers(routes: &[Route<'_>]) -> Vec<ReachedServer> {
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, route) in routes.iter().enumerate() {
        if let Some(url) = route.reach.url() {
            found.entry(normal(url)).or_default().push(at);
        }
    }
    let server = |(url, at): (String, Vec<usize>)| {
        let url = shown(&url);
        let accounts = accounts(routes, at).into_iter();
        accounts.map(move |routes| ReachedServer { shown: url.clone(), routes }).collect::<Vec<_>>()
    };
    found.into_iter().flat_map(server).collect()
}

// A file with two entries for one URL, each with a resource or parameters of its own, has two accounts on purpose.
// Then each account counts as a server.
fn accounts(routes: &[Route<'_>], of_one_url: Vec<usize>) -> Vec<Vec<usize>> {
    let mut files: BTreeMap<&str, BTreeSet<Account>> = BTreeMap::new();
    let mut accounts: BTreeMap<Account, Vec<usize>> = BTreeMap::new();
    for at in &of_one_url {
        let route = &routes[*at];
        let account = account(route);
        if account != Account::default() {
            files.entry(route.section.path.as_str()).or_default().insert(account.clone());
        }
        accounts.entry(account).or_default().push(*at);
    }
    if files.values().any(|accounts| accounts.len() > 1) {
        return accounts.into_values().collect();
    }
    vec![of_one_url]
}

// The parts of a cache key that select an account.
type Account = [Option<String>; 2];

fn account(route: &Route<'_>) -> Account {
    let call = route.reach.bridge().and_then(|bridge| bridge.call.as_ref().ok());
    let part = |part| call.and_then(|call| call.key_part(part));
    [part(KeyPart::Resource), part(KeyPart::AuthorizeParams)]
}

/// Returns an address as it is compared: what makes no other server of it taken away.
fn normal(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url.trim()) else { return url.to_owned() };
    parsed.set_fragment(None);
    let path = parsed.path().trim_end_matches('/').to_owned();
    parsed.set_path(&path);
    String::from(parsed).trim_end_matches('/').to_owned()
}

/// Writes an address without its query, which may hold a secret.
pub fn shown(url: &str) -> String {
    match url.split_once('?') {
        Some((address, _)) => clean(&format!("{address}?…")),
        None => clean(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_has_one_normal_address() {
        for url in [
            "https://mcp.example.com/mcp",
            "https://mcp.example.com/mcp/",
            "HTTPS://MCP.example.com:443/mcp#x",
            " https://mcp.example.com/mcp",
        ] {
            assert_eq!(normal(url), "https://mcp.example.com/mcp");
        }
        assert_eq!(normal("https://a.example/"), normal("https://a.example"));
        assert_ne!(normal("https://a.example?x=1"), normal("https://a.example?x=2"));
        assert_eq!(shown("https://a.example/x?key=Hunter2"), "https://a.example/x?…");
    }
}
