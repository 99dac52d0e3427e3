//! The cells of the table: each is a few words about clients that reach a server in the same way.

use std::collections::{BTreeMap, BTreeSet};

use crate::display::clean;
use crate::overview::{
    ClientEvidence, ClientWay, EntryState, ServerOverview, SignInUse, TokenPlace,
};
use crate::paths::Environment;
use crate::survey::EntryScope;

/// Clients that reach a server in the same way.
pub struct WayCells {
    /// How they reach it.
    pub reach: String,
    /// The sign-in that they use.
    pub sign_in: String,
    /// Whether a person must do something.
    pub problem: bool,
    /// The names of the clients.
    pub clients: BTreeSet<String>,
}

/// Groups the clients of a server that reach it in the same way, the largest group first.
pub fn cells(server: &ServerOverview<'_>, env: &Environment) -> Vec<WayCells> {
    let mut groups: BTreeMap<(String, String, bool), BTreeSet<String>> = BTreeMap::new();
    for way in &server.ways {
        let (sign_in, unusable) = sign_in(server, way);
        let problem = unusable
            || match way.state {
                EntryState::Edited | EntryState::NotWritten | EntryState::Unreadable => true,
                EntryState::Written | EntryState::Foreign | EntryState::Disabled => false,
            };
        groups.entry((reach(server, way), sign_in, problem)).or_default().insert(who(way, env));
    }
    let cells =
        |((reach, sign_in, problem), clients)| WayCells { reach, sign_in, problem, clients };
    let mut groups: Vec<WayCells> = groups.into_iter().map(cells).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.clients.len()));
    groups
}

/// Returns the client of a way, with the directory if the entry applies only there.
pub fn who(way: &ClientWay<'_>, env: &Environment) -> String {
    let title = &way.client.title;
    match way.section.map(|section| &section.scope) {
        None | Some(EntryScope::User) => match &way.home {
            Some(home) => clean(&format!("{title} in {}", env.display(home))),
            None => clean(title),
        },
        Some(EntryScope::Directory(directory)) => {
            clean(&format!("{title} in {}", env.display(directory.as_str().into())))
        }
        Some(EntryScope::Project(directory)) => {
            clean(&format!("{title} in {}", env.display(directory)))
        }
    }
}

fn reach(server: &ServerOverview<'_>, way: &ClientWay<'_>) -> String {
    let words = &way.reach.words;
    match way.state {
        EntryState::NotWritten => "not written".to_owned(),
        EntryState::Unreadable => "unreadable".to_owned(),
        EntryState::Disabled => "disabled".to_owned(),
        EntryState::Edited if words.is_empty() => "edited".to_owned(),
        EntryState::Edited => format!("{words}, edited"),
        EntryState::Written | EntryState::Foreign if words.is_empty() => "nothing".to_owned(),
        EntryState::Foreign if server.declared.is_some() => format!("{words}, not by mcpgen"),
        EntryState::Written | EntryState::Foreign => words.clone(),
    }
}

// The words, and whether a person must sign in.
fn sign_in(server: &ServerOverview<'_>, way: &ClientWay<'_>) -> (String, bool) {
    if !way.state.is_active() {
        return ("-".to_owned(), false);
    }
    match &way.sign_in {
        SignInUse::Cache(stored) => {
            let shared = server.usual.as_ref() == Some(&stored.files);
            let kind = if shared { "shared" } else { "separate" };
            // A bridge refreshes an expired token.
            let word = if stored.is_usable() { "usable" } else { stored.state.word() };
            (format!("{kind}, {word}"), !shared || !stored.is_usable())
        }
        SignInUse::Client(evidence) => {
            let words = match evidence {
                ClientEvidence::Found => "its own, present",
                ClientEvidence::Declared => "its own",
                ClientEvidence::Nothing => "its own, if any",
            };
            (words.to_owned(), false)
        }
        SignInUse::Token(TokenPlace::References(references)) => {
            (clean(&references.join(", ")), false)
        }
        SignInUse::Token(TokenPlace::File) => ("a token in its file".to_owned(), false),
        SignInUse::Token(TokenPlace::Elsewhere) => ("a token by reference".to_owned(), false),
        SignInUse::None => ("none".to_owned(), false),
        SignInUse::Unknown => ("unknown".to_owned(), false),
    }
}
