//! The fields of the sign-in that a client does itself.

use serde_json::{Map, Value};

use crate::client::Client;
use crate::document::Entry;
use crate::model::{Grant, Server, native_settings};

/// Adds the fields of the client's own sign-in to an entry.
pub fn with_sign_in(server: &Server, client: &Client, mut entry: Entry) -> Entry {
    let (Some(oauth), Some(fields)) = (server.own_sign_in(client), &client.sign_in) else {
        return entry;
    };
    merge(&mut entry, &fields.always);
    if oauth.grant == Grant::Enterprise {
        merge(&mut entry, &fields.enterprise);
    }
    for (setting, value) in native_settings(oauth, Some(fields)).written {
        if let Some((last, path)) = fields.path(setting).and_then(<[String]>::split_last) {
            table_at(&mut entry, path).insert(last.clone(), value);
        }
    }
    entry
}

/// Adds the values of a table to another table, and the values in their tables.
fn merge(into: &mut Entry, from: &Map<String, Value>) {
    for (key, value) in from {
        match value {
            Value::Object(inner) => merge(table_at(into, std::slice::from_ref(key)), inner),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

fn table_at<'e>(entry: &'e mut Entry, path: &[String]) -> &'e mut Entry {
    let mut table = entry;
    for key in path {
        let value = table.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        table = value.as_object_mut().expect("just made an object");
    }
    table
}
