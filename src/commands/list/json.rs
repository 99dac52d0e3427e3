//! The list as JSON, for programs.

use camino::Utf8Path;
use serde_json::{Value, json};

use crate::display::clean;
use crate::model::ExcludedServer;
use crate::overview::{ClientEvidence, ClientWay, ServerOverview, SignInUse, TokenPlace};
use crate::secret::literal::mask;
use crate::survey::EntryScope;

/// Returns the servers as JSON.
pub fn rows(servers: &[ServerOverview<'_>], excluded: &[&ExcludedServer]) -> Vec<Value> {
    let has_row = |excluded: &&&ExcludedServer| {
        servers.iter().any(|row| row.exclusion.is_some() && row.name == excluded.name)
    };
    let others = excluded.iter().filter(|server| !has_row(server));
    servers.iter().map(server).chain(others.map(|server| not_here(server))).collect()
}

// A declared server that this machine does not get, and of which no client has an entry.
fn not_here(ExcludedServer { name, exclusion }: &ExcludedServer) -> Value {
    json!({
        "server": mask(name),
        "declared": true,
        "excluded": clean(&exclusion.to_string()),
        "url": null,
        "key": null,
        "sign_ins": 0,
        "clients": [],
    })
}

fn server(server: &ServerOverview<'_>) -> Value {
    json!({
        "server": mask(&server.name),
        "declared": server.is_declared(),
        "excluded": server.exclusion.map(|exclusion| clean(&exclusion.to_string())),
        "url": server.url,
        "key": server.usual.as_ref().map(|files| files.key().as_str()),
        "sign_ins": server.sign_ins(),
        "clients": server.ways.iter().map(way).collect::<Vec<_>>(),
    })
}

fn way(way: &ClientWay<'_>) -> Value {
    let directory = way.section.and_then(|section| match &section.scope {
        EntryScope::User => None,
        EntryScope::Directory(directory) => Some(Utf8Path::new(directory)),
        EntryScope::Project(directory) => Some(directory.as_path()),
    });
    let words = Some(&way.reach.words).filter(|words| !words.is_empty());
    json!({
        "client": way.client.name,
        "home": way.home,
        "directory": directory,
        "file": way.section.map(|section| &section.path),
        "entry": way.entry.map(mask),
        "state": way.state.word(),
        "reach": way.reach.kind.word(),
        "command": words,
        "sign_in": sign_in(&way.sign_in),
    })
}

fn sign_in(used: &SignInUse) -> Value {
    match used {
        SignInUse::Cache(stored) => json!({
            "kind": "cache",
            "key": stored.files.key().as_str(),
            "directory": stored.files.directory(),
            "standing": stored.state.word(),
            "renews": stored.renews,
            "usable": stored.is_usable(),
        }),
        SignInUse::Client(evidence) => {
            let found = *evidence == ClientEvidence::Found;
            json!({ "kind": "client", "found": found })
        }
        SignInUse::Token(TokenPlace::References(references)) => {
            let references: Vec<String> = references.iter().map(|it| clean(it)).collect();
            json!({ "kind": "token", "references": references })
        }
        SignInUse::Token(TokenPlace::File) => json!({ "kind": "token", "place": "file" }),
        SignInUse::Token(TokenPlace::Elsewhere) => json!({ "kind": "token", "place": "elsewhere" }),
        SignInUse::None => json!({ "kind": "none" }),
        SignInUse::Unknown => json!({ "kind": "unknown" }),
    }
}
