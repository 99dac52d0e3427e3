//! Adds entries and fields to a TOML file.

use serde_json::Value;

use super::parts::TableParts;
use crate::document::node::{MapItem, Node, Style};
use crate::document::splice::{Splice, line_end, line_start, newline_of, past_newline};
use crate::document::{Format, write};

/// Adds entries as tables after everything in a section, or at the end of the file.
pub fn insert(text: &str, root: &Node, path: &[String], entries: &Value) -> Vec<Splice> {
    let newline = newline_of(text);
    let all = TableParts::of(text, root);
    let section = root.descend(path).map(|node| TableParts::of(text, node));
    let last = section.and_then(|parts| parts.end()).or(all.end());
    let body = blocks(path, entries, newline);
    let last = last.unwrap_or_default();
    // A header ends the previous table, so new entries come after the last key of that table.
    let next = all.tables.iter().map(|part| part.start).filter(|start| *start >= last).min();
    let parts = all.tables.iter().chain(&all.lines).map(|part| part.end);
    let end = parts.filter(|end| next.is_none_or(|next| *end <= next)).max().unwrap_or(last);
    let at = past_comment_lines(text, end);
    vec![Splice::insert(at, format!("{newline}{newline}{body}"))]
}

fn past_comment_lines(text: &str, end: usize) -> usize {
    let mut at = end;
    while let Some(next) = past_newline(text, at) {
        let stop = line_end(text, next);
        if !text[next..stop].trim_start().starts_with('#') {
            break;
        }
        at = stop;
    }
    at
}

/// Adds fields after the last line of an entry that is a table. Returns `None` if the entry has neither a line nor a
/// header, because it has only tables below it.
pub fn insert_fields(
    text: &str,
    entry: &Node,
    new: &[(Option<&str>, &Value)],
) -> Option<Vec<Splice>> {
    let newline = newline_of(text);
    let lines = own_lines(text, entry);
    let (at, prefix) = match lines.iter().max_by_key(|(end, _)| *end) {
        Some((end, prefix)) => (*end, (*prefix).to_owned()),
        None if entry.span.is_empty() => return None,
        None => {
            let start = line_start(text, entry.span.start);
            (line_end(text, entry.span.end), text[start..entry.span.start].to_owned())
        }
    };
    let line = |(key, value): &(Option<&str>, &Value)| {
        let key = write::key(Format::Toml, key.unwrap_or_default());
        format!("{newline}{prefix}{key} = {}", write::inline(Format::Toml, value))
    };
    Some(vec![Splice::insert(at, new.iter().map(line).collect::<String>())])
}

// Returns the end of each line of an entry, and the text before the key on this line (indentation, dotted path).
fn own_lines<'a>(text: &'a str, entry: &Node) -> Vec<(usize, &'a str)> {
    let line = |item: &MapItem| {
        let prefix = &text[line_start(text, item.key_span.start)..item.key_span.start];
        (item.node.style != Style::Table).then(|| (line_end(text, item.node.span.end), prefix))
    };
    entry.items().iter().filter_map(line).collect()
}

/// Writes entries as `[section.name]` tables, or as `[[section]]` for a list, separated by blank lines.
pub fn blocks(path: &[String], entries: &Value, newline: &str) -> String {
    let path: Vec<String> = path.iter().map(|part| write::key(Format::Toml, part)).collect();
    let path = path.join(".");
    let blocks: Vec<String> = match entries {
        Value::Object(map) => map
            .iter()
            .map(|(name, entry)| {
                let name = write::key(Format::Toml, name);
                block(&format!("[{path}.{name}]"), entry, newline)
            })
            .collect(),
        Value::Array(list) => {
            list.iter().map(|e| block(&format!("[[{path}]]"), e, newline)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    };
    blocks.join(&newline.repeat(2))
}

fn block(header: &str, entry: &Value, newline: &str) -> String {
    let fields = entry.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let lines = fields.map(|(key, value)| {
        let key = write::key(Format::Toml, key);
        format!("{newline}{key} = {}", write::inline(Format::Toml, value))
    });
    header.to_owned() + &lines.collect::<String>()
}
