//! The fields that a declaration adds to the entries of one client.

use serde_json::Value;

use super::RenderError;
use crate::client::{Client, FieldRole};
use crate::document::Entry;
use crate::model::Server;

/// Adds the declared fields to an entry. Names of variables are added to those that mcpgen writes.
pub fn with_extra(
    server: &Server,
    client: &Client,
    mut entry: Entry,
) -> Result<Entry, RenderError> {
    for (field, value) in server.extra.get(&client.name).into_iter().flatten() {
        match entry.get_mut(field) {
            None => drop(entry.insert(field.clone(), value.clone())),
            Some(written) if is_extensible(client, field) => extend(written, value),
            Some(written) if client.is_own_sign_in(field) && agrees(written, value) => {
                extend(written, value);
            }
            Some(_) => {
                return Err(RenderError::Clash {
                    client: client.name.clone(),
                    server: server.name.clone(),
                    field: field.clone(),
                });
            }
        }
    }
    Ok(entry)
}

fn is_extensible(client: &Client, field: &str) -> bool {
    [FieldRole::EnvNames, FieldRole::Env].iter().any(|role| client.fields().is(*role, field))
}

// Whether no value of a table would replace another value.
fn agrees(written: &Value, more: &Value) -> bool {
    match (written, more) {
        (Value::Object(written), Value::Object(more)) => {
            more.iter().all(|(name, value)| written.get(name).is_none_or(|it| it == value))
        }
        (written, more) => written == more,
    }
}

fn extend(written: &mut Value, more: &Value) {
    match (written, more) {
        (Value::Array(written), Value::Array(more)) => {
            let new: Vec<Value> = more.iter().filter(|it| !written.contains(it)).cloned().collect();
            written.extend(new);
        }
        (Value::Object(written), Value::Object(more)) => {
            for (name, value) in more {
                written.entry(name).or_insert_with(|| value.clone());
            }
        }
        (_, _) => {}
    }
}
