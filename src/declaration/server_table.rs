//! Adds the table of a server to the text of a declaration, or removes it. All other bytes stay the same.

use std::ops::Range;

use toml_edit::{Array, DocumentMut, InlineTable, Item, TableLike, Value};

use crate::document::edit::Edit;
use crate::document::{Document, DocumentError, Format, Section, parse};

/// Fields of a server that the command line sets.
#[derive(Debug, Default)]
pub struct ServerOptions {
    /// Whether people sign in with OAuth.
    pub oauth: bool,
    /// The secret reference of a token.
    pub token: Option<String>,
    /// Secret references by the names of environment variables or headers.
    pub secrets: Vec<(String, String)>,
    /// The clients that get the server; empty for all.
    pub clients: Vec<String>,
    /// The sets of the server; empty for none.
    pub sets: Vec<String>,
}

/// Declares a sign-in with OAuth for the servers with these URLs.
///
/// # Errors
/// Fails if the text is not TOML.
pub fn with_oauth(tables: &str, urls: &[String]) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = tables.parse()?;
    for server in servers(&mut document) {
        let url = server.get("url").and_then(Item::as_str);
        if url.is_some_and(|url| urls.iter().any(|known| known == url)) {
            server.insert("auth", "oauth".into());
        }
    }
    Ok(document.to_string())
}

/// Declares the clients of the servers in tables `[servers.NAME]` that do not name any.
///
/// # Errors
/// Fails if the text is not TOML.
pub fn with_clients(tables: &str, clients: &[String]) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = tables.parse()?;
    for server in servers(&mut document).filter(|server| !server.contains_key("clients")) {
        server.insert("clients", clients.iter().collect::<Array>().into());
    }
    Ok(document.to_string())
}

/// Adds clients to those of a declaration.
///
/// # Errors
/// Fails if the text is not TOML.
pub fn with_more_clients(text: &str, clients: &[String]) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let Some(list) = document.get_mut("clients").and_then(Item::as_array_mut) else {
        return Ok(text.to_owned());
    };
    let known: Vec<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let new = clients.iter().filter(|client| !known.contains(client));
    new.for_each(|client| list.push(client));
    Ok(document.to_string())
}

fn servers(document: &mut DocumentMut) -> impl Iterator<Item = &mut dyn TableLike> {
    let servers = document.get_mut("servers").and_then(Item::as_table_like_mut);
    let tables = servers.into_iter().flat_map(|servers| servers.iter_mut());
    tables.filter_map(|(_, server)| server.as_table_like_mut())
}

/// Sets fields of the servers in tables `[servers.NAME]`.
///
/// # Errors
/// Fails if the text is not TOML.
pub fn with_options(tables: &str, options: &ServerOptions) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = tables.parse()?;
    for server in servers(&mut document) {
        if options.oauth {
            server.insert("auth", "oauth".into());
        }
        if let Some(token) = &options.token {
            server.insert("auth", inline([("token", token)]));
        }
        set_secrets(server, &options.secrets);
        for (name, values) in [("clients", &options.clients), ("sets", &options.sets)] {
            if !values.is_empty() {
                let values: Array = values.iter().collect();
                server.insert(name, values.into());
            }
        }
    }
    Ok(document.to_string())
}

fn set_secrets(server: &mut dyn TableLike, secrets: &[(String, String)]) {
    if secrets.is_empty() {
        return;
    }
    if let Some(known) = server.get_mut("secrets").and_then(Item::as_table_like_mut) {
        for (name, reference) in secrets {
            known.insert(name, reference.as_str().into());
        }
        return;
    }
    let pairs = secrets.iter().map(|(name, reference)| (name.as_str(), reference));
    server.insert("secrets", inline(pairs));
}

fn inline<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a String)>) -> Item {
    let pair = |(name, value): (&'a str, &'a String)| (name, Value::from(value.as_str()));
    Item::Value(Value::InlineTable(pairs.into_iter().map(pair).collect::<InlineTable>()))
}

/// Returns the URLs of the servers in tables `[servers.NAME]` that have neither `auth` nor `secrets`.
pub fn urls_without_auth(tables: &str) -> Vec<String> {
    let Ok(document) = tables.parse::<DocumentMut>() else { return vec![] };
    let servers = document.get("servers").and_then(Item::as_table_like);
    let url = |(_, server): (&str, &Item)| {
        let bare = ["auth", "secrets"].iter().all(|field| server.get(field).is_none());
        server.get("url")?.as_str().filter(|_| bare).map(str::to_owned)
    };
    servers
        .into_iter()
        .flat_map(|servers| servers.iter().filter_map(url).collect::<Vec<_>>())
        .collect()
}

/// Adds tables at the end of a declaration.
pub fn append(text: &str, tables: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
    let tables = tables.trim().replace('\n', newline);
    let gap = if text.trim().is_empty() { "" } else { newline };
    format!("{text}{end}{gap}{tables}{newline}")
}

/// Removes a server from a declaration, with all its tables and the comment directly above it.
///
/// # Errors
/// Fails if the declaration has a syntax error.
pub fn remove(text: &str, name: &str) -> Result<String, DocumentError> {
    let mut text = text.to_owned();
    text.replace_range(comment_above(&text, name)?, "");
    let section = Section { paths: vec![vec!["servers".to_owned()]], list_key: None };
    let edits = [Edit::Remove { name: name.to_owned() }];
    let document = Document::new(Format::Toml, text.into_bytes())?;
    let (bytes, _) = document.edit(&section, &edits, None)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

// Returns the lines with comments directly above the header of a server, with the empty line above them.
fn comment_above(text: &str, name: &str) -> Result<Range<usize>, DocumentError> {
    let root = parse(Format::Toml, text)?;
    let servers = root.as_ref().and_then(|root| root.item("servers"));
    let key = servers.and_then(|servers| servers.node.item(name)).map(|item| item.key_span.start);
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = line_start(key.unwrap_or_default());
    let mut start = end;
    while start > 0 {
        let above = line_start(start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    // A comment at the start of the file describes the file.
    Ok(if start == 0 { end..end } else { start..end })
}
