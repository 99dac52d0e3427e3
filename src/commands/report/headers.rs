//! What users must know about clients that get the headers of servers from `mcpgen headers`.

use std::collections::BTreeSet;

use crate::apply::target::Prepared;
use crate::client::{Client, HeadersHelper};
use crate::display::list;
use crate::paths::Environment;
use crate::suggest::Suggest;
use crate::timer::has_timer;

/// Returns a line for each note about the files of a plan.
pub fn notes<'a>(
    targets: impl Iterator<Item = &'a Prepared<'a>>,
    env: &Environment,
    suggest: &Suggest,
) -> String {
    let targets: Vec<&Prepared<'_>> = targets.collect();
    let mut notes = of_clients(&targets);
    let signs_in = targets.iter().any(|target| !target.job.rendered.headers.is_empty());
    if signs_in && !has_timer(env) {
        notes.push(format!(
            "with `via = \"headers\"`, a client sends an expired token before it asks for a new one, and some \
             servers then end the whole sign-in; to refresh sign-ins in time, run {}",
            suggest.mcpgen("refresh --install")
        ));
    }
    notes.iter().map(|note| format!("note: {note}\n")).collect()
}

/// Returns the notes about the clients of files.
pub fn of_clients(targets: &[&Prepared<'_>]) -> Vec<String> {
    let mut clients: Vec<(&Client, &HeadersHelper)> = vec![];
    for target in targets.iter().filter(|target| !target.job.rendered.headers.is_empty()) {
        clients
            .extend(target.job.clients().filter_map(|it| Some((it, it.headers_helper.as_ref()?))));
    }
    let once: BTreeSet<&str> =
        clients.iter().filter(|(_, it)| it.once).map(|(client, _)| client.title.as_str()).collect();
    let since = clients.iter().filter_map(|(client, helper)| {
        let version = helper.since.as_ref()?;
        Some(format!("`via = \"headers\"` needs {} {version} or newer", client.title))
    });
    let mut notes: Vec<String> = since.collect::<BTreeSet<_>>().into_iter().collect();
    if !once.is_empty() {
        let once: Vec<&str> = once.into_iter().collect();
        let when = match once.len() {
            1 => "asks for the headers only when it connects",
            _ => "ask for the headers only when they connect",
        };
        notes.push(format!("{} {when}, so reconnect after a token has expired", list(&once)));
    }
    notes
}
