//! One server of a declaration, with every rule that concerns it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Faults, Server, fit, known_clients, name, reach, rules};
use crate::client::ClientTable;
use crate::fields::{Fields, Spanned};
use crate::suggest::Suggest;

/// Holds what a server is judged against.
pub struct ValidationContext<'a> {
    /// The client table.
    pub table: &'a ClientTable,
    /// The declaration's clients.
    pub clients: &'a [String],
    /// The server's name.
    pub name: &'a Spanned<String>,
    /// The names of all declared servers.
    pub names: &'a BTreeSet<&'a str>,
    /// How commands are suggested.
    pub suggest: &'a Suggest,
}

/// Reads one server; `None` where it cannot be told how it is reached.
pub fn build(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    faults: &mut Faults,
) -> Option<Server> {
    name::check(context.name, faults);
    check_replaced(context, fields, faults);
    let alone = alone(context.name, fields, faults);
    let clients = own_clients(context, fields, faults);
    let server = Server { clients, extra: extra(context, fields, faults), ..alone? };
    fit::check(context, fields, &server, faults);
    Some(server)
}

/// Reads what concerns a server itself, whichever clients have it: all that is needed to start it.
pub fn alone(name: &Spanned<String>, fields: Fields<'_>, faults: &mut Faults) -> Option<Server> {
    let reach = reach::build(name, fields, faults);
    let (allow, deny) = (tools(fields, "allow", faults), tools(fields, "deny", faults));
    Some(Server {
        name: name.value.clone(),
        clients: vec![],
        reach: reach?,
        timeout: fields.number("timeout"),
        allow,
        deny,
        replaces: rules::plain_list(fields.strings("replaces")),
        extra: BTreeMap::new(),
    })
}

fn tools(fields: Fields<'_>, name: &str, faults: &mut Faults) -> Vec<String> {
    let Some(table) = fields.table("tools") else { return vec![] };
    let list = table.strings(name);
    if let (Some(list), true) = (&list, table.is_empty(name)) {
        let title = format!("`tools.{name}` is empty");
        faults.at(list, title, "no tool is named").add_help("leave it out, or: enabled = false");
    }
    for tool in list.iter().flat_map(|list| &list.value) {
        if tool.value.is_empty() || tool.value.contains('*') {
            let title = format!("{} is no tool's name", rules::quoted(&tool.value));
            faults.at(tool, title, "a tool is named in full");
        }
    }
    rules::plain_list(list)
}

// What is declared is written, so it cannot be taken out as well.
fn check_replaced(context: &ValidationContext<'_>, fields: Fields<'_>, faults: &mut Faults) {
    for at in fields.strings("replaces").into_iter().flat_map(|list| list.value) {
        if context.names.contains(at.value.as_str()) {
            let title = format!("`{}` is declared itself", at.value);
            faults
                .at(&at, title, "cannot be replaced")
                .add_note("`replaces` names entries that clients have under another name");
        }
    }
}

fn own_clients(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    faults: &mut Faults,
) -> Vec<String> {
    let Some(list) = fields.strings("clients") else { return context.clients.to_vec() };
    if fields.is_empty("clients") {
        faults
            .at(&list, "`clients` is empty", "this server is for no client")
            .add_help("enabled = false");
    }
    let mut own = known_clients(&list.value, context.table, context.suggest, faults);
    // With none at the top, that is the fault.
    for name in list.value.iter().filter(|_| !context.clients.is_empty()) {
        if context.table.get(&name.value).is_some() && !context.clients.contains(&name.value) {
            let title = format!("`{}` is not among the clients at the top", name.value);
            faults
                .at(name, title, "a server narrows that list")
                .add_help(format!("add \"{}\" to `clients` at the top", name.value));
        }
    }
    own.retain(|name| context.clients.contains(name));
    own
}

fn extra(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    faults: &mut Faults,
) -> BTreeMap<String, Map<String, Value>> {
    let mut out = BTreeMap::new();
    for (client, values) in fields.open_tables("extra") {
        known_clients(std::slice::from_ref(&client), context.table, context.suggest, faults);
        let Some(row) = context.table.get(&client.value) else { continue };
        for (name, value) in &values {
            if row.launch_fields().contains(&name.value) {
                let title = format!("`{}` is a field that mcpgen writes itself", name.value);
                faults
                    .at(name, title, "not for `extra`")
                    .add_note("every client launches the same; `extra` is for its other fields");
            }
            let place = format!("extra.{}.{}", client.value, name.value);
            no_secret_inside(&place, name, value, faults);
        }
        out.insert(
            client.value,
            values.into_iter().map(|(key, value)| (key.value, value)).collect(),
        );
    }
    out
}

fn no_secret_inside(place: &str, at: &Spanned<String>, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(text) => {
            rules::no_secret(
                place,
                &Spanned { value: text.clone(), span: at.span.clone() },
                faults,
            );
        }
        Value::Array(list) => {
            list.iter().for_each(|value| no_secret_inside(place, at, value, faults));
        }
        Value::Object(map) => {
            map.values().for_each(|value| no_secret_inside(place, at, value, faults));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
