//! Syntax errors of TOML in words that say what to do, without those that only follow from another.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};

/// Holds what the parser says, and where.
pub type Error = (String, Range<usize>);

// What the parser says inside a list or a table whose closing bracket it has not found yet.
const UNCLOSED: [&str; 2] = ["unclosed array", "unclosed inline table"];
const INSIDE: [&str; 5] = [
    "unclosed",
    "missing comma between",
    "unexpected `=` in array",
    "missing key for inline table",
    "missing assignment between",
];

// What the parser expects at the end of a text.
const QUOTES: [&str; 4] = ["`\"`", "`'`", "`\"\"\"`", "`'''`"];

/// Returns whether a bracket is never closed: it swallows whatever follows, and no more can be said.
pub fn is_torn(errors: &[Error]) -> bool {
    errors.iter().any(|(message, _)| starts_with_any(message, &UNCLOSED))
}

fn starts_with_any(message: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| message.starts_with(start))
}

/// Describes syntax errors: of each line the first, and of a torn text nothing behind the tear.
pub fn faults(source: &Arc<Source>, text: &str, mut errors: Vec<Error>) -> Vec<Diagnostic> {
    let torn = is_torn(&errors);
    errors.sort_by_key(|(_, span)| span.start);
    let line = |at: usize| text[..at].matches('\n').count();
    errors.dedup_by_key(|(_, span)| line(span.start));
    if torn {
        let tear = errors.iter().position(|(message, _)| starts_with_any(message, &INSIDE));
        errors.truncate(tear.map_or(errors.len(), |tear| tear + 1));
        let span = errors.pop().map_or(0..0, |(_, span)| span);
        let mut found: Vec<_> = errors.into_iter().map(|e| fault(source, e)).collect();
        found.push(Diagnostic::error("a list or table is opened and not closed").at(
            source,
            span,
            "a `,`, `]` or `}` is missing before this",
        ));
        return found;
    }
    errors.into_iter().map(|error| fault(source, error)).collect()
}

fn fault(source: &Arc<Source>, (message, span): Error) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((&message, ""));
    let found = source.shown().get(span.clone()).unwrap_or_default();
    let bare = |c: char| c.is_alphanumeric() || "_-./@:~$+*".contains(c);
    let is_value = what == "string values must be quoted" || what.starts_with("invalid");
    if is_value && found.starts_with(|c: char| !c.is_ascii_digit()) && found.chars().all(bare) {
        let fault = Diagnostic::error("a text is written in quotes");
        let fault = fault.at(source, span, "no quotes around it");
        let hidden = found.contains('*');
        return if hidden { fault } else { fault.help(format!("\"{found}\"")) };
    }
    if QUOTES.contains(&expected) {
        return Diagnostic::error("a text is opened and not closed").at(
            source,
            span,
            format!("{expected} is missing here"),
        );
    }
    if what == "duplicate key" {
        return Diagnostic::error(format!("`{found}` is there twice")).at(
            source,
            span,
            "again here",
        );
    }
    let title = match what.strip_prefix("invalid ") {
        Some(kind) => format!("this is no {kind}"),
        None => what.to_owned(),
    };
    let label =
        if expected.is_empty() { "not TOML".into() } else { format!("expected {expected}") };
    Diagnostic::error(title).at(source, span, label)
}
