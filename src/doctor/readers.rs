//! Finds out which clients read a file: several may share it, and a project may have files for clients that are not
//! on this machine.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::display::first_names;
use crate::paths::Environment;
use crate::survey::{EntryScope, FoundSection};

/// Keeps the sections that a client on this machine reads. A project file counts for each declared or installed client
/// that reads it. If there is no such client, the file counts once, for the client whose format it has.
pub fn on_this_machine<'t>(
    sections: Vec<FoundSection<'t>>,
    declared: &[String],
    env: &Environment,
) -> Vec<FoundSection<'t>> {
    let is_here = |section: &FoundSection<'_>| {
        let client = section.client;
        !matches!(section.scope, EntryScope::Project(_))
            || declared.contains(&client.name)
            || client.is_installed(env)
    };
    let (mut here, absent): (Vec<_>, Vec<_>) = sections.into_iter().partition(is_here);
    let mut files: BTreeMap<Utf8PathBuf, Vec<FoundSection<'t>>> = BTreeMap::new();
    for section in absent {
        if here.iter().all(|other| other.path != section.path) {
            files.entry(section.path.clone()).or_default().push(section);
        }
    }
    here.extend(files.into_values().filter_map(likeliest));
    here
}

// Returns the section that contains entries, unless the file was written for another client.
fn likeliest(mut sections: Vec<FoundSection<'_>>) -> Option<FoundSection<'_>> {
    let holds =
        |section: &FoundSection<'_>| section.entries.as_ref().is_ok_and(|it| !it.is_empty());
    let misread = sections.iter().all(|section| section.written_for.is_none());
    let at = sections.iter().position(holds).or(misread.then_some(0))?;
    Some(sections.swap_remove(at))
}

/// Returns whether two clients read the same entries from one file, or cannot read the file for the same reason.
pub fn is_same(one: &FoundSection<'_>, other: &FoundSection<'_>) -> bool {
    let same_reading = || match (&one.entries, &other.entries) {
        (Ok(_), Ok(_)) => one.client.section == other.client.section,
        (Err(one), Err(other)) => one.to_string() == other.to_string(),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    directory(one) == directory(other) && one.path.as_str() == other.path.as_str() && same_reading()
}

fn directory<'s>(section: &'s FoundSection<'_>) -> Option<&'s str> {
    match &section.scope {
        EntryScope::Directory(directory) => Some(directory),
        EntryScope::User | EntryScope::Project(_) => None,
    }
}

/// Names the clients of some sections in a form that a singular verb can follow: `Cursor (and Kiro)`.
pub fn titles<'s>(sections: impl IntoIterator<Item = &'s FoundSection<'s>>) -> String {
    let mut sections = sections.into_iter().map(|section| section.client.title.as_str());
    let first = sections.next().unwrap_or_default();
    let others: BTreeSet<&str> = sections.collect();
    match first_names(others) {
        others if others.is_empty() => first.to_owned(),
        others => format!("{first} (and {others})"),
    }
}
