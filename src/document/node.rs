//! A tree with the position of every value. The three formats share it.

use std::ops::Range;

use serde_json::{Map, Value};

/// The notation of a node, which decides how parts are added to it or removed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Between brackets, separated by commas: all of JSON, and TOML's and YAML's inline values.
    Flow,
    /// YAML's indented lines.
    Block,
    /// TOML's `[header]` with the lines below it, or dotted keys. Its parts may be at several places.
    Table,
}

/// The content of a node.
#[derive(Debug, Clone)]
pub enum NodeShape {
    /// A value without children.
    Scalar(Value),
    /// A map in the order of the text.
    Map(Vec<MapItem>),
    /// A list.
    List(Vec<Node>),
}

/// One key of a map with its value.
#[derive(Debug, Clone)]
pub struct MapItem {
    /// The key, unquoted.
    pub key: String,
    /// The position of the key, including quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub node: Node,
}

/// One value and its position.
#[derive(Debug, Clone)]
pub struct Node {
    /// How it is written.
    pub style: Style,
    /// Its position, including brackets. For a TOML table, the position of its header, which is empty without a header.
    pub span: Range<usize>,
    /// Its content.
    pub shape: NodeShape,
}

impl MapItem {
    /// Returns the bytes from the key to the end of the value.
    pub fn span(&self) -> Range<usize> {
        self.key_span.start..self.node.span.end
    }
}

impl Node {
    /// Returns the items of a map, and none for anything else.
    pub fn items(&self) -> &[MapItem] {
        match &self.shape {
            NodeShape::Map(items) => items,
            NodeShape::Scalar(_) | NodeShape::List(_) => &[],
        }
    }

    /// Returns the elements of a list, and none for anything else.
    pub fn elements(&self) -> &[Node] {
        match &self.shape {
            NodeShape::List(elements) => elements,
            NodeShape::Scalar(_) | NodeShape::Map(_) => &[],
        }
    }

    /// Returns the spans of the children, including keys.
    pub fn parts(&self) -> Vec<Range<usize>> {
        match &self.shape {
            NodeShape::Scalar(_) => vec![],
            NodeShape::Map(items) => items.iter().map(MapItem::span).collect(),
            NodeShape::List(elements) => elements.iter().map(|e| e.span.clone()).collect(),
        }
    }

    /// Finds a key of a map.
    pub fn item(&self, key: &str) -> Option<&MapItem> {
        self.items().iter().find(|item| item.key == key)
    }

    /// Finds a key of a map, to change its value.
    pub fn item_mut(&mut self, key: &str) -> Option<&mut MapItem> {
        match &mut self.shape {
            NodeShape::Map(items) => items.iter_mut().find(|item| item.key == key),
            NodeShape::Scalar(_) | NodeShape::List(_) => None,
        }
    }

    /// Moves all positions.
    pub fn shift(&mut self, by: usize) {
        let shifted = |span: &Range<usize>| span.start + by..span.end + by;
        self.span = shifted(&self.span);
        match &mut self.shape {
            NodeShape::Scalar(_) => {}
            NodeShape::List(elements) => elements.iter_mut().for_each(|it| it.shift(by)),
            NodeShape::Map(items) => items.iter_mut().for_each(|item| {
                item.key_span = shifted(&item.key_span);
                item.node.shift(by);
            }),
        }
    }

    /// Follows a path of keys.
    pub fn descend<'a>(&self, path: impl IntoIterator<Item = &'a String>) -> Option<&Node> {
        path.into_iter().try_fold(self, |node, key| Some(&node.item(key)?.node))
    }

    /// Returns whether this is an alias for a map or a list.
    pub fn is_alias(&self) -> bool {
        matches!(self.shape, NodeShape::Scalar(Value::Object(_) | Value::Array(_)))
    }

    /// Returns whether this is a null. A section without entries may be a null.
    pub fn is_null(&self) -> bool {
        matches!(self.shape, NodeShape::Scalar(Value::Null))
    }

    /// Finds the first duplicate key in this node and the nodes below it.
    pub fn duplicate(&self) -> Option<&MapItem> {
        let mut seen = std::collections::HashSet::new();
        for item in self.items() {
            if !seen.insert(item.key.as_str()) {
                return Some(item);
            }
        }
        let below = self.items().iter().map(|item| &item.node).chain(self.elements());
        below.into_iter().find_map(Node::duplicate)
    }

    /// Returns whether a part of the text contains the start of a comment outside all keys and values.
    pub fn has_comment(&self, text: &str, part: Range<usize>) -> bool {
        let mut leaves = vec![];
        self.leaves(&mut leaves);
        leaves.sort_by_key(|leaf| leaf.start);
        let mut at = part.start;
        let mut starts_comment = |leaf: Range<usize>| {
            let gap = at..leaf.start.clamp(at, part.end);
            at = at.max(leaf.end);
            text[gap].contains(['#', '/'])
        };
        leaves.into_iter().any(&mut starts_comment) || starts_comment(part.end..part.end)
    }

    /// Adds the positions of all keys and scalar values.
    pub fn leaves(&self, found: &mut Vec<Range<usize>>) {
        match &self.shape {
            NodeShape::Scalar(_) => found.push(self.span.clone()),
            NodeShape::List(elements) => elements.iter().for_each(|element| element.leaves(found)),
            NodeShape::Map(items) => items.iter().for_each(|item| {
                found.push(item.key_span.clone());
                item.node.leaves(found);
            }),
        }
    }

    /// Returns the value without positions.
    pub fn to_value(&self) -> Value {
        match &self.shape {
            NodeShape::Scalar(value) => value.clone(),
            NodeShape::List(elements) => elements.iter().map(Self::to_value).collect(),
            NodeShape::Map(items) => {
                let pairs = items.iter().map(|item| (item.key.clone(), item.node.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Returns the value if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.shape {
            NodeShape::Scalar(value) => value.as_str(),
            NodeShape::List(_) | NodeShape::Map(_) => None,
        }
    }

    /// Drops the positions.
    pub fn into_value(self) -> Value {
        match self.shape {
            NodeShape::Scalar(value) => value,
            NodeShape::List(elements) => elements.into_iter().map(Node::into_value).collect(),
            NodeShape::Map(items) => {
                let pairs = items.into_iter().map(|item| (item.key, item.node.into_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Returns whether two nodes have the same value. Positions and the order of keys are ignored.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.shape, &other.shape) {
            (NodeShape::Scalar(one), NodeShape::Scalar(other)) => one == other,
            (NodeShape::List(one), NodeShape::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.same(other))
            }
            (NodeShape::Map(one), NodeShape::Map(others)) => {
                // The order is usually the same, so try the same index first.
                let found = |(at, item): (usize, &MapItem)| {
                    let beside = others.get(at).filter(|beside| beside.key == item.key);
                    let found = beside.or_else(|| other.item(&item.key));
                    found.is_some_and(|found| item.node.same(&found.node))
                };
                one.len() == others.len() && one.iter().enumerate().all(found)
            }
            (NodeShape::Scalar(_) | NodeShape::List(_) | NodeShape::Map(_), _) => false,
        }
    }
}
