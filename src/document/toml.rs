//! TOML: the positions of values, and edits of tables, whose parts may be at several places.

use std::ops::Range;

use serde_json::{Number, Value};
use toml_edit::{ArrayOfTables, Document, Table};

use super::node::{MapItem, Node, NodeShape, Style};
use super::splice::{Splice, before_newline, line_end, line_start, newline_of, past_newline};
use super::{DocumentError, Format, Level, Position, depth, write};

/// Parses a text with positions.
///
/// # Errors
/// Fails on a syntax error, which a key or table defined twice is too, and on values nested too deep.
pub fn parse(text: &str) -> Result<Node, DocumentError> {
    if let Some(deep) = depth::too_deep(text, 0) {
        return Err(DocumentError::too_deep(text, deep.at, depth::MAX_TOML_DEPTH));
    }
    match Document::parse(text) {
        Ok(document) => Ok(table(document.as_table(), 0..0)),
        Err(error) => {
            let span = error.span().unwrap_or_default();
            if error.message() == "duplicate key" {
                let name = text.get(span.clone()).unwrap_or_default().to_owned();
                return Err(DocumentError::Duplicate {
                    name,
                    position: Position::new(text, span.start),
                });
            }
            Err(DocumentError::syntax(text, span.start, error.message()))
        }
    }
}

fn table(table: &Table, span: Range<usize>) -> Node {
    let item = |(key, item): (&str, &toml_edit::Item)| {
        let key_span = table.key(key).and_then(toml_edit::Key::span).unwrap_or_default();
        let node = match item {
            toml_edit::Item::None => return None,
            toml_edit::Item::Value(found) => value(found),
            toml_edit::Item::Table(inner) => self::table(inner, header(inner)),
            toml_edit::Item::ArrayOfTables(array) => tables(array),
        };
        Some(MapItem { key: key.to_owned(), key_span, node })
    };
    Node {
        style: Style::Table,
        span,
        shape: NodeShape::Map(table.iter().filter_map(item).collect()),
    }
}

fn tables(array: &ArrayOfTables) -> Node {
    let elements = array.iter().map(|inner| table(inner, header(inner))).collect();
    Node { style: Style::Table, span: 0..0, shape: NodeShape::List(elements) }
}

// A table made by dotted keys, or by the headers of tables below it, has no header of its own.
fn header(table: &Table) -> Range<usize> {
    if table.is_dotted() || table.is_implicit() { 0..0 } else { table.span().unwrap_or_default() }
}

fn value(value: &toml_edit::Value) -> Node {
    let shape = match value {
        toml_edit::Value::String(text) => NodeShape::Scalar(text.value().as_str().into()),
        toml_edit::Value::Integer(int) => NodeShape::Scalar((*int.value()).into()),
        toml_edit::Value::Float(float) => {
            let number = Number::from_f64(*float.value());
            NodeShape::Scalar(
                number.map_or_else(|| float.value().to_string().into(), Value::Number),
            )
        }
        toml_edit::Value::Boolean(b) => NodeShape::Scalar((*b.value()).into()),
        toml_edit::Value::Datetime(at) => NodeShape::Scalar(at.value().to_string().into()),
        toml_edit::Value::Array(array) => NodeShape::List(array.iter().map(self::value).collect()),
        toml_edit::Value::InlineTable(inline) => {
            let item = |(key, found): (&str, &toml_edit::Value)| {
                let key_span = inline.key(key).and_then(toml_edit::Key::span).unwrap_or_default();
                MapItem { key: key.to_owned(), key_span, node: self::value(found) }
            };
            NodeShape::Map(inline.iter().map(item).collect())
        }
    };
    Node { style: Style::Flow, span: value.span().unwrap_or_default(), shape }
}

/// Holds the positions of the parts of a table: whole tables with their header, and single lines.
#[derive(Debug, Default)]
struct Places {
    tables: Vec<Range<usize>>,
    lines: Vec<Range<usize>>,
}

impl Places {
    fn of(text: &str, node: &Node) -> Self {
        let mut places = Self::default();
        places.add(text, 0, node);
        places
    }

    fn add(&mut self, text: &str, key_at: usize, node: &Node) {
        if node.style != Style::Table {
            self.lines.push(line_start(text, key_at)..line_end(text, node.span.end));
            return;
        }
        for element in node.elements() {
            self.add(text, element.span.start, element);
        }
        if node.span.is_empty() {
            for item in node.items() {
                self.add(text, item.key_span.start, &item.node);
            }
            return;
        }
        let mut below = Self::default();
        for item in node.items() {
            below.add(text, item.key_span.start, &item.node);
        }
        let own_end = below.lines.iter().map(|line| line.end).max();
        let end = own_end.unwrap_or_else(|| line_end(text, node.span.end));
        self.tables.push(line_start(text, node.span.start)..end);
        self.tables.append(&mut below.tables);
    }

