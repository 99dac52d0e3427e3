//! Checks a table against its description. One run reports every error.

use std::sync::Arc;

use serde_json::Value;

use super::{MAX_SECONDS, Shape, Table};
use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::similar::{nearest, similar_name};

/// Returns the unknown fields of a table and the values of the wrong type. `name` is the key of the table.
pub fn check_table(
    source: &Arc<Source>,
    table: &Table,
    name: &str,
    node: &Node,
) -> Vec<Diagnostic> {
    let mut checker = ShapeChecker { source: Arc::clone(source), found: vec![] };
    checker.table(table, name, node);
    checker.found
}

struct ShapeChecker {
    source: Arc<Source>,
    found: Vec<Diagnostic>,
}

impl ShapeChecker {
    fn add(&mut self, title: String, node: &Node, label: String) -> &mut Diagnostic {
        self.found.push(Diagnostic::error(title).at(&self.source, node.span.clone(), label));
        self.found.last_mut().expect("just pushed")
    }

    fn table(&mut self, table: &Table, name: &str, node: &Node) {
        let NodeShape::Map(items) = &node.shape else {
            return self.wrong(name, "a table", node);
        };
        for item in items {
            match table.field(&item.key) {
                Some(field) => self.shape(field.shape, &item.key, &item.node),
                None => self.unknown(table, item),
            }
        }
    }

    fn unknown(&mut self, table: &Table, item: &MapItem) {
        let title = format!("`{}` is not a field of {}", item.key, table.title);
        let error =
            Diagnostic::error(title).at(&self.source, item.key_span.clone(), "unknown field");
        let names = table.fields.iter().map(|field| field.name);
        if let Some(foreign) = table.foreign.iter().find(|foreign| foreign.name == item.key) {
            self.found.push(error.help(foreign.help(&item.node)));
            return;
        }
        self.found.push(match similar_name("a field", &item.key, names.clone()) {
            Some(help) => error.help(help),
            None => error.note(format!("the fields are {}", names.collect::<Vec<_>>().join(", "))),
        });
    }

    fn wrong(&mut self, name: &str, wanted: &str, node: &Node) {
        let number = matches!(node.shape, NodeShape::Scalar(Value::Number(_)));
        let whole = node.to_value().is_i64() || node.to_value().is_u64();
        let label = match number && wanted.contains("number") {
            true if whole => "this number is out of range",
            true => "this is not a whole number",
            false => describe(node),
        };
        let error = self.add(format!("`{name}` must be {wanted}"), node, label.to_owned());
        if let (true, NodeShape::Scalar(value @ (Value::Number(_) | Value::Bool(_)))) =
            (wanted.contains("string"), &node.shape)
        {
            error.add_help(format!("write it in quotes: \"{value}\""));
        }
    }

    fn shape(&mut self, shape: Shape, name: &str, node: &Node) {
        match shape {
            Shape::String => self.string(name, "a string", node),
            Shape::StringOrFalse if node.to_value() == Value::Bool(false) => {}
            Shape::StringOrFalse => self.string(name, "a value in quotes or `false`", node),
            Shape::OneOf(words) => self.one_of(name, words, false, node),
            Shape::Boolean if node.to_value().is_boolean() => {}
            Shape::Boolean => self.wrong(name, "`true` or `false`", node),
            Shape::Seconds if is_within(1..=MAX_SECONDS, node) => {}
            Shape::Seconds => {
                self.wrong(name, &format!("a whole number of seconds, 1 to {MAX_SECONDS}"), node);
            }
            Shape::Port if is_within(1..=65535, node) => {}
            Shape::Port => self.wrong(name, "a port number, 1 to 65535", node),
            Shape::Count if node.to_value().is_u64() => {}
            Shape::Count => self.wrong(name, "a whole number", node),
            Shape::WordLists(words) => {
                self.each(name, "a table", node, |checker, name, node| match &node.shape {
                    NodeShape::List(all) => {
                        all.iter().for_each(|one| checker.one_of(name, words, false, one));
                    }
                    NodeShape::Scalar(_) | NodeShape::Map(_) => {
                        checker.one_of(name, words, false, node);
                    }
                });
            }
            Shape::Tables(table) if matches!(node.shape, NodeShape::List(_)) => {
                node.elements().iter().for_each(|element| self.table(table, name, element));
            }
            Shape::Tables(_) => self.wrong(name, "a list of tables", node),
            Shape::Strings => self.strings(name, node),
            Shape::Words(words) if matches!(node.shape, NodeShape::List(_)) => {
                node.elements().iter().for_each(|one| self.one_of(name, words, false, one));
            }
            Shape::Words(_) => self.wrong(name, "a list of strings", node),
            Shape::StringsOrTables(table) => self.strings_or_tables(table, name, node),
            Shape::StringMap => self.each(name, "a table of strings", node, |checker, _, node| {
                checker.string(name, "a table of strings", node);
            }),
            Shape::StringLists => self.each(name, "a table of lists", node, Self::strings),
            Shape::Table(table) => self.table(table, name, node),
            Shape::TableMap(table) => {
                self.each(name, "a table of tables", node, |checker, name, node| {
                    checker.table(table, name, node);
                })
            }
            Shape::OpenTables => {
                self.each(name, "a table of tables", node, |checker, name, node| {
                    checker.open(name, node);
                })
            }
            Shape::Open => self.open(name, node),
            Shape::Paths => self.paths(name, node),
            Shape::KeyPaths => self.key_paths(name, node),
            Shape::OneOfOrTable(_, table) if matches!(node.shape, NodeShape::Map(_)) => {
                self.table(table, name, node);
            }
            Shape::OneOfOrTable(words, _) => self.one_of(name, words, true, node),
        }
    }

