//! Finds the places of a client's file, outside its servers, that refer to a server by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Document, Format, write};
use crate::fs;
use crate::survey::FoundSection;

// More places would hide the other notes.
const MOST: usize = 8;
// What a client writes before the name of a server, and after it.
const BEFORE: [&str; 5] = ["", "@", "mcp__", "mcp_", "mcp:"];
const AFTER: [char; 6] = ['_', '*', '/', '.', ':', '('];

/// Returns the places for each of the servers, as paths of keys. The last part is the string or the key that refers to the
/// server.
pub fn references<'s>(
    section: &FoundSection<'_>,
    servers: &BTreeSet<&'s str>,
) -> BTreeMap<&'s str, Vec<String>> {
    let client = section.client;
    let read = fs::read(&section.path).ok().flatten();
    let document = read.and_then(|bytes| Document::new(client.format, bytes).ok());
    let Some(mut root) = document.and_then(|document| document.value()) else {
        return BTreeMap::new();
    };
    // The servers themselves are no references.
    let without_servers = |root: &mut Value| drop(client.section.take(root));
    without_servers(&mut root);
    let directories = client.directories.as_ref().and_then(|key| root.get_mut(key));
    let directories = directories.and_then(Value::as_object_mut);
    directories.into_iter().flat_map(|map| map.values_mut()).for_each(without_servers);
    let mut found = BTreeMap::new();
    for server in servers {
        let mut places = vec![];
        collect(&root, "", server, &mut places);
        places.truncate(MOST);
        if !places.is_empty() {
            found.insert(*server, places);
        }
    }
    found
}

fn collect(value: &Value, path: &str, server: &str, found: &mut Vec<String>) {
    let below = |key: &str| {
        let key = write::key(Format::Toml, key);
        if path.is_empty() { key } else { format!("{path}.{key}") }
    };
    match value {
        Value::String(text) if refers(text, server) => found.push(format!("`{}`", below(text))),
        Value::Array(list) => list.iter().for_each(|it| collect(it, path, server, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match refers(key, server) {
                    true => found.push(format!("`{}`", below(key))),
                    false => collect(value, &below(key), server, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

// What follows the name is that of a tool. A string with a space there may be private text, such as a prompt.
fn refers(text: &str, server: &str) -> bool {
    BEFORE.iter().any(|before| {
        let rest = text.strip_prefix(before).and_then(|rest| rest.strip_prefix(server));
        rest.is_some_and(|rest| {
            let is_tool = rest.starts_with(AFTER) && !rest.contains(char::is_whitespace);
            rest.is_empty() || is_tool
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_name_alone_or_with_a_tool() {
        for text in [
            "my_docs",
            "my_docs_*",
            "mcp__my_docs__read",
            "@my_docs/read",
            "my_docs:read",
            "my_docs(read)",
        ] {
            assert!(refers(text, "my_docs"), "{text}");
        }
        for text in [
            "not_my_docs",
            "my_docsx",
            "docs",
            "see my_docs",
            "my_docs is down, why?",
            "my_docs: a question",
            "my_docs-2",
            "my_docs(a question)",
        ] {
            assert!(!refers(text, "my_docs"), "{text}");
        }
    }
}
