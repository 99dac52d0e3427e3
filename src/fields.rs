//! Tables with known fields, in TOML that a person wrote: described as data, checked so that every
//! fault is found in one run, and read with a place for everything.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source, nearest};
use crate::document::node::{Item, Node, Shape as NodeShape, Style};

/// Says what a field's value may look like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// One of a few words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number of seconds above zero: some clients refuse fractions.
    Seconds,
    /// A port number.
    Port,
    /// A list of texts.
    Texts,
    /// A table from any name to a text.
    TextMap,
    /// A table with known fields.
    Table(&'static Table),
    /// A table from any name to a table with known fields.
    TableMap(&'static Table),
    /// A table from any name to a table with any fields.
    OpenTables,
    /// A word, or a table.
    WordOr(&'static [&'static str], &'static Table),
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
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place in the text.
    pub span: Range<usize>,
}

/// Holds named texts in the order of their names.
pub type Texts = Vec<(At<String>, At<String>)>;

/// Holds named values of any kind in the order of their names.
pub type Values = Vec<(At<String>, Value)>;

/// Reads one table.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a Node);

/// Parses TOML into a tree with places, and returns all syntax errors with theirs.
pub fn spanned(text: &str) -> (Node, Vec<(String, Range<usize>)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors =
        errors.iter().map(|e| (e.message().to_owned(), e.span().unwrap_or(0..0))).collect();
    let span = table.span();
    (map(table.into_inner(), span), errors)
}

fn map(table: DeTable<'_>, span: Range<usize>) -> Node {
    let item = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let key_span = key.span();
        let value_span = value.span();
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        Item { key: key.into_owned(), key_span, node: node(value.into_inner(), value_span) }
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

fn key(item: &Item) -> At<String> {
    At { value: item.key.clone(), span: item.key_span.clone() }
}

impl<'a> Fields<'a> {
    /// Returns a field's value as it is.
    pub fn node(self, name: &str) -> Option<&'a Node> {
        Some(&self.item(name)?.node)
    }

    fn item(self, name: &str) -> Option<&'a Item> {
        self.0.item(name)
    }

    /// Returns where a field's key stands.
    pub fn key_span(self, name: &str) -> Option<Range<usize>> {
        self.item(name).map(|item| item.key_span.clone())
    }

    /// Reads a text.
    pub fn text(self, name: &str) -> Option<At<String>> {
        text(&self.item(name)?.node)
    }

    /// Reads a flag.
    pub fn flag(self, name: &str) -> Option<bool> {
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
    pub fn texts(self, name: &str) -> Option<At<Vec<At<String>>>> {
        let node = &self.item(name)?.node;
        let value = node.elements().iter().filter_map(text).collect();
        matches!(node.shape, NodeShape::List(_)).then(|| At { value, span: node.span.clone() })
    }

    /// Reads a table of texts, empty where it is missing.
    pub fn text_map(self, name: &str) -> Texts {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        items.iter().filter_map(|item| Some((key(item), text(&item.node)?))).collect()
    }

    /// Reads a table with known fields.
    pub fn table(self, name: &str) -> Option<Fields<'a>> {
        let node = &self.item(name)?.node;
        matches!(node.shape, NodeShape::Map(_)).then_some(Fields(node))
    }

    /// Reads a table of tables with any fields, empty where it is missing.
    pub fn open_tables(self, name: &str) -> Vec<(At<String>, Values)> {
        let items = self.item(name).map(|item| item.node.items()).unwrap_or_default();
        let fields = |item: &Item| {
            item.node.items().iter().map(|field| (key(field), field.node.to_value())).collect()
        };
        items.iter().map(|item| (key(item), fields(item))).collect()
    }
}

fn text(node: &Node) -> Option<At<String>> {
    let value = node.to_value().as_str()?.to_owned();
    Some(At { value, span: node.span.clone() })
}

/// Checks a table against its description and returns every fault of spelling and shape.
pub fn check(source: &Arc<Source>, table: &Table, node: &Node) -> Vec<Diagnostic> {
    let mut faults = Faults { source: Arc::clone(source), found: vec![] };
    faults.table(table, node);
    faults.found
}

struct Faults {
    source: Arc<Source>,
    found: Vec<Diagnostic>,
}

impl Faults {
    fn add(&mut self, title: String, span: Range<usize>, label: &str) {
        self.found.push(Diagnostic::error(title).at(&self.source, span, label));
    }

    fn table(&mut self, table: &Table, node: &Node) {
        let NodeShape::Map(items) = &node.shape else {
            return self.wrong(node, "a table");
        };
        for item in items {
            match table.field(&item.key) {
                Some(field) => self.shape(field.shape, &item.node),
                None => self.unknown(table, item),
            }
        }
    }

