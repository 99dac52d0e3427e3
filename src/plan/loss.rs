//! What a step takes away from the user: fields of an entry that mcpgen did not write and that the entry which
//! is written instead does not have.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Step;
use super::case::{Case, is_empty};
use crate::document::Entry;

/// A field that goes, with the keys in it that go. Names alone, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The field.
    pub field: String,
    /// The names in it: variables, headers, keys. None where it is not a map of names.
    pub keys: Vec<String>,
}

// What says how the server is reached is what an adoption replaces, so it is no loss.
const REACH: [&str; 9] =
    ["command", "cmd", "args", "url", "uri", "httpUrl", "serverUrl", "type", "transport"];
// Maps of names, also inside another field.
const NAMED: [&str; 5] = ["env", "environment", "envs", "headers", "http_headers"];
// Lists of names.
const LISTS: [&str; 2] = ["env_vars", "env_keys"];

/// Finds what a step takes away. `instead` is what is written in the entry's place or under another name, and
/// `carried` are the names that this launches with in some other way.
pub fn losses(
    case: &Case<'_>,
    step: &Step,
    instead: Option<&Entry>,
    carried: Option<&BTreeSet<String>>,
    seed: &Map<String, Value>,
) -> Vec<Loss> {
    let Some(entry) = case.actual.and_then(Value::as_object) else { return vec![] };
    let whole = match step {
        Step::Adopt | Step::Replace { .. } => false,
        Step::Remove => true,
        Step::Conflict => case.replaced,
        Step::Keep | Step::Theirs | Step::Enter | Step::Add | Step::Forget | Step::Leave => {
            return vec![];
        }
    };
    let surplus = instead.map(|instead| case.surplus(instead, entry)).unwrap_or_default();
    let goes = |field: &String| {
        whole || surplus.contains(field) || instead.is_some_and(|it| it.contains_key(field))
    };
    let theirs = |(field, value): &(&String, &Value)| {
        goes(field)
            && !is_empty(value)
            && seed.get(*field) != Some(value)
            && !case.owned.is_some_and(|owned| owned.wrote(field, value))
    };
    let loss = |(field, value): (&String, &Value)| loss(field, value, instead, carried);
    entry.iter().filter(theirs).filter_map(loss).collect()
}

fn loss(
    field: &str,
    value: &Value,
    instead: Option<&Entry>,
    carried: Option<&BTreeSet<String>>,
) -> Option<Loss> {
    let is_carried =
        |name: &str| carried.into_iter().flatten().any(|it| it.eq_ignore_ascii_case(name));
    let new = instead.and_then(|instead| instead.get(field));
    let mut keys = names(field, value);
    let named = !keys.is_empty();
    let kept = new.map(|new| names(field, new)).unwrap_or_default();
    keys.retain(|key| !kept.contains(key) && !is_carried(key));
    let goes = match named {
        true => !keys.is_empty(),
        false => new.is_none() && !REACH.contains(&field) && !is_carried(field),
    };
    goes.then(|| Loss { field: field.to_owned(), keys })
}

fn names(field: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| field != "transport" || !REACH.contains(&key.as_str()))
            .flat_map(|(key, value)| match value {
                Value::Object(inner) if NAMED.contains(&key.as_str()) => {
                    inner.keys().cloned().collect()
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_) => vec![key.clone()],
            })
            .collect(),
        Value::Array(list) if LISTS.contains(&field) => {
            list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            vec![]
        }
    }
}
