//! The servers that reach a client through the file of another client.

use std::collections::BTreeSet;

use super::{is_reported, list};
use crate::apply::target::Prepared;
use crate::client::Client;
use crate::paths::Environment;

/// Returns a note for each pair of files that one client reads, if a plan changes one of them.
pub fn notes(targets: &[Prepared<'_>], env: &Environment) -> String {
    let mut notes = String::new();
    for own in targets {
        for other in targets.iter().filter(|other| other.job.path() != own.job.path()) {
            let readers = own.job.clients().filter(|client| reads(client, other));
            if is_reported(own) || is_reported(other) {
                readers.for_each(|client| notes += &note(client, own, other, env));
            }
        }
    }
    notes
}

fn reads(client: &Client, other: &Prepared<'_>) -> bool {
    let files = &client.also_reads;
    match &other.job.project {
        Some(root) => files.project.iter().any(|file| root.join(file) == other.job.path()),
        None => other.job.clients().any(|other| files.user.contains(&other.name)),
    }
}

fn note(client: &Client, own: &Prepared<'_>, other: &Prepared<'_>, env: &Environment) -> String {
    let (ours, theirs) = (names(own), names(other));
    let both: Vec<&str> = ours.intersection(&theirs).copied().collect();
    let only: Vec<&str> = theirs.difference(&ours).copied().collect();
    let (title, file) = (&client.title, env.display(other.job.path()));
    let mut text = String::new();
    if client.also_reads.twice && !both.is_empty() {
        let them = if both.len() == 1 { "it" } else { "them" };
        text += &format!(
            "note: {title} also reads {file}, so it can show {} twice; to write {them} once, remove `{}` \
             from `clients`\n",
            first_names(&both),
            client.name
        );
    }
    if !only.is_empty() {
        text += &format!(
            "note: {title} also reads {file}, so it gets {}, which {} not declared for it\n",
            first_names(&only),
            if only.len() == 1 { "is" } else { "are" }
        );
    }
    text
}

fn names<'p>(target: &'p Prepared<'_>) -> BTreeSet<&'p str> {
    target.job.rendered.entries.iter().map(|(name, _)| name.as_str()).collect()
}

// The first names and the number of the others.
fn first_names(names: &[&str]) -> String {
    match names {
        [one, two, three, _, _, ..] => {
            list(&[one, two, three, &format!("{} more", names.len() - 3)])
        }
        few => list(few),
    }
}
