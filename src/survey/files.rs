//! Reads one client's file: its section, its sections for single directories, and entries outside the sections.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use super::{EntryReader, EntryScope, FoundEntry, FoundSection, Unreadable};
use crate::client::{Client, ClientTable};
use crate::document::{Document, Entries};
use crate::{entry, fs};

// A larger file contains a client's state. Users do not write entries in it by hand.
const BY_HAND: usize = 256 * 1024;

/// Reads a file. A file that does not exist has no section.
pub fn read<'t>(
    table: &'t ClientTable,
    client: &'t Client,
    path: &Utf8Path,
    scope: EntryScope,
    reader: &mut EntryReader<'_>,
) -> Vec<FoundSection<'t>> {
    let document = match open(client, path) {
        Ok(None) => return vec![],
        Ok(Some(document)) => document,
        Err(error) => return vec![unreadable(client, path, scope, error)],
    };
    let client = client.in_layout_of(&document);
    let section = |scope, strict, misplaced, entries| FoundSection {
        client,
        path: path.to_owned(),
        home: None,
        scope,
        strict,
        byte_order_mark: document.has_byte_order_mark(),
        misplaced,
        written_for: None,
        entries,
    };
    let strict = document.is_strict();
    let entries = match document.entries(&client.section) {
        Ok(entries) => entries,
        Err(error) => {
            let misplaced = misplaced(table, client, &document);
            return vec![section(scope, strict, misplaced, Err(error.into()))];
        }
    };
    let misplaced = if entries.is_empty() { misplaced(table, client, &document) } else { vec![] };
    let user = scope == EntryScope::User;
    let other =
        written_for(table, client, path, &scope, &document).filter(|_| !misplaced.is_empty());
    let own = section(scope, strict, misplaced, Ok(all(client, entries, reader)));
    let mut found = vec![FoundSection { written_for: other, ..own }];
    for (directory, entries) in directories(client, &document).into_iter().filter(|_| user) {
        let entries = Ok(all(client, entries, reader));
        found.push(section(EntryScope::Directory(directory), strict, vec![], entries));
    }
    found
}

/// Returns the section of a file that cannot be read.
pub fn unreadable<'t>(
    client: &'t Client,
    path: &Utf8Path,
    scope: EntryScope,
    error: Unreadable,
) -> FoundSection<'t> {
    let path = path.to_owned();
    FoundSection {
        client,
        path,
        home: None,
        scope,
        strict: true,
        byte_order_mark: false,
        written_for: None,
        misplaced: vec![],
        entries: Err(error),
    }
}

fn open(client: &Client, path: &Utf8Path) -> Result<Option<Document>, Unreadable> {
    let Some(bytes) = fs::read(path)? else { return Ok(None) };
    Ok(Some(Document::new(client.format, bytes)?))
}

fn all(client: &Client, entries: Entries, reader: &mut EntryReader<'_>) -> Vec<FoundEntry> {
    let sorted: BTreeMap<String, Value> = entries.into_iter().collect();
    sorted.into_iter().map(|(name, value)| reader.entry(client, name, value)).collect()
}

// `{ "projects": { "/a/directory": { "mcpServers": { … } } } }`.
fn directories(client: &Client, document: &Document) -> BTreeMap<String, Entries> {
    let Some(key) = &client.directories else { return BTreeMap::new() };
    let Some(Value::Object(directories)) = document.field(key) else { return BTreeMap::new() };
    let entries = |(directory, mut value): (String, Value)| {
        let entries = client.section.take(&mut value).ok()?;
        (!entries.is_empty()).then_some((directory, entries))
    };
    directories.into_iter().filter_map(entries).collect()
}

// Finds entries under another client's key, under a key in another spelling, or at the top level.
fn misplaced(table: &ClientTable, client: &Client, document: &Document) -> Vec<String> {
    if document.size() > BY_HAND {
        return vec![];
    }
    let Some(Value::Object(root)) = document.value() else { return vec![] };
    let own = client.section.heads();
    let known: Vec<String> =
        table.iter().flat_map(|other| other.section.heads()).map(plain).collect();
    let holds = |value: &Value| match value {
        Value::Object(map) => map.values().any(|it| launches(client, it) || nested(client, it)),
        Value::Array(list) => list.iter().any(|it| launches(client, it)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    let keys = root.iter().filter(|(key, _)| !own.contains(&key.as_str()));
    let mut found: Vec<String> = keys
        .filter(|(key, value)| known.contains(&plain(key)) && holds(value))
        .map(|(key, _)| key.clone())
        .collect();
    let bare =
        |(key, value): (&String, &Value)| !own.contains(&key.as_str()) && launches(client, value);
    if found.is_empty() && root.iter().any(bare) {
        found.push(String::new());
    }
    found
}

// One file may have sections of several clients.
fn written_for<'t>(
    table: &'t ClientTable,
    client: &Client,
    path: &Utf8Path,
    scope: &EntryScope,
    document: &Document,
) -> Option<&'t Client> {
    let EntryScope::Project(project) = scope else { return None };
    let reads = |other: &&Client| {
        other.name != client.name
            && other.format == client.format
            && other.has_project_path(project, path)
    };
    let has_entries =
        |other: &&Client| document.entries(&other.section).is_ok_and(|found| !found.is_empty());
    table.iter().filter(reads).find(has_entries)
}

fn launches(client: &Client, value: &Value) -> bool {
    entry::read_entry(value, client.fields()).is_some()
}

// `{ "mcp": { "servers": { … } } }`.
fn nested(client: &Client, value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().any(|it| launches(client, it)))
}

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
