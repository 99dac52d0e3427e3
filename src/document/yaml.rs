//! YAML: edits of its indented lines.

use std::ops::Range;

use serde_json::Value;

use super::node::{MapItem, Node, NodeShape};
use super::splice::{Splice, before_newline, line_end, line_start, newline_of, past_newline};
use super::{DocumentError, Format, Level, write};

mod reader;
mod scalar;

pub use reader::parse;
use scalar::past_colon;

/// Refuses to edit a file of YAML with a carriage return alone, which ends a line only in YAML (YAML 1.2.2, section
/// 5.4).
///
/// # Errors
/// Fails with the position of the first one.
pub fn refuse_bare_returns(format: Format, text: &str) -> Result<(), DocumentError> {
    let is_bare = |at: &usize| !text[at + 1..].starts_with('\n');
    let find = || memchr::memchr_iter(b'\r', text.as_bytes()).find(is_bare);
    let found = if format == Format::Yaml { find() } else { None };
    found.map_or(Ok(()), |at| {
        Err(DocumentError::syntax(text, at, "a carriage return without a line feed"))
    })
}

/// Removes whole items from a block collection. If nothing remains, `blank` is put after the key's colon. The comments
/// after a field and after the key remain.
pub fn remove(text: &str, node: &Node, level: Level, which: &[usize], blank: &str) -> Vec<Splice> {
    let mut parts = node.parts();
    if let NodeShape::List(_) = node.shape {
        parts.iter_mut().for_each(|part| part.start = dash(text, part.start));
    }
    if which.len() == parts.len()
        && let Some((colon, head)) = key_line(text, parts[0].start)
    {
        let comments = match level {
            Level::Entries => has_comment_between(text, head, &parts),
            Level::Fields => has_comment(text, &parts),
        };
        if !comments {
            let lines = Splice::cut(head..line_end(text, node.span.end));
            return vec![Splice::insert(colon, blank), lines];
        }
    }
    let cut = |&at: &usize| match (level, comment_behind(text, &parts[at])) {
        (Level::Fields, Some(comment)) => parts[at].start..comment,
        (Level::Entries | Level::Fields, _) => lines_of(text, &parts[at]),
    };
    which.iter().map(|at| Splice::cut(cut(at))).collect()
}

// Finds a key on the line before `start`. Returns the position after its colon (and anchor or tag), and the end of the
// line with its comment. Returns `None` if the line has another form.
fn key_line(text: &str, start: usize) -> Option<(usize, usize)> {
    let head = text[..line_start(text, start)].trim_end();
    let mut bare = head;
    while let Some((before, _)) = bare.rsplit_once(' ').filter(|(_, w)| w.starts_with(['&', '!'])) {
        bare = before.trim_end();
    }
    let line = line_start(text, head.len());
    if head[line..].trim_start().starts_with('#') {
        return None;
    }
    let end = line_end(text, head.len());
    if bare.ends_with(':') {
        return Some((head.len(), end));
    }
    let key = |(at, _): (usize, &str)| {
        let key = head[line..line + at].trim_end();
        (key.ends_with(':') && key.len() < at).then_some((line + key.len(), end))
    };
    head[line..].match_indices('#').find_map(key)
}

// Returns the position of a list element's dash: on its line, or on an earlier line with only a comment after it.
fn dash(text: &str, start: usize) -> usize {
    let mut at = line_start(text, start);
    let mut line = &text[at..start];
    while !line.trim_start().starts_with('-') {
        let Some(before) = before_newline(text, at) else { return start };
        at = line_start(text, before);
        line = &text[at..before];
        if !(line.trim().is_empty() || line.trim_start().starts_with(['#', '-'])) {
            return start;
        }
    }
    at + line.len() - line.trim_start().len()
}

// Returns whether a comment is on a line between entries. Such a comment remains, but a comment inside an entry is
// removed with it.
fn has_comment_between(text: &str, from: usize, parts: &[Range<usize>]) -> bool {
    let mut at = from;
    parts.iter().any(|part| {
        let mut lines = text[at..part.start].lines().skip(1);
        at = part.end;
        lines.any(|line| line.trim_start().starts_with('#'))
    })
}

fn has_comment(text: &str, parts: &[Range<usize>]) -> bool {
    parts.iter().any(|part| comment_behind(text, part).is_some())
}

fn comment_behind(text: &str, part: &Range<usize>) -> Option<usize> {
    let rest = &text[part.end..line_end(text, part.end)];
    let space = rest.len() - rest.trim_start().len();
    rest[space..].starts_with('#').then_some(part.end + space)
}

fn lines_of(text: &str, part: &Range<usize>) -> Range<usize> {
    let (start, end) = (line_start(text, part.start), line_end(text, part.end));
    match before_newline(text, start) {
        Some(before) => before..end,
        None => start..past_newline(text, end).unwrap_or(end),
    }
}

