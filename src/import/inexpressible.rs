//! Finds the fields of an entry that a declaration cannot express.

use serde_json::{Map, Value};

use super::note::NoteReason;
use crate::client::{Client, FieldRole, FieldSpellings};
use crate::entry;
use crate::paths::is_reference_to_itself;
use crate::survey::EntryReach;

type Fits = fn(&Value) -> bool;

// The roles of which only one field is read, so the values of other fields would be lost.
struct FieldGroup<'s> {
    spellings: Vec<&'s String>,
    fits: Fits,
}

fn groups<'s>(reach: &EntryReach, spellings: &'s FieldSpellings) -> Vec<FieldGroup<'s>> {
    let group = |roles: &[FieldRole], fits: Fits| FieldGroup {
        spellings: roles.iter().flat_map(|role| spellings.of(*role)).collect(),
        fits,
    };
    // The roles of which every field is read.
    let each = |role: FieldRole, fits: Fits| {
        let single = move |spelling| FieldGroup { spellings: vec![spelling], fits };
        spellings.of(role).iter().map(single)
    };
    match reach {
        EntryReach::Address { .. } => {
            let mut groups = vec![
                group(&[FieldRole::Url], Value::is_string),
                group(&[FieldRole::Headers, FieldRole::Request], |_| true),
            ];
            groups.extend(each(FieldRole::HeaderVariables, is_string_map));
            groups.extend(each(FieldRole::TokenVariable, Value::is_string));
            groups
        }
        EntryReach::Bridge(_) | EntryReach::Program(_) => {
            let mut groups = vec![
                group(&[FieldRole::Command], |_| true),
                group(&[FieldRole::Args], Value::is_array),
                group(&[FieldRole::Env], Value::is_object),
                group(&[FieldRole::Cwd], Value::is_string),
            ];
            groups.extend(each(FieldRole::EnvNames, is_strings));
            groups
        }
        // `mcpgen exec` gets the server's name and nothing else.
        EntryReach::Exec(_) => {
            let mut groups = vec![
                group(&[FieldRole::Command], |_| true),
                group(&[FieldRole::Args], Value::is_array),
                group(&[FieldRole::Env], only_passes_on),
            ];
            groups.extend(each(FieldRole::EnvNames, is_strings));
            groups
        }
    }
}

/// Finds a field that changes what is launched and would not be imported.
pub fn inexpressible(
    client: &Client,
    fields: &Map<String, Value>,
    reach: &EntryReach,
) -> Option<NoteReason> {
    let spellings = client.fields();
    let mut tables = spellings.all(FieldRole::LaunchTable, fields);
    let nested = tables.find_map(|(_, value)| value.as_object());
    let found = match nested {
        // Every field in a table for the launch changes what is launched.
        Some(launch) => {
            let beside = fields.iter().filter(|(it, _)| !spellings.is(FieldRole::LaunchTable, it));
            let lost = |(field, value): &(&String, &Value)| {
                client.launch_fields().contains(field) && !is_empty(value)
            };
            let in_it = in_launch(launch, reach, spellings, &|_| true);
            in_it.or_else(|| beside.into_iter().find(lost).map(|(field, _)| field.clone()))
        }
        None => {
            let connects = matches!(reach, EntryReach::Address { .. });
            in_launch(fields, reach, spellings, &|field| {
                client.launch_fields().contains(field)
                    && !(connects && client.is_own_sign_in(field))
            })
        }
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
    spellings: &FieldSpellings,
    counts: &dyn Fn(&String) -> bool,
) -> Option<String> {
    let groups = groups(reach, spellings);
    launch.iter().filter(|(field, value)| counts(field) && !is_empty(value)).find_map(
        |(field, value)| {
            if spellings.is(FieldRole::Transport, field) {
                return (!is_kind(value, reach, spellings)).then(|| field.clone());
            }
            let Some(group) = groups.iter().find(|group| group.spellings.contains(&field)) else {
                return Some(field.clone());
            };
            let mut candidates = group.spellings.iter().filter_map(|name| launch.get(*name));
            if candidates.find(|value| (group.fits)(value)) != Some(value) {
                return Some(field.clone());
            }
            in_headers(spellings, field, value)
        },
    )
}

// `mcpgen exec` reads variables that the client passes on, and gets no others.
fn only_passes_on(env: &Value) -> bool {
    let passed_on = |(name, value): (&String, &Value)| {
        value.as_str().is_some_and(|value| is_reference_to_itself(name, value))
    };
    env.as_object().is_some_and(|env| env.iter().all(passed_on))
}

// Headers have strings as values, and a request's options may contain only headers.
fn in_headers(spellings: &FieldSpellings, field: &str, value: &Value) -> Option<String> {
    let headers = if spellings.is(FieldRole::Headers, field) {
        value
    } else if spellings.is(FieldRole::Request, field) {
        let found = entry::request_headers(value, spellings);
        let is_other = |key: &&String| found.is_none_or(|(name, _)| *key != name);
        if let Some(other) = value.as_object()?.keys().find(is_other) {
            return Some(format!("{field}.{other}"));
        }
        found?.1
    } else {
        return None;
    };
    match headers.as_object() {
        None => Some(field.to_owned()),
        Some(map) => {
            let wrong = map.iter().find(|(_, value)| !value.is_string());
            wrong.map(|(name, _)| format!("{field}.{name}"))
        }
    }
}

// A program has only one transport, so the field's value does not matter.
fn is_kind(value: &Value, reach: &EntryReach, spellings: &FieldSpellings) -> bool {
    match reach {
        EntryReach::Address { .. } => {
            value.as_str().is_none_or(|word| entry::is_transport(word, spellings))
        }
        EntryReach::Bridge(_) | EntryReach::Program(_) | EntryReach::Exec(_) => true,
    }
}

fn is_strings(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
}

fn is_string_map(value: &Value) -> bool {
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
