//! Parses TOML and finds the positions of all values.

use std::ops::Range;

use serde_json::{Number, Value};
use toml_edit::{ArrayOfTables, Document, Table};

use crate::document::node::{MapItem, Node, NodeShape, Style};
use crate::document::{DocumentError, Position, depth};

/// Parses a string with positions.
///
/// # Errors
/// Fails on a syntax error (including a duplicate key or table), and if values are nested too deeply.
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

// If only dotted keys or the headers of other tables define a table, the table has no header.
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
