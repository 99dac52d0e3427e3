//! Collections with brackets and commas: all of JSON, and the inline collections of TOML and YAML.
//!
//! If an item is inserted and removed again, the bytes are the same. A new item is inserted after the comment of the
//! last item. If the last item has a trailing comma, the new item gets one too. Otherwise the last item gets a comma.

use std::ops::Range;

use serde_json::Value;

use super::node::Node;
use super::splice::{Splice, before_newline, indent_of, line_start, newline_of};
use super::{Format, write};

/// Removes items from a collection. Comments outside the items remain. If no item and no comment remains, `blank` is
/// put between the brackets.
pub fn remove(
    format: Format,
    text: &str,
    node: &Node,
    which: &[usize],
    blank: &str,
) -> Vec<Splice> {
    let parts = node.parts();
    let commas: Vec<Option<usize>> = commas(format, text, node, &parts);
    if which.len() == parts.len() && is_blank_without(text, node, &parts, &commas) {
        return vec![Splice::replace(inside(node), blank)];
    }
    let mut out = vec![];
    for &at in which {
        match commas[at] {
            Some(comma) if at > 0 && at + 1 == parts.len() => {
                out.extend(cut_last_with_comma(text, &parts[at], comma));
            }
            Some(comma) => out.extend(cut_with_comma(text, &parts[at], comma, at == 0)),
            None => out.push(Splice::cut(with_space_before(text, &parts[at]))),
        }
    }
    // If the collection had no trailing comma, the last remaining item loses its comma.
    let last = parts.len() - 1;
    if commas[last].is_none()
        && which.contains(&last)
        && let Some(comma) =
            (0..last).rev().find(|at| !which.contains(at)).and_then(|at| commas[at])
    {
        out.push(Splice::cut(comma..comma + 1));
    }
    out
}

/// Inserts new items (a value, with a key in a map) after the last item of a collection.
pub fn insert(
    format: Format,
    text: &str,
    node: &Node,
    new: &[(Option<&str>, &Value)],
) -> Vec<Splice> {
    let parts = node.parts();
    let layout = Layout::of(format, text, node, &parts);
    let items: Vec<String> = new.iter().map(|(key, value)| layout.item(*key, value)).collect();
    let Some(last) = parts.last() else {
        return layout.fill(text, node, &items);
    };
    let lead =
        if layout.lines { layout.newline.to_owned() + &layout.indent } else { layout.gap.into() };
    let mut joined = items.join(&format!(",{lead}"));
    joined.insert_str(0, &lead);
    let trailing = comma_after(format, text, last.end, inside(node).end);
    if trailing.is_some() {
        joined.push(',');
    }
    let behind = trailing.map_or(last.end, |comma| comma + 1);
    let at =
        if layout.lines { past_same_line_comments(format, text, behind, node) } else { behind };
    let comma = if trailing.is_some() { "" } else { "," };
    vec![Splice::insert(last.end, comma), Splice::insert(at, joined)]
}

/// Formats a value that replaces another one.
pub fn value_text(format: Format, text: &str, at: usize, lines: bool, value: &Value) -> String {
    match format {
        Format::Jsonc if lines => {
            write::json_pretty(value, indent_of(text, at), unit_of(text), newline_of(text))
        }
        Format::Jsonc => write::json_inline(value, gap_of(text)),
        Format::Toml | Format::Yaml => write::inline(format, value),
    }
}

/// Returns whether a range has more than one line.
pub fn spans_lines(text: &str, span: &Range<usize>) -> bool {
    text[span.clone()].contains('\n')
}

struct Layout<'a> {
    format: Format,
    lines: bool,
    newline: &'static str,
    gap: &'static str,
    unit: &'a str,
    outer: &'a str,
    indent: String,
}

impl<'a> Layout<'a> {
    fn of(format: Format, text: &'a str, node: &Node, parts: &[Range<usize>]) -> Self {
        let (newline, unit, outer) =
            (newline_of(text), unit_of(text), indent_of(text, node.span.start));
        // An empty JSON object gets several lines, unless the whole file has one line.
        let first = parts.first();
        let lines = match (format, first) {
            (Format::Jsonc, None) => text.trim().contains('\n') || text.trim() == "{}",
            (Format::Toml | Format::Yaml, None) => false,
            (Format::Jsonc | Format::Toml | Format::Yaml, Some(first)) => {
                text[node.span.start..first.start].contains('\n')
            }
        };
        let indent = match first {
            Some(first) => indent_of(text, first.start).to_owned(),
            None => format!("{outer}{unit}"),
        };
        Self { format, lines, newline, gap: gap_of(text), unit, outer, indent }
    }

    fn item(&self, key: Option<&str>, value: &Value) -> String {
        let value = match self.format {
            Format::Jsonc if self.lines => {
                write::json_pretty(value, &self.indent, self.unit, self.newline)
            }
            Format::Jsonc => write::json_inline(value, self.gap),
            Format::Toml | Format::Yaml => write::inline(self.format, value),
        };
        let sep = match self.format {
            Format::Jsonc => format!(":{}", self.gap),
            Format::Toml => " = ".into(),
            Format::Yaml => ": ".into(),
        };
        key.map_or_else(
            || value.clone(),
            |key| format!("{}{sep}{value}", write::key(self.format, key)),
        )
    }

