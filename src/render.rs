//! Entries for one client, which its template renders from the model. Reads no files and no environment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::document::node::Node;
use crate::document::{self, Document, DocumentError, Entry, Format, fresh};
use crate::launch::Launcher;
use crate::model::{Model, Reach, Server};

mod carried;
mod context;
mod engine;
mod extra;
mod headers_helper;
mod shared;
mod sign_in;
mod unpassed;
mod unsupported;

use carried::carried;
use context::{ServerContext, server_context};
use engine::run;
use extra::with_extra;
use headers_helper::with_headers_helper;
pub use shared::DesiredEntry;
use shared::{shared_entry, shared_names};
use sign_in::with_sign_in;
pub use unpassed::UnpassedSecret;
use unpassed::unpassed_secrets;
use unsupported::unsupported;

/// The entries that a template rendered for a client's file.
#[derive(Debug, Clone)]
pub struct Rendered<'a> {
    /// The client.
    pub client: &'a Client,
    /// The top-level keys of a file that mcpgen creates.
    pub header: Map<String, Value>,
    /// The entries in the order of their names.
    pub entries: Vec<(String, Arc<DesiredEntry>)>,
    /// Names of entries to replace, each with the server that replaces it.
    pub replaces: BTreeMap<String, String>,
    /// Names of entries to disable, each with its disabled server: the entry of the server, and those that it replaces.
    pub disabled: BTreeMap<String, String>,
    /// Phrases for the declared settings that a client does not support as declared, with the names of these clients.
    pub lacks: BTreeMap<String, BTreeSet<&'a str>>,
    /// The variables, headers and fields that each server gets, in the entry or in another way.
    pub carried: BTreeMap<String, Arc<BTreeSet<String>>>,
    /// The servers that get a secret in an argument, which other programs can read.
    pub exposed: BTreeSet<String>,
    /// The servers with a sign-in for which mcpgen prints the headers.
    pub headers: BTreeSet<String>,
    /// The secrets of servers that cannot be resolved when this client starts them.
    pub unpassed: Vec<UnpassedSecret<'a>>,
    /// The same servers in the other layout of the client's file, if there is one.
    pub other_layout: Option<Box<Rendered<'a>>>,
}

/// The reason why a template rendered no entries.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template does not run.
    #[error("template `{template}` (client `{client}`) fails in line {line}: {message}")]
    Template {
        /// The client.
        client: String,
        /// The template's file name.
        template: String,
        /// The line in it.
        line: usize,
        /// The message of the template engine.
        message: String,
    },
    /// The output of the template cannot be parsed, or its section is missing.
    #[error("template `{template}` (client `{client}`) does not give {format}: {fault}", format = format.title())]
    Output {
        /// The client.
        client: String,
        /// The template's file name.
        template: String,
        /// The format that the output should have.
        format: Format,
        /// The parse error.
        fault: DocumentError,
    },
    /// The template left a server out.
    #[error("template `{template}` (client `{client}`) does not give an entry for `{server}`")]
    Missing {
        /// The client.
        client: String,
        /// The template's file name.
        template: String,
        /// The server.
        server: String,
    },
    /// A field in `extra` is one that the template writes.
    #[error("`extra.{client}.{field}` of `{server}` is a field that mcpgen writes itself")]
    Clash {
        /// The client.
        client: String,
        /// The server.
        server: String,
        /// The field.
        field: String,
    },
}

#[derive(Serialize)]
struct TemplateContext<'a> {
    servers: Vec<ServerContext<'a>>,
}

/// Renders all of a client's servers.
///
/// # Errors
/// Fails if the template fails, or if it omits a server.
pub fn render<'a>(
    model: &Model,
    launcher: &Launcher<'_>,
    client: &'a Client,
) -> Result<Rendered<'a>, RenderError> {
    let servers: Vec<&Server> =
        model.servers.iter().filter(|server| server.clients.contains(&client.name)).collect();
    let contexts = servers.iter().map(|server| server_context(server, launcher, client)).collect();
    let text = run(client, &TemplateContext { servers: contexts })?;
    let (header, mut entries) = cut(client, &text)?;
    let mut rendered = empty(client, header);
    let disabled = model.disabled.iter().filter(|server| server.clients.contains(&client.name));
    for server in disabled {
        let entries = std::iter::once(&server.name).chain(&server.replaces);
        rendered.disabled.extend(entries.map(|name| (name.clone(), server.name.clone())));
    }
    for server in servers {
        let entry = entries.remove(&server.name).ok_or_else(|| RenderError::Missing {
            client: client.name.clone(),
            template: client.template_name.clone(),
            server: server.name.clone(),
        })?;
        let old = server.replaces.iter().map(|old| (old.clone(), server.name.clone()));
        rendered.replaces.extend(old);
        let (entry, by_headers) = with_headers_helper(server, launcher, client, entry);
        rendered.headers.extend((by_headers && server.is_oauth()).then(|| server.name.clone()));
        let entry = with_sign_in(server, client, entry);
        let entry = shared_entry(&server.name, with_extra(server, client, entry)?);
        rendered.entries.push((server.name.clone(), entry));
        let names = carried(&server.reach, client.fields());
        if !names.is_empty() {
            rendered.carried.insert(server.name.clone(), shared_names(&server.name, names));
        }
        if has_secret_argument(&server.reach) {
            rendered.exposed.insert(server.name.clone());
        }
        rendered.unpassed.extend(unpassed_secrets(server, launcher, client));
        for what in unsupported(server, client, by_headers) {
            rendered.lacks.entry(what).or_default().insert(&client.name);
        }
    }
    if let Some(other) = client.other_layout.as_deref() {
        rendered.other_layout = Some(Box::new(render(model, launcher, other)?));
    }
    Ok(rendered)
}

