//! Reports all syntax errors of a TOML text, in words that say what to do.
//!
//! A statement with an error is blanked out and the rest is parsed again. So one run finds the errors of all
//! statements, and no error that only follows from another one.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::depth::{DeepStatement, MAX_TOML_DEPTH, too_deep};
use crate::document::splice::{line_end, line_start};

/// Holds the message of the parser and the position of the error.
pub type SyntaxError = (String, Range<usize>);

// More errors are not useful in one run.
const MAX_ERRORS: usize = 50;
const UNCLOSED: &str = "unclosed";
const TOO_DEEP: &str = "too deep";

/// Parses a string without the statements that have an error, and returns those errors.
pub fn parse(text: &str, mut take: impl FnMut(Spanned<DeTable<'_>>)) -> Vec<SyntaxError> {
    let mut text = text.to_owned();
    let mut found = vec![];
    for (at, statement) in deep(&text) {
        blank(&mut text, statement);
        if found.len() < MAX_ERRORS {
            found.push((TOO_DEEP.to_owned(), at..at + 1));
        }
    }
    loop {
        let (table, errors) = DeTable::parse_recoverable(&text);
        let first = errors.iter().min_by_key(|error| error.span().map(|span| span.start));
        let Some(first) = first.filter(|_| found.len() < MAX_ERRORS) else {
            take(table);
            return found;
        };
        let span = first.span().unwrap_or_default();
        let (error, broken) = match unclosed(&text) {
            Some(open) => {
                let mark = if text[open..].starts_with(['[', '{']) { 1 } else { 3 };
                ((UNCLOSED.to_owned(), open..open + mark), section(&text, open))
            }
            None => ((first.message().to_owned(), span.clone()), statement(&text, span.start)),
        };
        found.push(error);
        if text[broken.clone()].trim().is_empty() {
            take(table);
            return found;
        }
        drop(table);
        blank(&mut text, broken);
    }
}

fn blank(text: &mut String, range: Range<usize>) {
    let blank: String =
        text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blank);
}

/// Finds the statements whose values are nested too deeply, with the position of the first excess level.
pub fn deep(text: &str) -> Vec<(usize, Range<usize>)> {
    let mut found = vec![];
    let mut from = 0;
    while let Some(DeepStatement { start, at }) = too_deep(text, from) {
        let header = text[start..].trim_start_matches([' ', '\t']).starts_with('[');
        let end = match end(text, start) {
            _ if header => section(text, start).end,
            Ok(end) => end,
            Err(open) => section(text, open).end,
        };
        from = (end + 1).min(text.len());
        found.push((at, start..end));
    }
    found
}

/// Returns a string without the statements whose values are nested too deeply.
pub fn shallow(text: &str) -> String {
    let mut shallow = text.to_owned();
    deep(text).into_iter().for_each(|(_, range)| blank(&mut shallow, range));
    shallow
}

// The lines of the statement at `at`. The statement of a header includes the lines below it.
fn statement(text: &str, at: usize) -> Range<usize> {
    let start = line_start(text, at);
    if text[start..].trim_start_matches([' ', '\t']).starts_with('[')
        && text[start..at].contains('[')
    {
        return section(text, at);
    }
    match end(text, start) {
        Ok(end) => start..end,
        Err(open) => section(text, open),
    }
}

// The lines from `at` to the next header.
fn section(text: &str, at: usize) -> Range<usize> {
    let mut end = line_end(text, at);
    while let Some(rest) = text.get(end + 1..).filter(|rest| !rest.starts_with('[')) {
        end = end + 1 + rest.find('\n').unwrap_or(rest.len());
    }
    line_start(text, at)..end.min(text.len())
}

// The first bracket or multi-line string that is never closed.
fn unclosed(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match end(text, at) {
            Ok(end) => at = end + 1,
            Err(open) => return Some(open),
        }
    }
    None
}

// The line break that ends the statement at `from`, or the bracket or string that is never closed.
fn end(text: &str, from: usize) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let mut open = vec![];
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' if open.is_empty() => return Ok(at),
            b'#' => at = line_end(text, at).max(at + 1) - 1,
            quote @ (b'"' | b'\'') => at = string_end(text, at, char::from(quote))?,
            b'[' | b'{' => open.push(at),
            b']' | b'}' => drop(open.pop()),
            _other => {}
        }
        at += 1;
    }
    open.first().map_or(Ok(bytes.len()), |open| Err(*open))
}

// The last byte of the string that starts at `from`. A single-line string ends with the line at the latest.
fn string_end(text: &str, from: usize, quote: char) -> Result<usize, usize> {
    let mark: String = std::iter::repeat_n(quote, 3).collect();
    let (mark, lines) = match text[from..].starts_with(&mark) {
        true => (mark.as_str(), true),
        false => (&mark[..1], false),
    };
    let mut at = from + mark.len();
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(mark.as_bytes()) {
            // A multi-line string may end with one or two quotes of its own.
            let own = rest[mark.len()..].iter().take(2).take_while(|b| **b == mark.as_bytes()[0]);
            return Ok(at + mark.len() - 1 + if lines { own.count() } else { 0 });
        }
        if rest[0] == b'\n' && !lines {
            return Ok(at - 1);
        }
        at += if quote == '"' && rest[0] == b'\\' { 2 } else { 1 };
    }
    if lines { Err(from) } else { Ok(text.len() - 1) }
}

