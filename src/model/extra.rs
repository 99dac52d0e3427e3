//! Validates the fields that a declaration adds to the entries of one client.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::clients::known_clients;
use super::context::ValidationContext;
use super::literal_secrets::no_secret_inside;
use super::server::Server;
use crate::client::{Client, FieldRole};
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, Spanned};

/// Validates the table `extra` of a server, which may have other errors.
pub fn build(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    server: Option<&Server>,
    errors: &mut DeclarationErrors,
) -> BTreeMap<String, Map<String, Value>> {
    let mut out = BTreeMap::new();
    for (client, values) in fields.open_tables("extra") {
        known_clients(std::slice::from_ref(&client), context.table, context.suggest, errors);
        let Some(row) = context.table.get(&client.value) else { continue };
        let starts =
            server.is_some_and(|server| !server.goes_direct(row) && !server.gets_headers(row));
        let signs_in = server.is_none_or(|server| server.own_sign_in(row).is_some());
        // `auth: false` says that the client does not sign in.
        let says_no = |name: &str, value: &Value| {
            *value == Value::Bool(false) && row.is_own_sign_in(name) && !starts && !signs_in
        };
        for (name, value) in &values {
            if !says_no(&name.value, value) {
                check_field(row, name, value, starts, errors);
            }
            let place = format!("extra.{}.{}", client.value, name.value);
            no_secret_inside(&place, name, value, errors);
        }
        out.insert(
            client.value,
            values.into_iter().map(|(key, value)| (key.value, value)).collect(),
        );
    }
    out
}

// A client that connects by itself starts no program, and Codex rejects a file that passes variables to none.
fn check_field(
    row: &Client,
    name: &Spanned<String>,
    value: &Value,
    starts: bool,
    errors: &mut DeclarationErrors,
) {
    let field = &name.value;
    if !row.launch_fields().contains(field) {
        return;
    }
    let fields = row.fields();
    let form = match (fields.is(FieldRole::EnvNames, field), fields.is(FieldRole::Env, field)) {
        (true, _) if starts && is_names(value) => return,
        (true, _) if starts => Some(format!("{field} = [\"NAME\"]")),
        (false, true) if starts && refers_only(row, value) => return,
        (false, true) => row
            .reference_to("NAME")
            .map(|reference| format!("{field} = {{ NAME = \"{reference}\" }}"))
            .filter(|_| starts),
        (_, _) => None,
    };
    let title = format!("`{field}` is a field that mcpgen writes itself");
    let error = errors.at(name, title, "not allowed in `extra`");
    error.add_note("all clients launch a server in the same way; `extra` is for other fields");
    if let Some(form) = form {
        error.add_note(format!("it can only name variables that the client passes on: {form}"));
    }
}

// A name, or in Codex also a table with a name and a source.
fn is_names(value: &Value) -> bool {
    let name = |value: &Value| value.is_string() || value.is_object();
    value.as_array().is_some_and(|list| list.iter().all(name))
}

fn refers_only(row: &Client, value: &Value) -> bool {
    let refers = |(name, value): (&String, &Value)| {
        row.reference_to(name).is_some_and(|reference| value.as_str() == Some(&reference))
    };
    value.as_object().is_some_and(|map| map.iter().all(refers))
}
