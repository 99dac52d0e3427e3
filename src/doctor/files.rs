//! Checks for files that cannot be read, and for entries that clients ignore.

use super::input::DoctorInput;
use super::readers::{is_same, titles};
use super::{Finding, Severity};
use crate::client::{Client, RuleEffect};
use crate::diagnostic::Help as _;
use crate::document::{DocumentError, Format};
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
        found.extend(byte_order_mark(section, readers(), input.env));
        found.extend(misplaced(section, &title, input));
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        found.extend(entries.iter().flat_map(|entry| odd(section, &title, entry, input.env)));
    }
    found.extend(input.routes.iter().filter_map(|route| {
        let start = &route.reach.bridge()?.start;
        let unsplit = start.wrappers.contains(&Wrapper::Unsplit) && !route.section.client.splits;
        unsplit.then(|| {
            let cause = format!(
                "{} has a program and its arguments in one string: {}",
                route.who,
                route.place(input.env)
            );
            let remedy = format!(
                "write `{}` as separate strings, the first in `command` and the others \
                 in `args`",
                start.words.join("`, `")
            );
            Finding::new(Severity::Broken, "one-word", cause, remedy)
        })
    }));
    found
}

fn unreadable(section: &FoundSection<'_>, title: &str, env: &Environment) -> Option<Finding> {
    let error = section.entries.as_ref().err()?;
    let path = env.display(&section.path);
    let at = |error: &DocumentError| match error.position() {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path.clone(),
    };
    Some(match error {
        Unreadable::Fs(error) => Finding::new(
            Severity::Broken,
            "unreadable",
            format!("cannot read the file of {title}: {error}"),
            error.help().unwrap_or_else(|| format!("check the file {path}")),
        ),
        Unreadable::DocumentError(error @ DocumentError::Duplicate { .. }) => {
            // The clients' parsers of JSON accept a duplicate key.
            let (severity, effect) = match section.client.format {
                Format::Jsonc => (Severity::Warning, "uses only one of the two values"),
                Format::Toml | Format::Yaml => (Severity::Broken, "cannot read the file"),
            };
            let cause = format!("{}: {error}, and {title} {effect}", at(error));
            Finding::new(severity, "duplicate", cause, format!("remove one of the two from {path}"))
        }
        Unreadable::DocumentError(error @ DocumentError::WrongShape { .. }) => Finding::new(
            Severity::Broken,
            "shape",
            format!("{}: {error}, so {title} finds no servers", at(error)),
            format!(
                "correct the value; the documentation of {} describes it: {}",
                section.client.title, section.client.docs
            ),
        ),
        Unreadable::DocumentError(error @ DocumentError::TooDeep { .. }) => Finding::new(
            Severity::Broken,
            "syntax",
            format!("{}: {error}, so mcpgen does not read the file", at(error)),
            format!("remove levels of nesting from {path} at that position"),
        ),
        Unreadable::DocumentError(
            error @ (DocumentError::NotUtf8(_)
            | DocumentError::Syntax { .. }
            | DocumentError::Alias { .. }
            | DocumentError::Unsafe),
        ) => Finding::new(
            Severity::Broken,
            "syntax",
            format!("{}: {error}, so {title} cannot read the file", at(error)),
            format!("correct {path} at that position"),
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
        format!("{path} has comments or trailing commas, which {title} does not accept"),
        format!("remove the comments and trailing commas from {path}"),
    ))
}

fn byte_order_mark<'s>(
    section: &FoundSection<'_>,
    readers: impl Iterator<Item = &'s FoundSection<'s>>,
    env: &Environment,
) -> Option<Finding> {
    let refusing: Vec<_> =
        readers.filter(|reader| reader.client.rejects_byte_order_mark()).collect();
    if refusing.is_empty() || !section.byte_order_mark {
        return None;
    }
    let (path, title) = (env.display(&section.path), titles(refusing));
    Some(Finding::new(
        Severity::Broken,
        "byte-order-mark",
        format!("{path} starts with a byte order mark, so {title} cannot read the file"),
        format!("save {path} as UTF-8 without a byte order mark"),
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
        format!("{path} has servers at its top level, but {title} looks for servers under `{own}`")
    } else {
        format!("{path} has servers under `{key}`, but {title} looks for servers under `{own}`")
    };
    let remedy = format!("move the servers to `{own}`");
    Some(Finding::new(Severity::Broken, "section", cause, remedy))
}

// Moving the entries would remove them from the client that they were written for.
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
        "{path} has servers for {}, but {title} finds none, because it looks for servers \
         under `{own}`",
        other.title
    );
    let remedy = format!("to give the servers to {title} too, repeat them under `{own}`");
    Finding::new(severity, "section", cause, remedy)
}

fn odd(
    section: &FoundSection<'_>,
    title: &str,
    entry: &FoundEntry,
    env: &Environment,
) -> Vec<Finding> {
    let place = format!("`{}` in {}", entry.name, env.display(&section.path));
    let loses = section.client.wrong_entry_loses();
    let finding = |problem: &EntryProblem| {
        let severity = match (problem, loses) {
            // An entry that only disables a server launches nothing, and that is not an error.
            (EntryProblem::Nothing, _) if entry.off => return None,
            // The client has rules of its own about the types of this field.
            (EntryProblem::Kind { field, .. }, _) if section.client.has_types_of(top(field)) => {
                return None;
            }
            (EntryProblem::Both, _) | (EntryProblem::Nothing, RuleEffect::Entry) => {
                Severity::Warning
            }
            (EntryProblem::Nothing, RuleEffect::File)
            | (EntryProblem::NotAMap(_) | EntryProblem::Kind { .. }, _) => Severity::Broken,
        };
        let cause = match (problem, loses) {
            (EntryProblem::Both, _) => {
                format!("{title} does not use all of {place}: {problem}")
            }
            (_, RuleEffect::Entry) => format!("{title} ignores {place}: {problem}"),
            (_, RuleEffect::File) => {
                format!("{title} rejects the whole file because of {place}: {problem}")
            }
        };
        Some(Finding::new(severity, "entry", cause, format!("correct {place}")))
    };
    entry.problems.iter().filter_map(finding).collect()
}

// The field of the entry that contains a value: `env` for `env.PORT`.
fn top(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}
