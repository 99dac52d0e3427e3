//! The declaration as written: mcp.toml with a place for everything in it.
//!
//! Its fields are data: the reader checks against them and the JSON Schema is made from them, so the
//! two cannot differ. What a value *means* is the model's business.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{Item, Node, Shape as NodeShape};
use crate::fields::{At, Fields, Shape, Table, check, field, recovered, spanned, syntax};
use crate::secret::{NotAReference, SecretReference, literal};

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
    pub fn read(name: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let (root, errors) = spanned(text);
        let source = Source::hiding(name, text, hidden);
        let whole = errors.is_empty();
        let mut found = syntax::faults(&source, errors);
        found.extend(check(&source, &DECLARATION, "the declaration", &root));
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
    pub fn servers(&self) -> Vec<(At<String>, Fields<'_>)> {
        let servers = self.root.item("servers").map(|item| item.node.items()).unwrap_or_default();
        let name = |item: &Item| At { value: item.key.clone(), span: item.key_span.clone() };
        let tables = servers.iter().filter(|item| matches!(item.node.shape, NodeShape::Map(_)));
        tables.map(|item| (name(item), Fields(&item.node))).collect()
    }
}

// A table's own span is that of its header alone, so its fields are asked.
fn holds(item: &Item, offset: usize) -> bool {
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
    for root in [spanned(text).0, recovered(text)] {
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
                let stray = SecretReference::parse(value) == Err(NotAReference::UnknownScheme);
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
            Shape::Texts,
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
            Shape::Texts,
            "The command that makes a remote server a stdio server; `[\"mcpgen\", \"bridge\"]` is mcpgen's own.",
        ),
        field("mcpgen", Shape::Text, "How clients call mcpgen itself."),
        field(
            "absolute",
            Shape::Flag,
            "Writes programs by their absolute path, for clients without a PATH.",
        ),
        field("env", Shape::TextMap, "The bridge's environment, the same in every client."),
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
        field("command", Shape::Text, "The program of a local server."),
        field("args", Shape::Texts, "The program's arguments."),
        field("env", Shape::TextMap, "The program's environment."),
        field("cwd", Shape::Text, "The folder the program is started in."),
        field("url", Shape::Text, "The address of a remote server."),
        field(
            "transport",
            Shape::Words(&["http", "sse"]),
            "How the address is spoken to: streamable HTTP, or the older SSE.",
        ),
        field("headers", Shape::TextMap, "HTTP headers, as they are."),
        field(
            "auth",
            Shape::WordOr(&["oauth", "none"], &AUTH),
            "How to sign in: OAuth through the shared cache, a token by reference, or not at all.",
        ),
        field(
            "secrets",
            Shape::TextMap,
            "Variables (local) or headers (remote) by secret reference.",
        ),
        field(
            "via",
            Shape::Words(&["bridge", "client"]),
            "Who speaks to a remote server: the shared bridge, or each client by itself.",
        ),
        field(
            "clients",
            Shape::Texts,
            "The clients that get this server; all of them where it is left out.",
        ),
        field("enabled", Shape::Flag, "Takes the server out of every client where it is false."),
        field("timeout", Shape::Seconds, "How long one tool call may take, in seconds."),
        field("tools", Shape::Table(&TOOLS), "Which of the server's tools clients may use."),
        field(
            "plain",
            Shape::Texts,
            "Values that look like secrets and are not, such as `env.NAME`.",
        ),
        field(
            "replaces",
            Shape::Texts,
            "Names of entries that this server takes the place of, once they may be adopted.",
        ),
        field("extra", Shape::OpenTables, "A client's own fields, merged into its entry."),
    ],
};

static TOOLS: Table = Table {
    title: "tools",
    fields: &[
        field("allow", Shape::Texts, "The only tools clients may use."),
        field("deny", Shape::Texts, "Tools clients may not use."),
    ],
};

static AUTH: Table = Table {
    title: "auth",
    fields: &[
        field("mode", Shape::Words(&["oauth", "none"]), "How to sign in."),
        field("scope", Shape::Text, "The scope to ask for, where the server's own is not right."),
        field("resource", Shape::Text, "The resource indicator (RFC 8707)."),
        field("client-id", Shape::Text, "The id of a client registered beforehand."),
        field("client-secret", Shape::Text, "That client's secret, by reference."),
        field("client-metadata-url", Shape::Text, "The address of a client metadata document."),
        field(
            "authorize-params",
            Shape::TextMap,
            "Further parameters of the authorization request.",
        ),
        field("host", Shape::Text, "The host of the callback address."),
        field("port", Shape::Port, "The port of the callback address."),
        field("callback-path", Shape::Text, "The path of the callback address."),
        field("token", Shape::Text, "An API token, by secret reference."),
        field("header", Shape::Text, "The header the token goes in (Authorization)."),
        field(
            "scheme",
            Shape::Words(&["Bearer", "Basic"]),
            "What stands before the token in the header.",
        ),
        field("username", Shape::Text, "The user name, for Basic."),
    ],
};
