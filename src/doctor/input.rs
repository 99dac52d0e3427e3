//! The input of the checks: all routes to all servers, grouped by server.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use url::Url;

use super::readers::{is_same, titles};
use crate::auth::bridge_flags::KeyPart;
use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::SignInFiles;
use crate::auth::call::BridgeCall;
use crate::display::clean;
use crate::ledger::{Ledger, LedgerError};
use crate::model::native::NATIVE;
use crate::paths::Environment;
use crate::suggest::Suggest;
use crate::survey::{EntryReach, EntryScope, FoundBridge, FoundEntry, FoundSection};

/// Everything that the checks read.
pub struct DoctorInput<'a> {
    /// The environment of this machine.
    pub env: &'a Environment,
    /// The options that suggested commands repeat.
    pub suggest: &'a Suggest,
    /// The sections of every client's files.
    pub sections: &'a [FoundSection<'a>],
    /// The record of the fields that mcpgen wrote.
    pub ledger: &'a Result<Ledger, LedgerError>,
    /// Every entry that launches a server and is not disabled.
    pub routes: Vec<Route<'a>>,
    /// The servers that have a URL, with their routes.
    pub servers: Vec<ReachedServer>,
}

/// The way in which one client reaches one server.
pub struct Route<'a> {
    /// The clients that read this entry, with the directory if the entry applies only there: `Cursor`,
    /// `Claude Code (and GitHub Copilot CLI) in ~/src/site`.
    pub who: String,
    /// One client that reads this entry, in the same form.
    pub client: String,
    /// The section that contains the entry.
    pub section: &'a FoundSection<'a>,
    /// The entry.
    pub entry: &'a FoundEntry,
    /// How the entry reaches the server.
    pub reach: &'a EntryReach,
    /// The files of the bridge's sign-in, if the entry starts a bridge whose arguments can be read.
    pub files: Option<SignInFiles>,
    /// Whether the files of the sign-in exist.
    pub signed_in: bool,
}

/// One server and the routes to it.
pub struct ReachedServer {
    /// The URL without its query, which may contain a secret.
    pub shown: String,
    /// The indices of the routes.
    pub routes: Vec<usize>,
}

/// A route through a bridge whose arguments mcpgen can read.
#[derive(Clone, Copy)]
pub struct TracedCall<'a> {
    /// The route.
    pub route: &'a Route<'a>,
    /// The bridge.
    pub bridge: &'a FoundBridge,
    /// The bridge's arguments, parsed.
    pub call: &'a BridgeCall,
    /// The files of the sign-in.
    pub files: &'a SignInFiles,
}

impl<'a> DoctorInput<'a> {
    /// Groups the entries of all sections by server.
    pub fn new(
        (env, suggest): (&'a Environment, &'a Suggest),
        sections: &'a [FoundSection<'a>],
        ledger: &'a Result<Ledger, LedgerError>,
    ) -> Self {
        let mut routes = vec![];
        // Clients that share a sign-in name the same files.
        let mut there: BTreeMap<SignInFiles, bool> = BTreeMap::new();
        for section in sections {
            // Equal findings are reported once, so all clients that read a section have one `who`.
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

    /// Returns where the user corrects an entry: in the declaration that it came from, or in the client's file.
    pub fn place_to_correct(&self, route: &Route<'_>) -> String {
        let name = &route.entry.name;
        let mut owners = self.ledger.iter().flat_map(Ledger::by_owner);
        let owner = owners.find(|(_, path, target)| {
            **path == route.section.path && target.entries.contains_key(name)
        });
        match owner {
            Some((owner, _, _)) if Utf8Path::new(owner).is_absolute() => {
                format!("`{name}` in {}", self.env.display(owner.into()))
            }
            Some(_) => format!("`{name}` in mcp.toml"),
            None => route.place(self.env),
        }
    }

    /// Returns the routes to a server that start a bridge whose arguments can be read.
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
    /// Returns the bridge that other entries must start to share a sign-in with this one.
    pub fn advised(&self) -> String {
        if self.bridge.is_native() {
            return format!("`{}`", NATIVE.join(" "));
        }
        format!("`mcp-remote@{}`", BridgeVersion::NEWEST)
    }
}

impl Route<'_> {
    /// Returns the name and the file of the entry: `docs` in ~/.cursor/mcp.json.
    pub fn place(&self, env: &Environment) -> String {
        format!("`{}` in {}", self.entry.name, env.display(&self.section.path))
    }

    /// Returns whether the entry sends a token, so that no sign-in is needed.
    pub fn has_token(&self) -> bool {
        self.entry.sends_token(self.section.client)
    }
}

fn in_scope(title: String, section: &FoundSection<'_>, env: &Environment) -> String {
    match &section.scope {
        EntryScope::User => match &section.home {
            Some(home) => format!("{title} in {}", env.display(home)),
            None => title,
        },
        EntryScope::Directory(directory) => {
            format!("{title} in {}", env.display(directory.as_str().into()))
        }
        EntryScope::Project(directory) => format!("{title} in {}", env.display(directory)),
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

// If a file has two entries for one URL with different resources, parameters or headers, the user has two accounts on
// purpose.
// In this case, each account counts as a server.
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
type Account = [Option<String>; 3];

fn account(route: &Route<'_>) -> Account {
    let call = route.reach.bridge().and_then(|bridge| bridge.call.as_ref().ok());
    let part = |part| call.and_then(|call| call.key_part(part));
    let sent = match route.reach {
        EntryReach::Address { headers, url: _, transport: _ } if !headers.is_empty() => {
            Some(format!("{headers:?}"))
        }
        EntryReach::Address { .. }
        | EntryReach::Bridge(_)
        | EntryReach::Exec(_)
        | EntryReach::Program(_) => part(KeyPart::Headers),
    };
    [part(KeyPart::Resource), part(KeyPart::AuthorizeParams), sent]
}

/// Returns a URL in the form in which URLs of servers are compared.
pub fn normal(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url.trim()) else { return url.to_owned() };
    parsed.set_fragment(None);
    let path = parsed.path().trim_end_matches('/').to_owned();
    parsed.set_path(&path);
    String::from(parsed).trim_end_matches('/').to_owned()
}

/// Returns a URL without its query and without the parts of its path that look like keys: both may contain a secret.
pub fn shown(url: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, _)) => (address, "?…"),
        None => (url, ""),
    };
    let part = |(at, part)| if at > 2 && is_key(part) { "…" } else { part };
    let parts: Vec<&str> = address.split('/').enumerate().map(part).collect();
    clean(&format!("{}{query}", parts.join("/")))
}

// Capitals with digits, or many digits. A word and a version are not keys.
fn is_key(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let capitals = part.bytes().any(|byte| byte.is_ascii_uppercase());
    part.len() >= 8 && ((digits > 0 && capitals) || digits >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_has_one_normal_url() {
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
        for (url, want) in [
            ("https://a.example/x?key=Hunter2", "https://a.example/x?…"),
            ("https://a.example/mcp/Hunter2-Hunter2/sse", "https://a.example/mcp/…/sse"),
            ("https://127.0.0.1:8080/v1/mcp", "https://127.0.0.1:8080/v1/mcp"),
            ("https://a.example/long-word-2/mcp", "https://a.example/long-word-2/mcp"),
        ] {
            assert_eq!(shown(url), want);
        }
    }
}
