//! TOML: the positions of values, and edits of tables. The parts of a table may be at several places.

use std::ops::Range;

use super::Level;
use super::node::{MapItem, Node, NodeShape, Style};
use super::splice::{Splice, before_newline, line_end, past_newline};

mod insert;
mod parse;
mod parts;

pub use insert::{blocks, insert, insert_fields};
pub use parse::parse;
use parts::TableParts;

/// Returns the span of all values in a file, if only white space separates them.
pub fn span(text: &str, root: &Node) -> Option<Range<usize>> {
    TableParts::of(text, root).span(text)
}

/// Removes items from a table or a list of tables. A comment after a field stays.
pub fn remove(text: &str, node: &Node, level: Level, which: &[usize]) -> Vec<Splice> {
    let mut parts = TableParts::default();
    for &at in which {
        match &node.shape {
            NodeShape::Map(items) => parts.add(text, items[at].key_span.start, &items[at].node),
            NodeShape::List(elements) => parts.add(text, 0, &elements[at]),
            NodeShape::Scalar(_) => {}
        }
    }
    let comments: Vec<Range<usize>> = match level {
        Level::Entries => vec![],
        Level::Fields => {
            node.items().iter().filter_map(|item| before_comment(text, item)).collect()
        }
    };
    let tables = cut_tables(text, parts.tables).into_iter();
    let lines = parts.lines.iter().map(|line| {
        let kept = comments.iter().find(|field| line.start <= field.start && field.end <= line.end);
        kept.cloned().unwrap_or_else(|| cut_line(text, line))
    });
    tables.chain(lines).map(Splice::cut).collect()
}

// Returns the range of a field up to the comment after it, if there is a comment.
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

// Removes each table with the blank line before it. If no remaining text precedes the table, removes the blank line
// after it.
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

#[cfg(test)]
mod tests;
