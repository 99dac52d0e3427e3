//! Files that cannot be read, and entries that clients pass over.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::{Finding, Severity};
use crate::document::Fault;
use crate::entry::bridge::Around;
use crate::entry::oddity::Oddity;
use crate::paths::Environment;
use crate::survey::{FoundEntry, FoundSection, Unreadable};

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = vec![];
    // A file that several clients read in one way is mended once.
    let mut seen = BTreeSet::new();
    for section in scene.sections {
        let client = section.client;
        let strict = client.strict && !section.strict;
        let way = (&section.path, &section.scope, client.section.paths.last(), strict);
        if !seen.insert(way) {
            continue;
        }
        found.extend(unreadable(section, scene.env));
        found.extend(comments(section, scene.env));
        found.extend(astray(section, scene.env));
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        found.extend(entries.iter().flat_map(|entry| odd(section, entry, scene.env)));
    }
    found.extend(scene.ways.iter().filter_map(|way| {
        let start = &way.reach.bridge()?.start;
        let unsplit = start.inside.contains(&Around::Unsplit) && !way.section.client.splits;
        unsplit.then(|| {
            let cause = format!("{} has several words in one: {}", way.who, way.place(scene.env));
            let remedy =
                format!("write `{}` as separate texts in `args`", start.words.join("`, `"));
            Finding::new(Severity::Broken, "one-word", cause, remedy)
        })
    }));
    found
}

fn unreadable(section: &FoundSection<'_>, env: &Environment) -> Option<Finding> {
    let error = section.entries.as_ref().err()?;
    let (path, title) = (env.display(&section.path), &section.client.title);
    let at = |fault: &Fault| match fault.spot() {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path.clone(),
    };
    Some(match error {
        Unreadable::Fs(error) => Finding::new(
            Severity::Broken,
            "unreadable",
            format!("{title}'s file: {error}"),
            format!("look at {path}"),
        ),
        Unreadable::Fault(fault @ Fault::Duplicate { .. }) => Finding::new(
            Severity::Broken,
            "duplicate",
            format!("{}: {fault}, and {title} takes one of the two", at(fault)),
            format!("take one out of {path}"),
        ),
        Unreadable::Fault(fault @ Fault::WrongShape { .. }) => Finding::new(
            Severity::Broken,
            "shape",
            format!("{}: {fault}, so {title} finds no server there", at(fault)),
            format!("write it as {title}'s documentation has it: {}", section.client.docs),
        ),
        Unreadable::Fault(
            fault
            @ (Fault::NotUtf8(_) | Fault::Syntax { .. } | Fault::Alias { .. } | Fault::Unsafe),
        ) => Finding::new(
            Severity::Broken,
            "syntax",
            format!("{}: {fault}; {title} cannot read the file", at(fault)),
            format!("mend {path} there"),
        ),
    })
}

fn comments(section: &FoundSection<'_>, env: &Environment) -> Option<Finding> {
    if section.strict || !section.client.strict || section.entries.is_err() {
        return None;
    }
    let (path, title) = (env.display(&section.path), &section.client.title);
    Some(Finding::new(
        Severity::Broken,
        "comments",
        format!("{path} has comments or trailing commas, which {title} does not take"),
        format!("take them out of {path}"),
    ))
}

fn astray(section: &FoundSection<'_>, env: &Environment) -> Option<Finding> {
    let key = section.astray.first()?;
    let (path, title) = (env.display(&section.path), &section.client.title);
    let own = section.client.section.paths.last().map(|path| path.join(".")).unwrap_or_default();
    let cause = if key.is_empty() {
        format!("{path} has servers at its top, and {title} looks for them under `{own}`")
    } else {
        format!("{path} has servers under `{key}`, and {title} looks for them under `{own}`")
    };
    let remedy = format!("put them under `{own}`");
    Some(Finding::new(Severity::Broken, "section", cause, remedy))
}

fn odd(section: &FoundSection<'_>, entry: &FoundEntry, env: &Environment) -> Vec<Finding> {
    let place = format!("`{}` in {}", entry.name, env.display(&section.path));
    let finding = |oddity: &Oddity| {
        // A switch alone, or what a client has built in, launches nothing and is fine.
        let severity = match oddity {
            Oddity::Nothing if entry.off => return None,
            Oddity::Nothing | Oddity::Both => Severity::Warning,
            Oddity::NotAMap(_) | Oddity::Kind { .. } => Severity::Broken,
        };
        let title = &section.client.title;
        let cause = format!("{title} passes over {place}: {oddity}");
        Some(Finding::new(severity, "entry", cause, format!("mend {place}")))
    };
    entry.odd.iter().filter_map(finding).collect()
}
