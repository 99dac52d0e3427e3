//! The list as a table, for people. It fits the width of the terminal.

use std::collections::BTreeSet;

use super::cells::{cells, who};
use super::details::details;
use crate::commands::columns::{Cell, Columns};
use crate::commands::report::Paint;
use crate::commands::{Invocation, client_names};
use crate::display::{clean, list};
use crate::overview::{ClientEvidence, ServerOverview, SignInUse};
use crate::paths::Environment;

const HEAD: [&str; 4] = ["SERVER", "REACHED BY", "SIGN-IN", "CLIENTS"];

/// Returns the table.
pub fn text(invocation: &Invocation<'_>, servers: &[ServerOverview<'_>], verbose: bool) -> String {
    let env = invocation.env;
    let paint = Paint(invocation.terminal.out);
    let ways = servers.iter().flat_map(|server| &server.ways);
    let all: BTreeSet<String> = ways.map(|way| who(way, env)).collect();
    let mut columns = Columns::new(HEAD, paint);
    for server in servers {
        let mut name = label(server, servers);
        for group in cells(server, env) {
            let colour = if group.problem { "33" } else { "" };
            columns.row([
                Cell::words(&std::mem::take(&mut name)).painted("1"),
                Cell::words(&group.reach),
                Cell::words(&group.sign_in).painted(colour),
                client_names::cell(&group.clients, &all),
            ]);
        }
        if let Some(note) = separate(server, env) {
            columns.line(note, "33");
        }
        if verbose {
            columns.lines(&details(server, env));
        }
    }
    let mut text = columns.text(invocation.width());
    if !servers.iter().all(ServerOverview::is_declared) {
        text += "\n* not declared\n";
    }
    text
}

// The name. Two servers of one name have their URLs in addition.
fn label(server: &ServerOverview<'_>, all: &[ServerOverview<'_>]) -> String {
    let twice = all.iter().filter(|other| other.name == server.name).count() > 1;
    let url = server.url.as_deref().filter(|_| twice).map(|url| format!(" {url}"));
    let mark = if server.is_declared() { "" } else { "*" };
    clean(&format!("{}{mark}{}", server.name, url.unwrap_or_default()))
}

// Says that a sign-in in one client does not sign in another one.
fn separate(server: &ServerOverview<'_>, env: &Environment) -> Option<String> {
    if !server.is_split() {
        return None;
    }
    let active = server.ways.iter().filter(|way| way.state.is_active());
    let own = active.filter_map(|way| match &way.sign_in {
        SignInUse::Client(evidence) => Some((who(way, env), *evidence)),
        SignInUse::Cache(_) | SignInUse::Token(_) | SignInUse::None | SignInUse::Unknown => None,
    });
    let (own, evidence): (Vec<String>, Vec<ClientEvidence>) = own.unzip();
    let names: Vec<&str> = own.iter().map(String::as_str).collect();
    let sign_ins = format!("{} separate sign-ins", server.sign_ins());
    let unknown = evidence.iter().all(|evidence| *evidence == ClientEvidence::Nothing);
    let condition = if unknown { ", if the server requires a sign-in" } else { "" };
    Some(match names.as_slice() {
        [] => format!("not shared: {sign_ins}"),
        [one] => format!("not shared: {one} signs in separately{condition}"),
        few if few.len() <= 4 => {
            format!("not shared: {} sign in separately{condition}", list(few))
        }
        many => format!("not shared: {} clients sign in separately{condition}", many.len()),
    })
}
