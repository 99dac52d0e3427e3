//! Reading TOML on past its syntax errors, and saying them in words that tell what to do.
//!
//! A statement with an error is blanked out and the rest is read again, so that one run finds the errors
//! of all statements, and none that only follows from another.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::depth::{DeepStatement, MAX_TOML_DEPTH, too_deep};
use crate::document::splice::{line_end, line_start};

/// Holds what the parser says, and where.
pub type SyntaxError = (String, Range<usize>);

// More than anybody reads at once.
const MOST: usize = 50;
const UNCLOSED: &str = "unclosed";
const TOO_DEEP: &str = "too deep";

/// Parses a text with places, without the statements that have an error, and returns those errors.
pub fn parse(text: &str, mut take: impl FnMut(Spanned<DeTable<'_>>)) -> Vec<SyntaxError> {
    let mut text = text.to_owned();
    let mut found = vec![];
    for (at, statement) in deep(&text) {
        blank(&mut text, statement);
        if found.len() < MOST {
            found.push((TOO_DEEP.to_owned(), at..at + 1));
        }
    }
    loop {
        let (table, errors) = DeTable::parse_recoverable(&text);
        let first = errors.iter().min_by_key(|error| error.span().map(|span| span.start));
        let Some(first) = first.filter(|_| found.len() < MOST) else {
            take(table);
            return found;
        };
        let span = first.span().unwrap_or_default();
        let (error, broken) = match torn(&text) {
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

/// Finds the statements that are nested too deep for any parser, each with the place where it becomes so.
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

/// Returns a text without the statements that are nested too deep.
pub fn shallow(text: &str) -> String {
    let mut shallow = text.to_owned();
    deep(text).into_iter().for_each(|(_, range)| blank(&mut shallow, range));
    shallow
}

// The lines of the statement at `at`: of a header, all that stands below it.
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

// The lines from that of `at` to the next header.
fn section(text: &str, at: usize) -> Range<usize> {
    let mut end = line_end(text, at);
    while let Some(rest) = text.get(end + 1..).filter(|rest| !rest.starts_with('[')) {
        end = end + 1 + rest.find('\n').unwrap_or(rest.len());
    }
    line_start(text, at)..end.min(text.len())
}

// The first bracket, or mark of a text over several lines, that is never closed.
fn torn(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match end(text, at) {
            Ok(end) => at = end + 1,
            Err(open) => return Some(open),
        }
    }
    None
}

// The line break that ends the statement which starts at `from`; or what of it is open at the end of
// the text.
fn end(text: &str, from: usize) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let mut open = vec![];
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' if open.is_empty() => return Ok(at),
            b'#' => at = line_end(text, at).max(at + 1) - 1,
            quote @ (b'"' | b'\'') => at = text_end(text, at, char::from(quote))?,
            b'[' | b'{' => open.push(at),
            b']' | b'}' => drop(open.pop()),
            _other => {}
        }
        at += 1;
    }
    open.first().map_or(Ok(bytes.len()), |open| Err(*open))
}

// The last byte of the text that starts at `from`. One on a single line ends with it at the latest.
fn text_end(text: &str, from: usize, quote: char) -> Result<usize, usize> {
    let mark: String = std::iter::repeat_n(quote, 3).collect();
    let (mark, lines) = match text[from..].starts_with(&mark) {
        true => (mark.as_str(), true),
        false => (&mark[..1], false),
    };
    let mut at = from + mark.len();
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(mark.as_bytes()) {
            // A text over several lines may end with one or two quotes of its own.
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

/// Describes syntax errors.
pub fn diagnostics(source: &Arc<Source>, errors: Vec<SyntaxError>) -> Vec<Diagnostic> {
    errors.into_iter().map(|(message, span)| fault(source, &message, span)).collect()
}

// What the parser expects at the end of a text.
const QUOTES: [&str; 4] = ["`\"`", "`'`", "`\"\"\"`", "`'''`"];

// How other languages spell a flag.
const FLAGS: [(&str, &str); 8] = [
    ("yes", "true"),
    ("on", "true"),
    ("True", "true"),
    ("TRUE", "true"),
    ("no", "false"),
    ("off", "false"),
    ("False", "false"),
    ("FALSE", "false"),
];

fn fault(source: &Arc<Source>, message: &str, span: Range<usize>) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let found = source.shown().get(span.clone()).unwrap_or_default();
    let next = source.shown()[span.start..].chars().next();
    let fault = |title: &str, label: &str| Diagnostic::error(title).at(source, span.clone(), label);
    if what == UNCLOSED {
        return fault(&format!("`{found}` is opened and not closed"), "opened here");
    }
    if what == TOO_DEEP {
        let label = format!("more than {MAX_TOML_DEPTH} levels");
        return fault("values are nested too deep", &label);
    }
    if what == "duplicate key" {
        return fault(&format!("`{found}` is there twice"), "again here");
    }
    if let Some((_, flag)) = FLAGS.iter().find(|(word, _)| found == *word) {
        return fault("a flag is `true` or `false`", "another word").help(*flag);
    }
    if is_bare(what, found) {
        let fault = fault("a text is written in quotes", "no quotes around it");
        let hidden = found.contains('*');
        return if hidden { fault } else { fault.help(format!("\"{found}\"")) };
    }
    let label = match expected {
        "" => "not TOML".to_owned(),
        "nothing" => "take it out".to_owned(),
        expected => format!("expected {expected}"),
    };
    match (what, next) {
        (_, _) if QUOTES.contains(&expected) => {
            fault("a text is opened and not closed", &format!("{expected} is missing here"))
        }
        (_, Some(c)) if c.is_control() && c != '\n' && expected.contains("visible") => {
            fault("a control character stands in a text", "write it as an escape")
        }
        ("key with no value" | "invalid unquoted key", Some(':')) => {
            fault("`=` stands between a field and its value", "`:` is not TOML")
        }
        ("string values must be quoted", _) if found.is_empty() => {
            fault("a value is missing", "nothing here")
        }
        ("string values must be quoted", _) => {
            fault("a text is written in quotes", "no quotes around it")
        }
        ("unclosed table" | "unclosed array table", _) => fault("a header is not closed", &label),
        ("missing escaped value", _) => fault("`\\` starts no escape here", &label),
        (what, _) => match what.strip_prefix("invalid ") {
            Some(kind) => fault(&format!("this is no {kind}"), &label),
            None => fault(what, &label),
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