    // Inserts items into an empty collection. They replace its white space, and follow its comments.
    fn fill(&self, text: &str, node: &Node, items: &[String]) -> Vec<Splice> {
        let inner = inside(node);
        let kept = text[inner.clone()].trim_end();
        let at = inner.start + kept.len();
        if kept.trim().is_empty() && !self.lines {
            let pad = if text[node.span.start..].starts_with('[') { "" } else { self.gap };
            return vec![Splice::replace(
                inner,
                format!("{pad}{}{pad}", items.join(&format!(",{}", self.gap))),
            )];
        }
        let lead = format!("{}{}", self.newline, self.indent);
        let body = format!("{lead}{}", items.join(&format!(",{lead}")));
        if kept.trim().is_empty() {
            return vec![Splice::replace(inner, format!("{body}{}{}", self.newline, self.outer))];
        }
        vec![Splice::insert(at, body)]
    }
}

fn inside(node: &Node) -> Range<usize> {
    node.span.start + 1..node.span.end - 1
}

// Returns the indentation of the first indented line, which is one level.
fn unit_of(text: &str) -> &str {
    text.lines()
        .map(|line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()])
        .find(|indent| !indent.is_empty())
        .unwrap_or("  ")
}

fn gap_of(text: &str) -> &'static str {
    let minified = text.trim().len() > 2 && !text.trim().contains(['\n', ' ']);
    if minified { "" } else { " " }
}

fn commas(format: Format, text: &str, node: &Node, parts: &[Range<usize>]) -> Vec<Option<usize>> {
    let ends = parts.iter().skip(1).map(|next| next.start).chain([inside(node).end]);
    parts.iter().zip(ends).map(|(part, end)| comma_after(format, text, part.end, end)).collect()
}

fn comma_after(format: Format, text: &str, from: usize, end: usize) -> Option<usize> {
    let mut at = from;
    while at < end {
        match comment_end(format, text, at) {
            Some(past) => at = past,
            None if text.as_bytes()[at] == b',' => return Some(at),
            None => at += 1,
        }
    }
    None
}

/// Returns where the comment that starts at `at` ends, before the line break.
pub fn comment_end(format: Format, text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let line = || text[at..].find('\n').map_or(text.len(), |nl| at + nl);
    match format {
        Format::Jsonc if rest.starts_with(b"/*") => {
            Some(text[at + 2..].find("*/").map_or(text.len(), |end| at + 2 + end + 2))
        }
        Format::Jsonc if rest.starts_with(b"//") => Some(line()),
        Format::Toml | Format::Yaml if rest.starts_with(b"#") => Some(line()),
        Format::Jsonc | Format::Toml | Format::Yaml => None,
    }
}

fn past_same_line_comments(format: Format, text: &str, from: usize, node: &Node) -> usize {
    let mut end = from;
    let mut at = from;
    while at < inside(node).end {
        match comment_end(format, text, at) {
            Some(past) => {
                end = past - usize::from(text[..past].ends_with('\r'));
                at = past;
            }
            None if matches!(text.as_bytes()[at], b' ' | b'\t') => at += 1,
            None => break,
        }
    }
    end
}

fn is_blank_without(
    text: &str,
    node: &Node,
    parts: &[Range<usize>],
    commas: &[Option<usize>],
) -> bool {
    let mut at = inside(node).start;
    let mut blank = true;
    for (part, comma) in parts.iter().zip(commas) {
        blank &= text[at..part.start].trim().is_empty();
        blank &= comma.is_none_or(|comma| text[part.end..comma].trim().is_empty());
        at = comma.map_or(part.end, |comma| comma + 1);
    }
    blank && text[at..inside(node).end].trim().is_empty()
}

// If an item is alone on its lines, the line break before it is removed with it. If other items are on its line, the
// space before it is removed with it. For the first item, the space after it is removed instead.
fn cut_with_comma(text: &str, part: &Range<usize>, comma: usize, first: bool) -> Vec<Splice> {
    if !text[part.end..comma].trim().is_empty() {
        return vec![Splice::cut(part.clone()), Splice::cut(comma..comma + 1)];
    }
    let rest = &text[comma + 1..];
    let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let start = line_start(text, part.start);
    let alone = text[start..part.start].trim().is_empty();
    let ends_line = rest[space..].starts_with(['\n', '\r']) || rest[space..].is_empty();
    match before_newline(text, start) {
        Some(before) if alone && ends_line => vec![Splice::cut(before..comma + 1 + space)],
        Some(_) | None if first || alone => vec![Splice::cut(part.start..comma + 1 + space)],
        Some(_) | None => vec![Splice::cut(text[..part.start].trim_end().len()..comma + 1)],
    }
}

// Removes exactly what was inserted: the space before the last item, but not the space after it.
fn cut_last_with_comma(text: &str, part: &Range<usize>, comma: usize) -> Vec<Splice> {
    if !text[part.end..comma].trim().is_empty() {
        return vec![Splice::cut(part.clone()), Splice::cut(comma..comma + 1)];
    }
    vec![Splice::cut(with_space_before(text, part).start..comma + 1)]
}

fn with_space_before(text: &str, part: &Range<usize>) -> Range<usize> {
    let head = text[..part.start].trim_end_matches([' ', '\t']);
    let start = before_newline(text, head.len()).unwrap_or(head.len());
    start..part.end
}
