//! Tables with known fields, in TOML that a person wrote: described as data, checked so that every
//! fault is found in one run, and read with a place for everything.

use std::ops::Range;

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use crate::document::node::{MapItem, Node, NodeShape, Style};

mod shape;
pub mod syntax;

pub use shape::check_table;

/// Says what a field's value may look like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    String,
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number of seconds: some clients refuse fractions.
    Seconds,
    /// A port number.
    Port,
    /// A list of texts.
    Strings,
    /// A table from any name to a text.
    StringMap,
    /// A table with known fields.
    Table(&'static Table),
    /// A table from any name to a table with known fields.
    TableMap(&'static Table),
    /// A table from any name to a table with any fields.
    OpenTables,
    /// A word, or a table.
    OneOfOrTable(&'static [&'static str], &'static Table),
    /// A table with any fields.
    Open,
    /// A text, a list of texts, or a table of either.
    Paths,
    /// A key, a path of keys, or a list of paths.
    KeyPaths,
}

/// Describes one field.
#[derive(Debug)]
pub struct Field {
    /// The key in the file.
    pub name: &'static str,
    /// What its value may look like.
    pub shape: Shape,
    /// What it is for: one sentence, shown by editors.
    pub doc: &'static str,
}

/// Describes a table with known fields.
#[derive(Debug)]
pub struct Table {
    /// What the table is called in messages.
    pub title: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

impl Table {
    /// Finds a field by its key.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Describes a field.
pub const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc }
}

/// Holds a value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the text.
    pub span: Range<usize>,
}

/// Holds named texts in the order of their names.
pub type StringMap = Vec<(Spanned<String>, Spanned<String>)>;

/// Holds named values of any kind in the order of their names.
pub type SpannedValues = Vec<(Spanned<String>, Value)>;

/// Reads one table.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a Node);

/// The most seconds a timeout may have: the milliseconds of more do not fit into a client's timer.
pub const MAX_SECONDS: u64 = 2_147_483;

/// Parses TOML into a tree with places, and returns all syntax errors with theirs. What stands in a
/// statement with an error is not in the tree.
pub fn parse_toml(text: &str) -> (Node, Vec<syntax::SyntaxError>) {
    let mut root = None;
    let errors = syntax::parse(text, |table| {
        let span = table.span();
        root = Some(map(table.into_inner(), span));
    });
    (root.expect("parsed"), errors)
}

/// Parses TOML into a tree with places, with what can be made of statements with an error.
pub fn parse_toml_leniently(text: &str) -> Node {
    let text = syntax::shallow(text);
    let (table, _) = DeTable::parse_recoverable(&text);
    let span = table.span();
    map(table.into_inner(), span)
}

fn map(table: DeTable<'_>, span: Range<usize>) -> Node {
    let item = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let key_span = key.span();
        let value_span = value.span();
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        MapItem { key: key.into_owned(), key_span, node: node(value.into_inner(), value_span) }
    };
    Node { style: Style::Flow, span, shape: NodeShape::Map(table.into_iter().map(item).collect()) }
}

fn node(value: DeValue<'_>, span: Range<usize>) -> Node {
    let scalar = match value {
        DeValue::Table(table) => return map(table, span),
        DeValue::Array(array) => {
            let element = |value: toml::Spanned<DeValue<'_>>| {
                let span = value.span();
                node(value.into_inner(), span)
            };
            let shape = NodeShape::List(array.into_iter().map(element).collect());
            return Node { style: Style::Flow, span, shape };
        }
        DeValue::String(text) => text.into_owned().into(),
        DeValue::Integer(int) => {
            i64::from_str_radix(int.as_str(), int.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(float) => {
            let float = float.as_str().parse().ok().and_then(Number::from_f64);
            float.map_or(Value::Null, Value::Number)
        }
        DeValue::Boolean(flag) => flag.into(),
        DeValue::Datetime(at) => Value::String(at.to_string()),
    };
    Node { style: Style::Flow, span, shape: NodeShape::Scalar(scalar) }
}

fn key(item: &MapItem) -> Spanned<String> {
    Spanned { value: item.key.clone(), span: item.key_span.clone() }
}

impl<'a> Fields<'a> {
    /// Returns a field's value as it is.
    pub fn node(self, name: &str) -> Option<&'a Node> {
        Some(&self.item(name)?.node)
    }

    fn item(self, name: &str) -> Option<&'a MapItem> {
        self.0.item(name)
    }

    /// Returns where a field's key stands.
    pub fn key_span(self, name: &str) -> Option<Range<usize>> {
        self.item(name).map(|item| item.key_span.clone())
    }

    /// Returns whether a list is there and empty.
    pub fn is_empty(self, name: &str) -> bool {
        self.item(name).is_some_and(
            |item| matches!(&item.node.shape, NodeShape::List(elements) if elements.is_empty()),
        )
    }

    /// Returns the keys.
    pub fn keys(self) -> impl Iterator<Item = &'a str> {
        self.0.items().iter().map(|item| item.key.as_str())
    }

    /// Reads a text.
    pub fn string(self, name: &str) -> Option<Spanned<String>> {
        text(&self.item(name)?.node)
    }

    /// Reads a flag.
    pub fn boolean(self, name: &str) -> Option<bool> {
        self.item(name)?.node.to_value().as_bool()
    }

    /// Reads a number.
    pub fn number(self, name: &str) -> Option<Number> {
        match self.item(name)?.node.to_value() {
            Value::Number(number) => Some(number),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// Reads a list of texts.
    pub fn strings(self, name: &str) -> Option<Spanned<Vec<Spanned<String>>>> {
        let node = &self.item(name)?.node;
        let value = node.elements().iter().filter_map(text).collect();
        matches!(node.shape, NodeShape::List(_)).then(|| Spanned { value, span: node.span.clone() })
    }

    /// Reads a table of texts, empty where it is missing.
    pub fn string_map(self, name: &str) -> StringMap {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        items.iter().filter_map(|item| Some((key(item), text(&item.node)?))).collect()
    }

    /// Reads a table with known fields.
    pub fn table(self, name: &str) -> Option<Fields<'a>> {
        let node = &self.item(name)?.node;
        matches!(node.shape, NodeShape::Map(_)).then_some(Fields(node))
    }

    /// Reads a table of tables with any fields, empty where it is missing.
    pub fn open_tables(self, name: &str) -> Vec<(Spanned<String>, SpannedValues)> {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        let fields = |item: &MapItem| {
            item.node.items().iter().map(|field| (key(field), field.node.to_value())).collect()
        };
        items.iter().map(|item| (key(item), fields(item))).collect()
    }
}

fn text(node: &Node) -> Option<Spanned<String>> {
    let value = node.to_value().as_str()?.to_owned();
    Some(Spanned { value, span: node.span.clone() })
}
