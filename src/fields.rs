//! TOML tables whose fields are described as data. They are parsed with the position of every value.

use std::ops::Range;

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use crate::document::node::{MapItem, Node, NodeShape, Style};

mod foreign;
mod shape;
pub mod syntax;

pub use foreign::{FieldReplacement, ForeignField};
pub use shape::check_table;

/// Says which values a field may have.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any string.
    String,
    /// Any string, or `false`.
    StringOrFalse,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number of seconds: some clients reject fractions.
    Seconds,
    /// A port number.
    Port,
    /// A whole number.
    Count,
    /// A list of strings.
    Strings,
    /// A list of these strings.
    Words(&'static [&'static str]),
    /// A list of strings, or of tables with known fields.
    StringsOrTables(&'static Table),
    /// A table of strings with any keys.
    StringMap,
    /// A table of lists of strings with any keys.
    StringLists,
    /// A table with known fields.
    Table(&'static Table),
    /// A table with any keys, of tables with known fields.
    TableMap(&'static Table),
    /// A table with any keys, of tables with any fields.
    OpenTables,
    /// A table with any keys. Each value is one of these strings, or a list of them.
    WordLists(&'static [&'static str]),
    /// A list of tables with known fields.
    Tables(&'static Table),
    /// One of these strings, or a table.
    OneOfOrTable(&'static [&'static str], &'static Table),
    /// A table with any fields.
    Open,
    /// A string, a list of strings, or a table of either.
    Paths,
    /// A key, a path of keys, or a list of paths.
    KeyPaths,
}

/// Describes one field.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Which values it may have.
    pub shape: Shape,
    /// One sentence that editors and documentation show.
    pub doc: &'static str,
}

/// Describes a table with known fields.
#[derive(Debug)]
pub struct Table {
    /// The name of the table in messages.
    pub title: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Fields that other formats have, for the help of an error.
    pub foreign: &'static [ForeignField],
}

impl Table {
    /// Finds a field by key.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Describes a field.
pub const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc }
}

/// Holds a value and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// An element of a list of strings and tables.
pub enum ListElement<'a> {
    /// A string.
    Text(Spanned<String>),
    /// A table.
    Table(Spanned<Fields<'a>>),
}

/// Holds named strings, sorted by name.
pub type StringMap = Vec<(Spanned<String>, Spanned<String>)>;

/// Holds named values of any type, sorted by name.
pub type SpannedValues = Vec<(Spanned<String>, Value)>;

/// Gives access to the fields of a table by type.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a Node);

/// The longest timeout in seconds: a client's timer cannot hold the milliseconds of a longer one.
pub const MAX_SECONDS: u64 = 2_147_483;

/// Parses TOML into a tree with positions. Statements with a syntax error are returned as errors and left out.
pub fn parse_toml(text: &str) -> (Node, Vec<syntax::SyntaxError>) {
    let mut root = None;
    let errors = syntax::parse(text, |table| {
        let span = table.span();
        root = Some(map(table.into_inner(), span));
    });
    (root.expect("parsed"), errors)
}

/// Parses TOML into a tree with positions, and keeps as much as possible of statements with a syntax error.
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
    /// Returns the value of a field with its position.
    pub fn node(self, name: &str) -> Option<&'a Node> {
        Some(&self.item(name)?.node)
    }

    fn item(self, name: &str) -> Option<&'a MapItem> {
        self.0.item(name)
    }

    /// Returns the position of a field's key.
    pub fn key_span(self, name: &str) -> Option<Range<usize>> {
        self.item(name).map(|item| item.key_span.clone())
    }

    /// Returns whether a field is an empty list.
    pub fn is_empty(self, name: &str) -> bool {
        self.item(name).is_some_and(
            |item| matches!(&item.node.shape, NodeShape::List(elements) if elements.is_empty()),
        )
    }

    /// Returns the keys.
    pub fn keys(self) -> impl Iterator<Item = &'a str> {
        self.0.items().iter().map(|item| item.key.as_str())
    }

    /// Returns a string.
    pub fn string(self, name: &str) -> Option<Spanned<String>> {
        string(&self.item(name)?.node)
    }

    /// Returns a boolean.
    pub fn boolean(self, name: &str) -> Option<bool> {
        self.item(name)?.node.to_value().as_bool()
    }

    /// Returns a number.
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

    /// Returns a list of strings.
    pub fn strings(self, name: &str) -> Option<Spanned<Vec<Spanned<String>>>> {
        let node = &self.item(name)?.node;
        let value = node.elements().iter().filter_map(string).collect();
        matches!(node.shape, NodeShape::List(_)).then(|| Spanned { value, span: node.span.clone() })
    }

    /// Returns the elements of a list of strings and tables, which is empty if it is missing.
    pub fn elements(self, name: &str) -> Vec<ListElement<'a>> {
        let elements = self.item(name).map(|item| item.node.elements()).unwrap_or_default();
        let element = |node: &'a Node| match node.shape {
            NodeShape::Map(_) => {
                let (value, span) = (Fields(node), node.span.clone());
                Some(ListElement::Table(Spanned { value, span }))
            }
            NodeShape::Scalar(_) | NodeShape::List(_) => string(node).map(ListElement::Text),
        };
        elements.iter().filter_map(element).collect()
    }

    /// Returns a table of strings, which is empty if it is missing.
    pub fn string_map(self, name: &str) -> StringMap {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        items.iter().filter_map(|item| Some((key(item), string(&item.node)?))).collect()
    }

    /// Returns a table with known fields.
    pub fn table(self, name: &str) -> Option<Fields<'a>> {
        let node = &self.item(name)?.node;
        matches!(node.shape, NodeShape::Map(_)).then_some(Fields(node))
    }

    /// Returns a table with any fields, which is empty if it is missing.
    pub fn values(self, name: &str) -> SpannedValues {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        items.iter().map(|field| (key(field), field.node.to_value())).collect()
    }

    /// Returns a table of tables with any fields, which is empty if it is missing.
    pub fn open_tables(self, name: &str) -> Vec<(Spanned<String>, SpannedValues)> {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        let fields = |item: &MapItem| {
            item.node.items().iter().map(|field| (key(field), field.node.to_value())).collect()
        };
        items.iter().map(|item| (key(item), fields(item))).collect()
    }
}

fn string(node: &Node) -> Option<Spanned<String>> {
    let value = node.as_str()?.to_owned();
    Some(Spanned { value, span: node.span.clone() })
}
