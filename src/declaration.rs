//! The declaration as written: mcp.toml with a place for everything in it.
//!
//! Its fields are data: the reader checks against them and the JSON Schema is made from them, so the
//! two cannot differ. What a value *means* is the model's business.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node, NodeShape};
use crate::fields::{
    Fields, Shape, Spanned, Table, check_table, field, parse_toml, parse_toml_leniently, syntax,
};
use crate::secret::{SecretReference, SecretReferenceError, literal};

pub mod schema;

/// Holds a declaration whose fields are all known and of the right shape.
#[derive(Debug)]
pub struct Declaration {
    /// The text, for diagnostics.
    pub source: Arc<Source>,
    /// Whether all of the text could be read: if not, what is missing may stand where it was not.
    pub whole: bool,
    root: Node,
}

impl Declaration {
    /// Reads a declaration's text. The second value holds every fault of syntax, spelling and shape; a
    /// declaration with faults can still be modelled, so that those of meaning are found as well.
    pub fn parse(name: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let (root, errors) = parse_toml(text);
        let source = Source::hiding(name, text, hidden);
        let whole = errors.is_empty();
        let mut found = syntax::diagnostics(&source, errors);
        found.extend(check_table(&source, &DECLARATION, "the declaration", &root));
        (Self { source, whole, root }, found)
    }

    /// Returns the top-level fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields(&self.root)
    }

    /// Finds where a server's `extra` has a field for a client.
    pub fn extra_span(&self, server: &str, client: &str, field: &str) -> Option<Range<usize>> {
        let (_, fields) = self.servers().into_iter().find(|(name, _)| name.value == server)?;
        fields.table("extra")?.table(client)?.key_span(field)
    }

    /// Returns whether a fault at this place keeps a server from being started: one in its own table or in
    /// `[launch]`, and every one where not all of the text could be read.
    pub fn concerns(&self, server: &str, fault: &Diagnostic) -> bool {
        let own = self.root.item("servers").and_then(|servers| servers.node.item(server));
        let launch = self.root.item("launch");
        let Some(offset) = fault.offset() else { return true };
        !self.whole || own.into_iter().chain(launch).any(|item| holds(item, offset))
    }

    /// Returns the servers that are tables with their names, in the order of the names.
    pub fn servers(&self) -> Vec<(Spanned<String>, Fields<'_>)> {
        let servers = self.root.item("servers").map(|item| item.node.items()).unwrap_or_default();
        let name =
            |item: &MapItem| Spanned { value: item.key.clone(), span: item.key_span.clone() };
        let tables = servers.iter().filter(|item| matches!(item.node.shape, NodeShape::Map(_)));
        tables.map(|item| (name(item), Fields(&item.node))).collect()
    }
}

// A table's own span is that of its header alone, so its fields are asked.
fn holds(item: &MapItem, offset: usize) -> bool {
    item.key_span.contains(&offset)
        || item.node.span.contains(&offset)
        || item.node.items().iter().any(|inner| holds(inner, offset))
}

