//! Files that cannot be read, and entries that clients pass over.

use super::input::DoctorInput;
use super::readers::{is_same, titles};
use super::{Finding, Severity};
use crate::client::Client;
use crate::diagnostic::Help as _;
use crate::document::DocumentError;
use crate::entry::bridge::Wrapper;
use crate::entry::problem::EntryProblem;
use crate::paths::Environment;
use crate::survey::{FoundEntry, FoundSection, Unreadable};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for (at, section) in input.sections.iter().enumerate() {
        if input.sections[..at].iter().any(|earlier| is_same(earlier, section)) {
            continue;
        }
        let readers = || input.sections.iter().filter(|other| is_same(section, other));
        let title = titles(readers());
        found.extend(unreadable(section, &title, input.env));
        found.extend(comments(section, readers(), input.env));
        found.extend(misplaced(section, &title, input));
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        found.extend(entries.iter().flat_map(|entry| odd(section, &title, entry, input.env)));
    }
    found.extend(input.routes.iter().filter_map(|route| {
        let start = &route.reach.bridge()?.start;
        let unsplit = start.wrappers.contains(&Wrapper::Unsplit) && !route.section.client.splits;
        unsplit.then(|| {
            let cause =
                format!("{} has several words in one: {}", route.who, route.place(input.env));
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
            error.help().unwrap_or_else(|| format!("look at {path}")),
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
            format!("{}: {fault}, so {title} cannot read the file", at(fault)),
            format!("fix {path} there"),
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

fn misplaced(section: &FoundSection<'_>, title: &str, input: &DoctorInput<'_>) -> Option<Finding> {
    let key = section.misplaced.first()?;
    let path = input.env.display(&section.path);
    let own = section.client.section.paths.last().map(|path| path.join(".")).unwrap_or_default();
    if let Some(other) = section.written_for {
        return Some(for_another(input, section, title, &own, other));
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
    input: &DoctorInput<'_>,
    section: &FoundSection<'_>,
    title: &str,
    own: &str,
    other: &Client,
) -> Finding {
    let reads = |it: &FoundSection<'_>| it.path == section.path && it.client.name == other.name;
    let severity =
        if input.sections.iter().any(reads) { Severity::Note } else { Severity::Warning };
    let path = input.env.display(&section.path);
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
    let finding = |problem: &EntryProblem| {
        // A switch alone, or what a client has built in, launches nothing and is fine.
        let severity = match problem {
            EntryProblem::Nothing if entry.off => return None,
            EntryProblem::Nothing | EntryProblem::Both => Severity::Warning,
            EntryProblem::NotAMap(_) | EntryProblem::Kind { .. } => Severity::Broken,
        };
        let cause = format!("{title} skips {place}: {problem}");
        Some(Finding::new(severity, "entry", cause, format!("fix {place}")))
    };
    entry.problems.iter().filter_map(finding).collect()
}