fn lines(level: Level, new: &[(Option<&str>, &Value)], indent: &str, newline: &str) -> String {
    let line = |(key, value): &(Option<&str>, &Value)| match level {
        Level::Entries => newline.to_owned() + &entry(*key, value, indent, newline),
        Level::Fields => newline.to_owned() + &field(*key, value, indent),
    };
    new.iter().map(line).collect()
}

/// Inserts entries or fields after the last item of a block collection.
pub fn insert(
    text: &str,
    node: &Node,
    level: Level,
    new: &[(Option<&str>, &Value)],
) -> Vec<Splice> {
    let newline = newline_of(text);
    let start = node.parts().last().map_or(node.span.start, |part| part.start);
    let start = if new[0].0.is_none() { dash(text, start) } else { start };
    let indent = " ".repeat(start - line_start(text, start));
    vec![Splice::insert(line_end(text, node.span.end), lines(level, new, &indent, newline))]
}

/// Replaces the value of an item. The new value follows the key, unless a comment is in between.
pub fn replace(text: &str, item: &MapItem, value: &Value) -> Splice {
    let inline = write::inline(Format::Yaml, value);
    let (key_end, span) = (item.key_span.end, item.node.span.clone());
    match past_colon(text, key_end) {
        Some(colon) if text[colon..span.start].trim().is_empty() => {
            Splice::replace(colon..span.end, format!(" {inline}"))
        }
        None if span.start == key_end => Splice::replace(span, format!(": {inline}")),
        Some(_) | None => Splice::replace(span, inline),
    }
}

/// Inserts entries or fields in place of a null or an empty pair of brackets. The comment after them stays on its line.
pub fn fill(
    text: &str,
    key_at: usize,
    empty: &Node,
    level: Level,
    new: &[(Option<&str>, &Value)],
) -> Vec<Splice> {
    let newline = newline_of(text);
    let column = key_at - line_start(text, key_at);
    let indent = " ".repeat(column + 2);
    let head = text[..empty.span.start].trim_end_matches([' ', '\t']);
    let lines = lines(level, new, &indent, newline);
    vec![
        Splice::cut(head.len()..empty.span.end),
        Splice::insert(line_end(text, empty.span.end), lines),
    ]
}

/// Writes a section with its entries as lines, indented by `indent`.
pub fn section_lines(path: &[String], entries: &Value, indent: &str, newline: &str) -> String {
    let Some((first, rest)) = path.split_first() else {
        return entry_lines(entries, indent, newline);
    };
    let empty = entries
        .as_object()
        .map_or_else(|| entries.as_array().is_none_or(Vec::is_empty), |m| m.is_empty());
    if rest.is_empty() && empty {
        return format!(
            "{indent}{}: {}",
            write::key(Format::Yaml, first),
            write::inline(Format::Yaml, entries)
        );
    }
    let below = section_lines(rest, entries, &format!("{indent}  "), newline);
    format!("{indent}{}:{newline}{below}", write::key(Format::Yaml, first))
}

fn entry_lines(entries: &Value, indent: &str, newline: &str) -> String {
    let lines: Vec<String> = match entries {
        Value::Object(map) => map.iter().map(|(k, v)| entry(Some(k), v, indent, newline)).collect(),
        Value::Array(list) => list.iter().map(|v| entry(None, v, indent, newline)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    };
    lines.join(newline)
}

fn field(key: Option<&str>, value: &Value, indent: &str) -> String {
    let inline = write::inline(Format::Yaml, value);
    match key {
        Some(key) => format!("{indent}{}: {inline}", write::key(Format::Yaml, key)),
        None => format!("{indent}- {inline}"),
    }
}

fn entry(key: Option<&str>, value: &Value, indent: &str, newline: &str) -> String {
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        return field(key, value, indent);
    };
    let lines: Vec<String> = fields.iter().map(|(k, v)| field(Some(k), v, "")).collect();
    let joined = lines.join(&format!("{newline}{indent}  "));
    match key {
        Some(key) => {
            format!("{indent}{}:{newline}{indent}  {joined}", write::key(Format::Yaml, key))
        }
        None => format!("{indent}- {joined}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Position;
    use super::*;

    #[test]
    fn a_file_with_a_carriage_return_alone_is_not_edited() {
        for text in ["a: 1\r\nb: 2\r\n", "a: 1\n", ""] {
            assert_eq!(refuse_bare_returns(Format::Yaml, text), Ok(()), "{text:?}");
        }
        for (text, line, column) in [("a: 1\r\nb: 2\r", 2, 5), ("a: 1\rb: 2\r\n", 1, 5)] {
            let position = Position { line, column };
            let message = "a carriage return without a line feed".to_owned();
            let want = DocumentError::Syntax { message, position };
            assert_eq!(refuse_bare_returns(Format::Yaml, text), Err(want), "{text:?}");
        }
    }
}