    fn strings(&mut self, name: &str, node: &Node) {
        if !matches!(node.shape, NodeShape::List(_)) {
            return self.wrong(name, "a list of strings", node);
        }
        let elements = node.elements().iter();
        elements.for_each(|element| self.string(name, "a list of strings", element));
    }

    fn strings_or_tables(&mut self, table: &Table, name: &str, node: &Node) {
        let wanted = "a list of strings or tables";
        if !matches!(node.shape, NodeShape::List(_)) {
            return self.wrong(name, wanted, node);
        }
        for element in node.elements() {
            match element.shape {
                NodeShape::Map(_) => self.table(table, name, element),
                NodeShape::Scalar(_) | NodeShape::List(_) => self.string(name, wanted, element),
            }
        }
    }

    fn each(
        &mut self,
        name: &str,
        wanted: &str,
        node: &Node,
        check: impl Fn(&mut Self, &str, &Node),
    ) {
        match &node.shape {
            NodeShape::Map(items) => {
                items.iter().for_each(|item| check(self, &item.key, &item.node));
            }
            NodeShape::Scalar(_) | NodeShape::List(_) => self.wrong(name, wanted, node),
        }
    }

    fn open(&mut self, name: &str, node: &Node) {
        if !matches!(node.shape, NodeShape::Map(_)) {
            self.wrong(name, "a table", node);
        }
    }

    fn paths(&mut self, name: &str, node: &Node) {
        let wanted = "a path, a list of paths, or a table whose values are paths or lists of paths";
        match &node.shape {
            NodeShape::Map(items) => {
                items.iter().for_each(|item| self.paths(&item.key, &item.node))
            }
            NodeShape::List(elements) => {
                elements.iter().for_each(|element| self.string(name, wanted, element));
            }
            NodeShape::Scalar(_) => self.string(name, wanted, node),
        }
    }

    fn key_paths(&mut self, name: &str, node: &Node) {
        let wanted = "a key or a list of keys";
        match &node.shape {
            NodeShape::List(elements) => {
                elements.iter().for_each(|element| self.key_paths(name, element));
            }
            NodeShape::Map(_) => self.wrong(name, wanted, node),
            NodeShape::Scalar(_) => self.string(name, wanted, node),
        }
    }

    fn string(&mut self, name: &str, wanted: &str, node: &Node) {
        match node.as_str() {
            Some(text) if text.contains('\0') => {
                self.add(
                    format!("`{name}` contains a NUL character"),
                    node,
                    "not allowed".to_owned(),
                );
            }
            Some(_) => {}
            None => self.wrong(name, wanted, node),
        }
    }

    fn one_of(&mut self, name: &str, words: &[&str], or_table: bool, node: &Node) {
        if node.as_str().is_some_and(|text| words.contains(&text)) {
            return;
        }
        let spelled: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let spelled = match or_table {
            true => format!("{} or a table", spelled.join(", ")),
            false => match spelled.as_slice() {
                [others @ .., one, last] => {
                    let others: String = others.iter().map(|word| format!("{word}, ")).collect();
                    format!("{others}{one} or {last}")
                }
                few => few.concat(),
            },
        };
        let label = if node.as_str().is_some() { "unknown value" } else { describe(node) };
        let similar = node.as_str().and_then(|text| nearest(text, words.iter().copied()));
        let error = self.add(format!("`{name}` must be {spelled}"), node, label.to_owned());
        if let Some(word) = similar {
            error.add_help(format!("a similar value exists: \"{word}\""));
        }
    }
}

fn is_within(range: std::ops::RangeInclusive<u64>, node: &Node) -> bool {
    node.to_value().as_u64().is_some_and(|number| range.contains(&number))
}

fn describe(node: &Node) -> &'static str {
    match &node.shape {
        NodeShape::Map(_) => "this is a table",
        NodeShape::List(_) => "this is a list",
        NodeShape::Scalar(Value::String(_)) => "this is a string",
        NodeShape::Scalar(Value::Bool(_)) => "this is a boolean",
        NodeShape::Scalar(Value::Number(_)) => "this is a number",
        NodeShape::Scalar(Value::Null | Value::Array(_) | Value::Object(_)) => {
            "this number is out of range"
        }
    }
}
