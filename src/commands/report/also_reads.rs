//! The servers that reach a client through the file of another client.

use std::collections::BTreeSet;

use super::is_reported;
use crate::apply::target::Prepared;
use crate::client::Client;
use crate::display::first_names;
use crate::paths::Environment;

/// Returns a line for each pair of files that one client reads, if a plan changes one of them.
pub fn notes(targets: &[Prepared<'_>], env: &Environment) -> String {
    let mut lines: Vec<String> = vec![];
    let reads_others = |own: &&Prepared<'_>| own.job.clients().any(Client::reads_others);
    for own in targets.iter().filter(reads_others) {
        for other in targets.iter().filter(|other| is_reported(own) || is_reported(other)) {
            for note in of_pair(own, other, env) {
                let line = format!("note: {note}\n");
                // A client may have several homes.
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
    }
    lines.concat()
}

/// Returns a note for each of the other files that the client of a file reads.
pub fn of_file(own: &Prepared<'_>, targets: &[Prepared<'_>], env: &Environment) -> Vec<String> {
    targets.iter().flat_map(|other| of_pair(own, other, env)).collect()
}

fn of_pair(own: &Prepared<'_>, other: &Prepared<'_>, env: &Environment) -> Vec<String> {
    if own.job.path() == other.job.path() {
        return vec![];
    }
    let readers = own.job.clients().filter(|client| reads(client, other, env));
    readers.flat_map(|client| notes_about(client, own, other, env)).collect()
}

fn reads(client: &Client, other: &Prepared<'_>, env: &Environment) -> bool {
    let (files, path) = (&client.also_reads, other.job.path());
    if let Some(root) = &other.job.project {
        return files.project.iter().any(|file| root.join(file) == path);
    }
    // It does not know the other homes of the other client.
    let is_usual = |other: &Client| {
        let paths = other.candidates(&other.env_without_home(env)).unwrap_or_default();
        paths.iter().any(|usual| usual == path)
    };
    other.job.clients().any(|other| files.user.contains(&other.name) && is_usual(other))
}

fn notes_about(
    client: &Client,
    own: &Prepared<'_>,
    other: &Prepared<'_>,
    env: &Environment,
) -> Vec<String> {
    let (ours, theirs) = (names(own), names(other));
    let both: Vec<&str> = ours.intersection(&theirs).map(String::as_str).collect();
    let only: Vec<&str> = theirs.difference(&ours).map(String::as_str).collect();
    let (title, file) = (&client.title, env.display(other.job.path()));
    let mut notes = vec![];
    if client.also_reads.twice && !both.is_empty() {
        let them = if both.len() == 1 { "it" } else { "them" };
        notes.push(format!(
            "{title} also reads {file}, so it can show {} twice; to write {them} once, remove `{}` \
             from `clients`",
            first_names(both),
            client.name
        ));
    }
    if !only.is_empty() {
        let verb = if only.len() == 1 { "is" } else { "are" };
        notes.push(format!(
            "{title} also reads {file}, so it gets {}, which {verb} not declared for it",
            first_names(only)
        ));
    }
    notes
}

fn names(target: &Prepared<'_>) -> BTreeSet<String> {
    target.job.rendered.entries.iter().map(|(name, _)| format!("`{name}`")).collect()
}
