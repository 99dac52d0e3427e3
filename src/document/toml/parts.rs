//! The parts of a TOML table, which may be at several places of a file.

use std::ops::Range;

use crate::document::node::{Node, Style};
use crate::document::splice::{line_end, line_start};

/// The positions of the parts of a table: whole tables with their header, and single lines.
#[derive(Debug, Default)]
pub struct TableParts {
    /// The tables, each with its header.
    pub tables: Vec<Range<usize>>,
    /// The lines that are not in a table of `tables`.
    pub lines: Vec<Range<usize>>,
}

impl TableParts {
    /// Finds the parts of a node.
    pub fn of(text: &str, node: &Node) -> Self {
        let mut parts = Self::default();
        parts.add(text, 0, node);
        parts
    }

    /// Adds the parts of another node, whose key is at `key_at`.
    pub fn add(&mut self, text: &str, key_at: usize, node: &Node) {
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

    /// Returns the span of all parts, if only white space separates them.
    pub fn span(&self, text: &str) -> Option<Range<usize>> {
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

    /// Returns the end of the last part.
    pub fn end(&self) -> Option<usize> {
        self.tables.iter().chain(&self.lines).map(|range| range.end).max()
    }
}
