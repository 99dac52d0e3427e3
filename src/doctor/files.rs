//! Files that cannot be read, and entries that clients pass over.

use super::readers::{is_same, titles};
use super::scene::Scene;
use super::{Finding, Severity};
use crate::client::Client;
use crate::document::DocumentError;
use crate::entry::bridge::Around;
use crate::entry::oddity::Oddity;
use crate::paths::Environment;
use crate::survey::{FoundEntry, FoundSection, Unreadable};

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for (at, section) in scene.sections.iter().enumerate() {
        if scene.sections[..at].iter().any(|earlier| is_same(earlier, section)) {
            continue;
        }
        let readers = || scene.sections.iter().filter(|other| is_same(section, other));
        let title = titles(readers());
        found.extend(unreadable(section, &title, scene.env));
        found.extend(comments(section, readers(), scene.env));
        found.extend(astray(section, &title, scene));
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        found.extend(entries.iter().flat_map(|entry| odd(section, &title, entry, scene.env)));
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

fn unreadable(section: &FoundSection<'_>, title: &str, env: &Environment) -> Option<Finding> {
    let error = section.entries.as_ref().err()?;
    let path = env.display(&section.path);
    let at = |fault: &DocumentError| match fault.position() {
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
        Unreadable::DocumentError(fault @ DocumentError::Duplicate { .. }) => Finding::new(
            Severity::Broken,
            "duplicate",
            format!("{}: {fault}, and {title} takes one of the two", at(fault)),
            format!("take one out of {path}"),
        ),
        Unreadable::DocumentError(fault @ DocumentError::WrongShape { .. }) => Finding::new(
            Severity::Broken,
            "shape",
            format!("{}: {fault}, so {title} finds no server there", at(fault)),
            format!(
                "write it as {}'s documentation has it: {}",
                section.client.title, section.client.docs
            ),
        ),
        Unreadable::DocumentError(fault @ DocumentError::TooDeep { .. }) => Finding::new(
            Severity::Broken,
            "syntax",
            format!("{}: {fault}, so mcpgen does not read the file", at(fault)),
            format!("take levels out of {path} there"),
        ),
        Unreadable::DocumentError(
            fault @ (DocumentError::NotUtf8(_)
            | DocumentError::Syntax { .. }
            | DocumentError::Alias { .. }
            | DocumentError::Unsafe),
        ) => Finding::new(
            Severity::Broken,
            "syntax",
            format!("{}: {fault}; {title} cannot read the file", at(fault)),
            format!("mend {path} there"),
        ),
    })
}

fn comments<'s>(
    section: &FoundSection<'_>,
    readers: impl Iterator<Item = &'s FoundSection<'s>>,
    env: &Environment,
) -> Option<Finding> {
    let refusing: Vec<_> = readers.filter(|reader| reader.client.strict).collect();
    if section.strict || refusing.is_empty() || section.entries.is_err() {
        return None;
    }
    let (path, title) = (env.display(&section.path), titles(refusing));
    Some(Finding::new(
        Severity::Broken,
        "comments",
        format!("{path} has comments or trailing commas, which {title} does not take"),
        format!("take them out of {path}"),
    ))
}

fn astray(section: &FoundSection<'_>, title: &str, scene: &Scene<'_>) -> Option<Finding> {
    let key = section.astray.first()?;
    let path = scene.env.display(&section.path);
    let own = section.client.section.paths.last().map(|path| path.join(".")).unwrap_or_default();
    if let Some(other) = section.written_for {
        return Some(for_another(scene, section, title, &own, other));
    }
    let cause = if key.is_empty() {
        format!("{path} has servers at its top, and {title} looks for them under `{own}`")
    } else {
        format!("{path} has servers under `{key}`, and {title} looks for them under `{own}`")
    };
    let remedy = format!("put them under `{own}`");
    Some(Finding::new(Severity::Broken, "section", cause, remedy))
}

// Moving the entries would take them away from the client that they were written for.
fn for_another(
    scene: &Scene<'_>,
    section: &FoundSection<'_>,
    title: &str,
    own: &str,
    other: &Client,
) -> Finding {
    let reads = |it: &FoundSection<'_>| it.path == section.path && it.client.name == other.name;
    let severity =
        if scene.sections.iter().any(reads) { Severity::Note } else { Severity::Warning };
    let path = scene.env.display(&section.path);
    let cause = format!(
        "{path} has servers for {}, and {title} finds none: it looks for them under `{own}`",
        other.title
    );
    let remedy = format!("to give them to {title} too, repeat them under `{own}`");
    Finding::new(severity, "section", cause, remedy)
}

fn odd(
    section: &FoundSection<'_>,
    title: &str,
    entry: &FoundEntry,
    env: &Environment,
) -> Vec<Finding> {
    let place = format!("`{}` in {}", entry.name, env.display(&section.path));
    let finding = |oddity: &Oddity| {
        // A switch alone, or what a client has built in, launches nothing and is fine.
        let severity = match oddity {
            Oddity::Nothing if entry.off => return None,
            Oddity::Nothing | Oddity::Both => Severity::Warning,
            Oddity::NotAMap(_) | Oddity::Kind { .. } => Severity::Broken,
        };
        let cause = format!("{title} passes over {place}: {oddity}");
        Some(Finding::new(severity, "entry", cause, format!("mend {place}")))
    };
    entry.odd.iter().filter_map(finding).collect()
}
