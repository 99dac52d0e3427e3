//! The declaration: mcp.toml with the position of every value.
//!
//! Its fields are data. Both the parser and the JSON Schema use that data, so they cannot differ. The model
//! validates the values.

use std::ops::Range;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::fields::{Fields, Spanned, check_table, parse_toml, parse_toml_leniently, syntax};
use crate::secret::literal;
use crate::secret::{SecretReference, SecretReferenceError};

pub mod exclusive;
pub mod schema;
pub mod server_table;

mod errors;
pub mod foreign;
mod include;
mod merge;
mod schema_rules;
mod sources;
mod tables;

pub use errors::DeclarationErrors;
pub use include::Includes;
use sources::DeclarationSources;
pub use tables::DECLARATION;

/// Holds a parsed declaration.
#[derive(Debug)]
pub struct Declaration {
    /// The file and the files that it includes, for diagnostics.
    pub sources: DeclarationSources,
    /// Whether all files were read and parsed. If not, a missing field may be in a part that was skipped.
    pub complete: bool,
    root: Node,
}

impl Declaration {
    /// Parses a declaration. The second value contains every syntax error, unknown field and value of the wrong type.
    /// The model can be built from a declaration with errors, so that invalid values are reported in the same run.
    pub fn parse(name: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let (root, errors) = parse_toml(text);
        let source = Source::hiding(name, text, hidden);
        let complete = errors.is_empty();
        let mut found = syntax::diagnostics(&source, errors);
        if let Some(first) = found.first_mut().filter(|_| text.trim_start().starts_with('{')) {
            first.add_help("this is JSON: move it to another FILE, then `mcpgen add --from FILE`");
        }
        found.extend(check_table(&source, &DECLARATION, "the declaration", &root));
        (Self { sources: DeclarationSources::new(source), complete, root }, found)
    }

    /// Returns the top-level fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields(&self.root)
    }

    /// Returns the position of a field in `extra.CLIENT` of a server.
    pub fn extra_span(&self, server: &str, client: &str, field: &str) -> Option<Range<usize>> {
        let (_, fields) = self.servers().into_iter().find(|(name, _)| name.value == server)?;
        fields.table("extra")?.table(client)?.key_span(field)
    }

    /// Returns whether an error prevents the start of a server: it is in the table of the server, in `[launch]`
    /// or in `[idp]`, or the text was not parsed completely.
    pub fn concerns(&self, server: &str, error: &Diagnostic) -> bool {
        let servers = self.root.item("servers").map(|servers| servers.node.items());
        let own = servers.unwrap_or_default().iter().filter(|item| item.key == server);
        let shared =
            self.root.items().iter().filter(|item| ["launch", "idp"].contains(&item.key.as_str()));
        let Some(offset) = error.offset() else { return true };
        !self.complete || own.chain(shared).any(|item| holds(item, offset))
    }

    /// Returns the path of the included file that declares a server, as diagnostics show it, and the position of the
    /// server. Returns `None` if the declaration itself declares it.
    pub fn included_server(&self, name: &str) -> Option<(String, (usize, usize))> {
        let (name, _) = self.servers().into_iter().find(|(known, _)| known.value == name)?;
        let (source, span) = self.sources.locate(name.span);
        let place = (source.name().to_owned(), source.line_column(span.start));
        (source.start() > 0).then_some(place)
    }

    /// Returns the servers, sorted by name. Values that are not tables are left out.
    pub fn servers(&self) -> Vec<(Spanned<String>, Fields<'_>)> {
        let servers = self.root.item("servers").map(|item| item.node.items()).unwrap_or_default();
        let name =
            |item: &MapItem| Spanned { value: item.key.clone(), span: item.key_span.clone() };
        let tables = servers.iter().filter(|item| matches!(item.node.shape, NodeShape::Map(_)));
        tables.map(|item| (name(item), Fields(&item.node))).collect()
    }
}

// The span of a table is only that of its header.
fn holds(item: &MapItem, offset: usize) -> bool {
    item.key_span.contains(&offset)
        || item.node.span.contains(&offset)
        || item.node.items().iter().any(|inner| holds(inner, offset))
}

// Finds secrets that the form of the written string does not give away: in place of a reference, after a name or
// flag of a secret, or with escapes. Diagnostics mask them.
fn hidden(text: &str) -> Vec<Range<usize>> {
    // Values that are nested too deeply are not parsed, so any of them may be a secret.
    let mut found: Vec<Range<usize>> =
        syntax::deep(text).into_iter().map(|(_, statement)| statement).collect();
    for root in [parse_toml(text).0, parse_toml_leniently(text)] {
        hide(text, &root, false, &mut found);
        for server in root.item("servers").iter().flat_map(|servers| servers.node.items()) {
            if let Some(secrets) = server.node.item("secrets") {
                hide(text, &secrets.node, true, &mut found);
            }
        }
    }
    found
}

fn hide(text: &str, node: &Node, references: bool, hidden: &mut Vec<Range<usize>>) {
    for item in node.items() {
        let reference = references || REFERENCES.contains(&item.key.as_str());
        match &item.node.shape {
            NodeShape::Scalar(Value::String(value)) => {
                let stray =
                    SecretReference::parse(value) == Err(SecretReferenceError::UnknownScheme);
                let named = literal::judge_named(&item.key, value).secret().is_some();
                if (reference && stray) || (named && is_veiled(text, &item.node, value)) {
                    hidden.push(item.node.span.clone());
                }
            }
            NodeShape::Scalar(_) => {}
            NodeShape::Map(_) => hide(text, &item.node, false, hidden),
            NodeShape::List(elements) => hide_list(text, elements, hidden),
        }
    }
}

// The fields for secret references.
const REFERENCES: [&str; 6] =
    ["token", "client-secret", "private-key", "secret", "id-token", "assertion"];

fn hide_list(text: &str, elements: &[Node], hidden: &mut Vec<Range<usize>>) {
    let values: Vec<Value> = elements.iter().map(Node::to_value).collect();
    let words: Vec<&str> = values.iter().map(|value| value.as_str().unwrap_or_default()).collect();
    let verdicts = literal::judge_arguments(&words);
    for (at, (element, verdict)) in elements.iter().zip(verdicts).enumerate() {
        let word = words[at];
        hide(text, element, false, hidden);
        hide_around(element, &words, at, hidden);
        if verdict.secret().is_some() && is_veiled(text, element, word) {
            hidden.push(element.span.clone());
        }
    }
}

// The text around a secret may be a part of it.
fn hide_around(element: &Node, words: &[&str], at: usize, hidden: &mut Vec<Range<usize>>) {
    let around = ["prefix", "suffix"].map(|name| element.item(name).map(|item| &item.node));
    if around.iter().all(Option::is_none) {
        return;
    }
    let values = around.map(|node| node.map(Node::to_value));
    let [prefix, suffix] =
        values.each_ref().map(|value| value.as_ref().and_then(Value::as_str).unwrap_or_default());
    if literal::judge_around(words, at, prefix, suffix).secret().is_some() {
        hidden.extend(around.into_iter().flatten().map(|node| node.span.clone()));
    }
}

// Whether the value is recognized as a secret, but the written string is not.
fn is_veiled(text: &str, node: &Node, value: &str) -> bool {
    literal::judge(value).secret().is_none() || !text[node.span.clone()].contains(value)
}