// Finds the texts that hold a secret and do not look like it as they are written: where a reference
// should be, under a name or behind a flag that says so, or with escapes. No diagnostic quotes them.
fn hidden(text: &str) -> Vec<Range<usize>> {
    // What is nested too deep is not read at all, so none of it is known not to be a secret.
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
                let named = literal::looks_like_named(&item.key, value).is_some();
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

// Fields that hold a secret reference.
const REFERENCES: [&str; 2] = ["token", "client-secret"];

fn hide_list(text: &str, elements: &[Node], hidden: &mut Vec<Range<usize>>) {
    let mut before = String::new();
    for element in elements {
        hide(text, element, false, hidden);
        let Value::String(value) = element.to_value() else { continue };
        let looks = literal::looks_like_behind(&before, &value).is_some();
        if looks && is_veiled(text, element, &value) {
            hidden.push(element.span.clone());
        }
        before = value;
    }
}

// Whether the written text does not give away what the value does.
fn is_veiled(text: &str, node: &Node, value: &str) -> bool {
    literal::looks_like(value).is_none() || !text[node.span.clone()].contains(value)
}

/// The whole declaration.
pub static DECLARATION: Table = Table {
    title: "a declaration",
    fields: &[
        field(
            "clients",
            Shape::Strings,
            "The clients whose files are written; `mcpgen clients` lists them.",
        ),
        field("launch", Shape::Table(&LAUNCH), "How clients start bridges and mcpgen itself."),
        field("servers", Shape::TableMap(&SERVER), "The MCP servers, each under its name."),
    ],
};

static LAUNCH: Table = Table {
    title: "[launch]",
    fields: &[
        field(
            "bridge",
            Shape::Strings,
            "The command that makes a remote server a stdio server; `[\"mcpgen\", \"bridge\"]` is mcpgen's own.",
        ),
        field("mcpgen", Shape::String, "How clients call mcpgen itself."),
        field(
            "absolute",
            Shape::Boolean,
            "Writes programs by their absolute path, for clients without a PATH.",
        ),
        field("env", Shape::StringMap, "The bridge's environment, the same in every client."),
        field(
            "secret-timeout",
            Shape::Seconds,
            "How long a secret reference may take when a server starts, in seconds (30).",
        ),
    ],
};

static SERVER: Table = Table {
    title: "a server",
    fields: &[
        field("command", Shape::String, "The program of a local server."),
        field("args", Shape::Strings, "The program's arguments."),
        field("env", Shape::StringMap, "The program's environment."),
        field("cwd", Shape::String, "The folder the program is started in."),
        field("url", Shape::String, "The address of a remote server."),
        field(
            "transport",
            Shape::OneOf(&["http", "sse"]),
            "How the address is spoken to: streamable HTTP, or the older SSE.",
        ),
        field("headers", Shape::StringMap, "HTTP headers, as they are."),
        field(
            "auth",
            Shape::OneOfOrTable(&["oauth", "none"], &AUTH),
            "How to sign in: OAuth through the shared cache, a token by reference, or not at all.",
        ),
        field(
            "secrets",
            Shape::StringMap,
            "Variables (local) or headers (remote) by secret reference.",
        ),
        field(
            "via",
            Shape::OneOf(&["bridge", "client"]),
            "Who speaks to a remote server: the shared bridge, or each client by itself.",
        ),
        field(
            "clients",
            Shape::Strings,
            "The clients that get this server; all of them where it is left out.",
        ),
        field("enabled", Shape::Boolean, "Takes the server out of every client where it is false."),
        field("timeout", Shape::Seconds, "How long one tool call may take, in seconds."),
        field("tools", Shape::Table(&TOOLS), "Which of the server's tools clients may use."),
        field(
            "plain",
            Shape::Strings,
            "SpannedValues that look like secrets and are not, such as `env.NAME`.",
        ),
        field(
            "replaces",
            Shape::Strings,
            "Names of entries that this server takes the place of, once they may be adopted.",
        ),
        field("extra", Shape::OpenTables, "A client's own fields, merged into its entry."),
    ],
};

static TOOLS: Table = Table {
    title: "tools",
    fields: &[
        field("allow", Shape::Strings, "The only tools clients may use."),
        field("deny", Shape::Strings, "Tools clients may not use."),
    ],
};

static AUTH: Table = Table {
    title: "auth",
    fields: &[
        field("mode", Shape::OneOf(&["oauth", "none"]), "How to sign in."),
        field("scope", Shape::String, "The scope to ask for, where the server's own is not right."),
        field("resource", Shape::String, "The resource indicator (RFC 8707)."),
        field("client-id", Shape::String, "The id of a client registered beforehand."),
        field("client-secret", Shape::String, "That client's secret, by reference."),
        field("client-metadata-url", Shape::String, "The address of a client metadata document."),
        field(
            "authorize-params",
            Shape::StringMap,
            "Further parameters of the authorization request.",
        ),
        field("host", Shape::String, "The host of the callback address."),
        field("port", Shape::Port, "The port of the callback address."),
        field("callback-path", Shape::String, "The path of the callback address."),
        field("token", Shape::String, "An API token, by secret reference."),
        field("header", Shape::String, "The header the token goes in (Authorization)."),
        field(
            "scheme",
            Shape::OneOf(&["Bearer", "Basic"]),
            "What stands before the token in the header.",
        ),
        field("username", Shape::String, "The user name, for Basic."),
    ],
};
