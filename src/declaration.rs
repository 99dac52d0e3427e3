//! The declaration: mcp.toml with the position of every value.
//!
//! Its fields are data. Both the parser and the JSON Schema use that data, so they cannot differ. The model
//! validates the values.

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

mod errors;

pub use errors::DeclarationErrors;

/// Holds a parsed declaration.
#[derive(Debug)]
pub struct Declaration {
    /// The text, for diagnostics.
    pub source: Arc<Source>,
    /// Whether the whole text was parsed. If not, a missing field may be in a part that was skipped.
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
        found.extend(check_table(&source, &DECLARATION, "the declaration", &root));
        (Self { source, complete, root }, found)
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

    /// Returns whether an error prevents the start of a server: it is in the table of the server or in `[launch]`,
    /// or the text was not parsed completely.
    pub fn concerns(&self, server: &str, error: &Diagnostic) -> bool {
        let own = self.root.item("servers").and_then(|servers| servers.node.item(server));
        let launch = self.root.item("launch");
        let Some(offset) = error.offset() else { return true };
        !self.complete || own.into_iter().chain(launch).any(|item| holds(item, offset))
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

// The fields for secret references.
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

// Whether the value is recognized as a secret, but the written string is not.
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
            "The clients whose files mcpgen writes. The command `clients` lists all known clients.",
        ),
        field("launch", Shape::Table(&LAUNCH), "How clients start bridges and mcpgen."),
        field("servers", Shape::TableMap(&SERVER), "The MCP servers by name."),
    ],
};

static LAUNCH: Table = Table {
    title: "[launch]",
    fields: &[
        field(
            "bridge",
            Shape::Strings,
            "The command that makes a remote server a stdio server. `[\"mcpgen\", \
             \"bridge\"]` is the native bridge.",
        ),
        field("mcpgen", Shape::String, "The command or path by which clients start mcpgen."),
        field(
            "absolute",
            Shape::Boolean,
            "Whether entries contain the absolute paths of programs, for clients without a PATH.",
        ),
        field("env", Shape::StringMap, "Environment variables for the bridge of every server."),
        field(
            "secret-timeout",
            Shape::Seconds,
            "Timeout in seconds for resolving a secret reference when a server starts \
             (default: 30).",
        ),
    ],
};

static SERVER: Table = Table {
    title: "a server",
    fields: &[
        field("command", Shape::String, "The program of a local server."),
        field("args", Shape::Strings, "The arguments of the program."),
        field("env", Shape::StringMap, "Environment variables for the program."),
        field("cwd", Shape::String, "The working directory of the program."),
        field("url", Shape::String, "The URL of a remote server."),
        field(
            "transport",
            Shape::OneOf(&["http", "sse"]),
            "The transport of a remote server: streamable HTTP, or the older SSE.",
        ),
        field("headers", Shape::StringMap, "HTTP headers with literal values."),
        field(
            "auth",
            Shape::OneOfOrTable(&["oauth", "none"], &AUTH),
            "How to sign in: OAuth through the shared cache, a token by secret reference, or none.",
        ),
        field(
            "secrets",
            Shape::StringMap,
            "Secret references for environment variables (local) or headers (remote).",
        ),
        field(
            "via",
            Shape::OneOf(&["bridge", "client"]),
            "What connects to a remote server: the shared bridge, or each client directly.",
        ),
        field(
            "clients",
            Shape::Strings,
            "The clients that get this server (default: all clients).",
        ),
        field("enabled", Shape::Boolean, "`false` removes the server from every client."),
        field("timeout", Shape::Seconds, "Timeout of a tool call in seconds."),
        field("tools", Shape::Table(&TOOLS), "The tools of the server that clients may use."),
        field(
            "plain",
            Shape::Strings,
            "Names of values that look like secrets but are not, such as `env.NAME`.",
        ),
        field(
            "replaces",
            Shape::Strings,
            "Names of existing entries that this server replaces if you adopt them.",
        ),
        field("extra", Shape::OpenTables, "Additional fields of the entry, for each client."),
    ],
};

static TOOLS: Table = Table {
    title: "tools",
    fields: &[
        field("allow", Shape::Strings, "The only tools that clients may use."),
        field("deny", Shape::Strings, "Tools that clients may not use."),
    ],
};

static AUTH: Table = Table {
    title: "auth",
    fields: &[
        field("mode", Shape::OneOf(&["oauth", "none"]), "How to sign in."),
        field(
            "scope",
            Shape::String,
            "The scope to request (default: the scope that the server names).",
        ),
        field("resource", Shape::String, "The resource indicator (RFC 8707)."),
        field("client-id", Shape::String, "The id of a pre-registered OAuth client."),
        field(
            "client-secret",
            Shape::String,
            "A secret reference to the secret of the OAuth client.",
        ),
        field("client-metadata-url", Shape::String, "The URL of a client metadata document."),
        field(
            "authorize-params",
            Shape::StringMap,
            "Additional parameters of the authorization request.",
        ),
        field("host", Shape::String, "The host of the redirect URL."),
        field("port", Shape::Port, "The port of the redirect URL."),
        field("callback-path", Shape::String, "The path of the redirect URL."),
        field("token", Shape::String, "A secret reference to an API token."),
        field(
            "header",
            Shape::String,
            "The header that contains the token (default: Authorization).",
        ),
        field(
            "scheme",
            Shape::OneOf(&["Bearer", "Basic"]),
            "The authentication scheme, which precedes the token in the header.",
        ),
        field("username", Shape::String, "The user name for `scheme = \"Basic\"`."),
    ],
};