fn has_secret_argument(reach: &Reach) -> bool {
    match reach {
        Reach::Local(local) => local.secret_arguments().next().is_some(),
        Reach::Remote(_) => false,
    }
}

/// Renders a client without any server, for a client that no longer has desired entries.
///
/// # Errors
/// Fails if the template fails.
pub fn nothing(client: &Client) -> Result<Rendered<'_>, RenderError> {
    let text = run(client, &TemplateContext { servers: vec![] })?;
    let (header, _) = cut(client, &text)?;
    let other_layout = client.other_layout.as_deref().map(nothing).transpose()?.map(Box::new);
    Ok(Rendered { other_layout, ..empty(client, header) })
}

fn empty(client: &Client, header: Map<String, Value>) -> Rendered<'_> {
    Rendered {
        client,
        header,
        entries: vec![],
        replaces: BTreeMap::new(),
        disabled: BTreeMap::new(),
        lacks: BTreeMap::new(),
        carried: BTreeMap::new(),
        exposed: BTreeSet::new(),
        headers: BTreeSet::new(),
        unpassed: vec![],
        other_layout: None,
    }
}

type Cut = (Map<String, Value>, BTreeMap<String, Entry>);

fn cut(client: &Client, text: &str) -> Result<Cut, RenderError> {
    let output = |fault| RenderError::Output {
        client: client.name.clone(),
        template: client.template_name.clone(),
        format: client.format,
        fault,
    };
    let root = document::parse(client.format, text).map_err(output)?;
    let mut root = root.map_or_else(|| Value::Object(Map::new()), Node::into_value);
    let found = client.section.take(&mut root).map_err(output)?;
    let object = |(name, value): (String, Value)| match value {
        Value::Object(entry) => Some((name, without_nulls(entry))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    };
    let entries = found.into_iter().filter_map(object).collect();
    let mut header = if let Value::Object(map) = root { map } else { Map::new() };
    header.retain(|key, _| !client.section.paths.iter().any(|path| path.first() == Some(key)));
    Ok((header, entries))
}

fn without_nulls(mut entry: Entry) -> Entry {
    entry.retain(|_, value| !value.is_null());
    entry
}

impl<'a> Rendered<'a> {
    /// Returns the entries in the layout that a file has.
    pub fn in_layout_of(&self, document: &Document) -> &Self {
        let other = self.other_layout.as_deref();
        other.filter(|other| document.has(&other.client.section)).unwrap_or(self)
    }

    /// Adds the entries of another client that reads the same file.
    pub fn extend(&mut self, other: Rendered<'a>) {
        self.replaces.extend(other.replaces);
        self.disabled.extend(other.disabled);
        for (what, clients) in other.lacks {
            self.lacks.entry(what).or_default().extend(clients);
        }
        for (server, names) in other.carried {
            Arc::make_mut(self.carried.entry(server).or_default()).extend(names.iter().cloned());
        }
        self.exposed.extend(other.exposed);
        self.headers.extend(other.headers);
        self.unpassed.extend(other.unpassed);
        let seen: BTreeSet<String> = self.entries.iter().map(|(name, _)| name.clone()).collect();
        let new = other.entries.into_iter().filter(|(name, _)| !seen.contains(name));
        self.entries.extend(new);
        if let (Some(own), Some(other)) = (&mut self.other_layout, other.other_layout) {
            own.extend(*other);
        }
    }

    /// Returns an entry with the client's seed, as in a new entry.
    pub fn seeded(&self, entry: &Arc<Entry>) -> Arc<Entry> {
        let mut seeded = Arc::clone(entry);
        let missing = self.client.seed.iter().filter(|(field, _)| !entry.contains_key(*field));
        for (field, value) in missing {
            Arc::make_mut(&mut seeded).insert(field.clone(), value.clone());
        }
        seeded
    }

    /// Writes the whole minimal file.
    pub fn text(&self) -> String {
        let seeded = |(name, entry): &(String, Arc<DesiredEntry>)| {
            (name.clone(), Value::Object(Arc::unwrap_or_clone(self.seeded(entry.fields()))))
        };
        let entries: Vec<(String, Value)> = self.entries.iter().map(seeded).collect();
        let section = &self.client.section;
        let path = section.paths.last().map(Vec::as_slice).unwrap_or_default();
        fresh::file(self.client.format, &self.header, path, &section.collect(&entries))
    }
}