    // The span of all parts, if only white space separates them.
    fn span(&self, text: &str) -> Option<Range<usize>> {
        let mut all: Vec<&Range<usize>> = self.tables.iter().chain(&self.lines).collect();
        all.sort_by_key(|range| range.start);
        let mut span = (*all.first()?).clone();
        for range in all {
            if !text.get(span.end..range.start).unwrap_or_default().trim().is_empty() {
                return None;
            }
            span.end = span.end.max(range.end);
        }
        Some(span)
    }

    fn end(&self) -> Option<usize> {
        self.tables.iter().chain(&self.lines).map(|range| range.end).max()
    }
}

/// Returns the span of all values in a file, if only white space separates them.
pub fn span(text: &str, root: &Node) -> Option<Range<usize>> {
    Places::of(text, root).span(text)
}

/// Removes items from a table or a list of tables. A comment after a field stays.
pub fn remove(text: &str, node: &Node, level: Level, which: &[usize]) -> Vec<Splice> {
    let mut places = Places::default();
    for &at in which {
        match &node.shape {
            NodeShape::Map(items) => places.add(text, items[at].key_span.start, &items[at].node),
            NodeShape::List(elements) => places.add(text, 0, &elements[at]),
            NodeShape::Scalar(_) => {}
        }
    }
    let comments: Vec<Range<usize>> = match level {
        Level::Entries => vec![],
        Level::Fields => {
            node.items().iter().filter_map(|item| before_comment(text, item)).collect()
        }
    };
    let tables = cut_tables(text, places.tables).into_iter();
    let lines = places.lines.iter().map(|line| {
        let kept = comments.iter().find(|field| line.start <= field.start && field.end <= line.end);
        kept.cloned().unwrap_or_else(|| cut_line(text, line))
    });
    tables.chain(lines).map(Splice::cut).collect()
}

// A field up to the comment after it, if there is one.
fn before_comment(text: &str, item: &MapItem) -> Option<Range<usize>> {
    if item.node.style == Style::Table {
        return None;
    }
    let end = item.node.span.end;
    let rest = &text[end..line_end(text, end)];
    let space = rest.len() - rest.trim_start().len();
    rest[space..].starts_with('#').then_some(item.key_span.start..end + space)
}

fn cut_line(text: &str, line: &Range<usize>) -> Range<usize> {
    match past_newline(text, line.end) {
        Some(end) => line.start..end,
        None => before_newline(text, line.start).unwrap_or(0)..line.end,
    }
}

// Removes a table with the blank line before it, or the one after it if no remaining text precedes it.
fn cut_tables(text: &str, mut tables: Vec<Range<usize>>) -> Vec<Range<usize>> {
    tables.sort_by_key(|table| table.start);
    let mut top = 0;
    let cut = |table: Range<usize>| {
        let first = text.get(top..table.start).is_none_or(|before| before.trim().is_empty());
        if first {
            top = table.end;
            let end = past_newline(text, table.end).unwrap_or(table.end);
            return table.start..past_newline(text, end).unwrap_or(end);
        }
        let blank = before_newline(text, table.start).and_then(|line| {
            before_newline(text, line).filter(|_| text[line..].starts_with(['\n', '\r']))
        });
        match blank {
            Some(start) => start..table.end,
            None => table.start..past_newline(text, table.end).unwrap_or(table.end),
        }
    };
    tables.into_iter().map(cut).collect()
}

/// Puts entries behind everything a section has, or at the end of the file, as tables.
pub fn insert(text: &str, root: &Node, path: &[String], entries: &Value) -> Vec<Splice> {
    let newline = newline_of(text);
    let all = Places::of(text, root);
    let section = root.descend(path).map(|node| Places::of(text, node));
    let last = section.and_then(|places| places.end()).or(all.end());
    let body = blocks(path, entries, newline);
    let last = last.unwrap_or_default();
    // A header ends the previous table, so new entries come after the last key of that table.
    let next = all.tables.iter().map(|piece| piece.start).filter(|start| *start >= last).min();
    let places = all.tables.iter().chain(&all.lines).map(|place| place.end);
    let end = places.filter(|end| next.is_none_or(|next| *end <= next)).max().unwrap_or(last);
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

/// Puts fields behind the last line of an entry written as a table; `None` where it has no line of its
/// own, since only tables below it have a header.
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

// The end of each line of an entry, and what precedes the key there (indent, dotted path).
fn own_lines<'a>(text: &'a str, entry: &Node) -> Vec<(usize, &'a str)> {
    let line = |item: &MapItem| {
        let prefix = &text[line_start(text, item.key_span.start)..item.key_span.start];
        (item.node.style != Style::Table).then(|| (line_end(text, item.node.span.end), prefix))
    };
    entry.items().iter().filter_map(line).collect()
}

/// Writes entries as `[section.name]` tables, or `[[section]]` for a list, a blank line between.
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

#[cfg(test)]
mod tests;