    fn unknown(&mut self, table: &Table, item: &Item) {
        let title = format!("`{}` is not a field of {}", item.key, table.title);
        let fault =
            Diagnostic::error(title).at(&self.source, item.key_span.clone(), "unknown field");
        let names = table.fields.iter().map(|field| field.name);
        self.found.push(match nearest(&item.key, names.clone()) {
            Some(name) => fault.help(format!("did you mean `{name}`?")),
            None => fault.help(format!("the fields are: {}", names.collect::<Vec<_>>().join(", "))),
        });
    }

    fn wrong(&mut self, node: &Node, wanted: &str) {
        let title = format!("{wanted} is wanted here");
        self.add(title, node.span.clone(), &format!("this is {}", describe(node)));
    }

    fn shape(&mut self, shape: Shape, node: &Node) {
        match shape {
            Shape::Text => self.text(node),
            Shape::Words(words) => self.word(words, node),
            Shape::Flag if node.to_value().is_boolean() => {}
            Shape::Flag => self.wrong(node, "`true` or `false`"),
            Shape::Seconds if node.to_value().as_u64().is_some_and(|s| s > 0) => {}
            Shape::Seconds => self.wrong(node, "a whole number of seconds above zero"),
            Shape::Port if node.to_value().as_u64().is_some_and(|p| (1..=65535).contains(&p)) => {}
            Shape::Port => self.wrong(node, "a port number (1 to 65535)"),
            Shape::Texts if matches!(node.shape, NodeShape::List(_)) => {
                node.elements().iter().for_each(|element| self.text(element));
            }
            Shape::Texts => self.wrong(node, "a list of texts"),
            Shape::TextMap => self.each(node, "a table of texts", Self::text),
            Shape::Table(table) => self.table(table, node),
            Shape::TableMap(table) => {
                self.each(node, "a table", |faults, node| faults.table(table, node))
            }
            Shape::OpenTables => self.each(node, "a table of tables", |faults, node| {
                if !matches!(node.shape, NodeShape::Map(_)) {
                    faults.wrong(node, "a table");
                }
            }),
            Shape::Open if matches!(node.shape, NodeShape::Map(_)) => {}
            Shape::Open => self.wrong(node, "a table"),
            Shape::Paths => self.paths(node),
            Shape::KeyPaths => self.key_paths(node),
            Shape::WordOr(_, table) if matches!(node.shape, NodeShape::Map(_)) => {
                self.table(table, node)
            }
            Shape::WordOr(words, _) => self.word(words, node),
        }
    }

    fn each(&mut self, node: &Node, wanted: &str, check: impl Fn(&mut Self, &Node)) {
        match &node.shape {
            NodeShape::Map(items) => items.iter().for_each(|item| check(self, &item.node)),
            NodeShape::Scalar(_) | NodeShape::List(_) => self.wrong(node, wanted),
        }
    }

    fn paths(&mut self, node: &Node) {
        match &node.shape {
            NodeShape::Map(items) => items.iter().for_each(|item| self.paths(&item.node)),
            NodeShape::List(elements) => elements.iter().for_each(|element| self.text(element)),
            NodeShape::Scalar(_) => self.text(node),
        }
    }

    fn key_paths(&mut self, node: &Node) {
        match &node.shape {
            NodeShape::List(elements) => {
                elements.iter().for_each(|element| self.key_paths(element))
            }
            NodeShape::Map(_) => self.wrong(node, "a key or a list of keys"),
            NodeShape::Scalar(_) => self.text(node),
        }
    }

    fn text(&mut self, node: &Node) {
        match node.to_value() {
            Value::String(text) if text.contains('\0') => {
                self.wrong(node, "a text without NUL characters");
            }
            Value::String(_) => {}
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                self.wrong(node, "a text in quotes");
            }
        }
    }

    fn word(&mut self, words: &[&str], node: &Node) {
        let value = node.to_value();
        if value.as_str().is_some_and(|text| words.contains(&text)) {
            return;
        }
        let spelled =
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        let fault = Diagnostic::error(format!("{spelled} is wanted here")).at(
            &self.source,
            node.span.clone(),
            format!("this is {}", describe(node)),
        );
        let near = value.as_str().and_then(|text| nearest(text, words.iter().copied()));
        self.found.push(match near {
            Some(word) => fault.help(format!("did you mean \"{word}\"?")),
            None => fault,
        });
    }
}

fn describe(node: &Node) -> &'static str {
    match &node.shape {
        NodeShape::Map(_) => "a table",
        NodeShape::List(_) => "a list",
        NodeShape::Scalar(Value::String(_)) => "a text",
        NodeShape::Scalar(Value::Bool(_)) => "`true` or `false`",
        NodeShape::Scalar(Value::Number(_)) => "a number",
        NodeShape::Scalar(Value::Null | Value::Array(_) | Value::Object(_)) => "something else",
    }
}
