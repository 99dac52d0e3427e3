//! Values of the columns of a row.

use serde_json::{Map, Value};

use crate::document::node::{Node, NodeShape};
use crate::fields::Fields;

/// Returns the strings of a column.
pub fn strings(fields: Fields<'_>, key: &str) -> Vec<String> {
    let list = fields.strings(key).map(|at| at.value).unwrap_or_default();
    list.into_iter().map(|at| at.value).collect()
}

/// Returns a column that is a table with any fields.
pub fn open(fields: Fields<'_>, key: &str) -> Map<String, Value> {
    let map = fields.node(key).map(Node::to_value);
    map.and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

/// Returns a string, or the strings of a list.
pub fn strings_of(node: &Node) -> Vec<String> {
    let text = |node: &Node| node.as_str().map(str::to_owned);
    match &node.shape {
        NodeShape::List(elements) => elements.iter().filter_map(text).collect(),
        NodeShape::Scalar(_) | NodeShape::Map(_) => text(node).into_iter().collect(),
    }
}

/// Returns `"key"`, `["path", "of", "keys"]`, or a list of such paths.
pub fn key_paths(node: &Node) -> Vec<Vec<String>> {
    let nested = node.elements().iter().any(|e| matches!(e.shape, NodeShape::List(_)));
    if nested { node.elements().iter().map(strings_of).collect() } else { vec![strings_of(node)] }
}
