//! What an entry says that its server in the declaration would not.

use serde_json::{Map, Value};

use super::note::NoteReason;
use crate::client::Client;
use crate::entry;
use crate::survey::EntryReach;

type Fits = fn(&Value) -> bool;

// Fields of which the first one counts that fits; the value of any other one would be lost.
const COMMAND: [(&[&str], Fits); 6] = [
    (&["command", "cmd"], |_| true),
    (&["args"], Value::is_array),
    (&["env", "environment", "envs"], Value::is_object),
    (&["cwd", "working_directory"], Value::is_string),
    (&["env_vars"], is_texts),
    (&["env_keys"], is_texts),
];
const ADDRESS: [(&[&str], Fits); 5] = [
    (&["url", "httpUrl", "serverUrl", "uri"], Value::is_string),
    (&["headers", "http_headers", "requestInit", "requestOptions"], |_| true),
    (&["env_http_headers"], is_text_map),
    (&["bearer_token_env_var"], Value::is_string),
    (&["bearerTokenEnvVar"], Value::is_string),
];
// `mcpgen exec` is told the server's name and nothing else.
const EXEC: [(&[&str], Fits); 2] = [(&["command", "cmd"], |_| true), (&["args"], Value::is_array)];
const KINDS: [&str; 2] = ["type", "transport"];

/// Finds a field that decides what is launched and would not be carried over.
pub fn inexpressible(
    client: &Client,
    fields: &Map<String, Value>,
    reach: &EntryReach,
) -> Option<NoteReason> {
    let nested = fields.get("transport").and_then(Value::as_object);
    let found = match nested {
        // Where the launch is in a table of its own, nothing else in there is read.
        Some(launch) => {
            let beside = fields.iter().filter(|(field, _)| *field != "transport");
            let lost = |(field, value): &(&String, &Value)| {
                client.launch_fields.contains(field) && !is_empty(value)
            };
            let in_it = in_launch(launch, reach, &|_| true);
            in_it.or_else(|| beside.into_iter().find(lost).map(|(field, _)| field.clone()))
        }
        None => in_launch(fields, reach, &|field| client.launch_fields.contains(field)),
    };
    let beside = match reach {
        EntryReach::Address { .. } => "a server with a `url`",
        EntryReach::Bridge(_) | EntryReach::Program(_) => "a server with a `command`",
        EntryReach::Exec(_) => "an entry that starts mcpgen's `exec`",
    };
    found.map(|field| NoteReason::Field { field, beside })
}

fn in_launch(
    launch: &Map<String, Value>,
    reach: &EntryReach,
    counts: &dyn Fn(&String) -> bool,
) -> Option<String> {
    let groups: &[(&[&str], Fits)] = match reach {
        EntryReach::Address { .. } => &ADDRESS,
        EntryReach::Bridge(_) | EntryReach::Program(_) => &COMMAND,
        EntryReach::Exec(_) => &EXEC,
    };
    launch.iter().filter(|(field, value)| counts(field) && !is_empty(value)).find_map(
        |(field, value)| {
            if KINDS.contains(&field.as_str()) {
                return (!is_kind(value, reach)).then(|| field.clone());
            }
            let Some((group, fits)) =
                groups.iter().find(|(group, _)| group.contains(&field.as_str()))
            else {
                return Some(field.clone());
            };
            let read = group.iter().find_map(|name| launch.get(*name).filter(|value| fits(value)));
            if read != Some(value) {
                return Some(field.clone());
            }
            in_headers(field, value)
        },
    )
}

// DraftHeaders are texts, and a request's options say nothing but headers.
fn in_headers(field: &str, value: &Value) -> Option<String> {
    let headers = match field {
        "headers" | "http_headers" => value,
        "requestInit" | "requestOptions" => {
            let other = value.as_object()?.keys().find(|key| *key != "headers");
            if let Some(other) = other {
                return Some(format!("{field}.{other}"));
            }
            value.get("headers")?
        }
        _other => return None,
    };
    match headers.as_object() {
        None => Some(field.to_owned()),
        Some(map) => {
            let wrong = map.iter().find(|(_, value)| !value.is_string());
            wrong.map(|(name, _)| format!("{field}.{name}"))
        }
    }
}

// A program has one kind of transport, whatever the word for it is.
fn is_kind(value: &Value, reach: &EntryReach) -> bool {
    match reach {
        EntryReach::Address { .. } => value.as_str().is_none_or(entry::is_transport),
        EntryReach::Bridge(_) | EntryReach::Program(_) | EntryReach::Exec(_) => true,
    }
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
}

fn is_text_map(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().all(Value::is_string))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