/// Converts syntax errors to diagnostics.
pub fn diagnostics(source: &Arc<Source>, errors: Vec<SyntaxError>) -> Vec<Diagnostic> {
    errors.into_iter().map(|(message, span)| error(source, &message, span)).collect()
}

// What the parser expects at the end of a string.
const QUOTES: [&str; 4] = ["`\"`", "`'`", "`\"\"\"`", "`'''`"];

// How other languages spell booleans.
const BOOLEANS: [(&str, &str); 8] = [
    ("yes", "true"),
    ("on", "true"),
    ("True", "true"),
    ("TRUE", "true"),
    ("no", "false"),
    ("off", "false"),
    ("False", "false"),
    ("FALSE", "false"),
];

fn error(source: &Arc<Source>, message: &str, span: Range<usize>) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let found = source.shown().get(span.clone()).unwrap_or_default();
    let next = source.shown()[span.start..].chars().next();
    let error = |title: &str, label: &str| Diagnostic::error(title).at(source, span.clone(), label);
    if what == UNCLOSED {
        return error(&format!("`{found}` is never closed"), "opened here");
    }
    if what == TOO_DEEP {
        let label = format!("more than {MAX_TOML_DEPTH} levels");
        return error("values are nested too deeply", &label);
    }
    if what == "duplicate key" {
        return error(&format!("duplicate key `{found}`"), "second one")
            .help("remove one of the two, or rename it");
    }
    if let Some((_, boolean)) = BOOLEANS.iter().find(|(word, _)| found == *word) {
        return error(&format!("`{found}` is not `true` or `false`"), "not a boolean")
            .help(*boolean);
    }
    if is_bare(what, found) {
        let error = error("a string needs quotes", "no quotes");
        let hidden = found.contains('*');
        return if hidden { error } else { error.help(format!("\"{found}\"")) };
    }
    let label = match expected {
        "" => "not TOML".to_owned(),
        "nothing" => "remove it".to_owned(),
        "newline, `#`" => "expected a line break or a comment (`#`)".to_owned(),
        expected => format!("expected {expected}"),
    };
    match (what, next) {
        ("unexpected key or value", _) => error("unexpected text after the value", &label),
        (_, _) if QUOTES.contains(&expected) => {
            error("a string is never closed", &format!("missing {expected}"))
        }
        (_, Some(c)) if c.is_control() && c != '\n' && expected.contains("visible") => {
            error("a string contains a control character", "write the character as an escape")
        }
        ("key with no value" | "invalid unquoted key", Some(':')) => {
            error("a field and its value are separated by `=`", "`:` is not TOML")
        }
        ("string values must be quoted", _) if found.is_empty() => {
            error("a value is missing", "no value")
        }
        ("string values must be quoted", _) => error("a string needs quotes", "no quotes"),
        ("unclosed table" | "unclosed array table", _) => {
            error("a table header is never closed", &label)
        }
        ("missing escaped value", _) => error("`\\` does not start an escape sequence", &label),
        (what, _) => match what.strip_prefix("invalid ") {
            Some(kind) => error(&format!("this is not a {kind}"), &label),
            None => error(what, &label),
        },
    }
}

fn is_bare(what: &str, found: &str) -> bool {
    let bare = |c: char| c.is_alphanumeric() || "_-./@:~$+*".contains(c);
    (what == "string values must be quoted" || what.starts_with("invalid"))
        && !found.starts_with(|c: char| c.is_ascii_digit() || c == ':')
        && !found.is_empty()
        && found.chars().all(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_statement_is_one_error_and_the_rest_is_read() {
        for (text, places, keys) in [
            ("a = 1\nb: 2\nc = x\n[d]\ne = 1\n", vec![7, 15], "a d"),
            ("a = [\n  1,\n\n[b]\nc = 1\n[d]\n", vec![4], "b d"),
            ("a = { b = [1, ']', \"}\" ]\n[b]\n", vec![4], "b"),
            ("[a\nb = 1\n[c]\nb = 2\n", vec![0], "c"),
            ("a = 1\na = [\n  2,\n]\nb = 3\n", vec![6], "a b"),
            ("a = \"\"\"\nb\n[c]\nd = ''' # [\n'''\n", vec![4], "c"),
            ("a = 'x\nb = 1 # [ {\nc = \"\\\"[\"", vec![6], "b c"),
            ("a = [\"\"\"b\"\"\"\"]\nc: 1\nd = 2\n", vec![16], "a d"),
            ("a = [\n  1 2,\n  3,\n]\nb = 1\r\n", vec![8], "a b"),
        ] {
            let mut found = String::new();
            let errors = parse(text, |table| {
                let keys = table.get_ref().keys().map(|key| key.get_ref().as_ref());
                found = keys.collect::<Vec<_>>().join(" ");
            });
            let starts: Vec<usize> = errors.iter().map(|(_, span)| span.start).collect();
            assert_eq!((starts, found.as_str()), (places, keys), "{text:?}");
        }
    }
}
