//! Validates one server of a declaration.

use std::collections::BTreeMap;

use super::clients::known_clients;
use super::context::ValidationContext;
use super::identity_provider::IdentityProviders;
use super::server::{Reach, Server, Via};
use super::{extra, fit, fit_sign_in, name, reach, rules};
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, Spanned};

/// Validates one server. Returns `None` if it does not say how it is reached.
pub fn build(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    errors: &mut DeclarationErrors,
) -> Option<Server> {
    check_replaced(context, fields, errors);
    let server = without_clients(context.name, fields, context.providers, errors);
    let server = server.map(|server| with_via(server, context.via_headers));
    let clients = own_clients(context, fields, errors);
    let rows: Vec<_> = clients.iter().filter_map(|name| context.table.get(name)).collect();
    name::check_name(context.name, &rows, errors);
    let extra = extra::build(context, fields, server.as_ref(), errors);
    let server = Server { clients, extra, ..server? };
    fit::check_clients(context, &server, errors);
    fit_sign_in::check_own_sign_in(context, fields, &server, errors);
    Some(server)
}

// `via` in [launch] is for the servers without a `via` of their own.
fn with_via(mut server: Server, via_headers: bool) -> Server {
    match &mut server.reach {
        Reach::Remote(remote) if via_headers && remote.via == Via::Default => {
            remote.via = Via::Headers;
        }
        Reach::Remote(_) | Reach::Local(_) => {}
    }
    server
}

/// Validates the fields of a server that do not depend on its clients: all that is needed to start it.
pub fn without_clients(
    name: &Spanned<String>,
    fields: Fields<'_>,
    providers: &IdentityProviders,
    errors: &mut DeclarationErrors,
) -> Option<Server> {
    let reach = reach::build(name, fields, providers, errors);
    let (allow, deny) = (tools(fields, "allow", errors), tools(fields, "deny", errors));
    let seconds = |name: &str| fields.number(name).and_then(|number| number.as_u64());
    Some(Server {
        name: name.value.clone(),
        clients: vec![],
        reach: reach?,
        timeout: seconds("timeout"),
        startup_timeout: seconds("startup-timeout"),
        allow,
        deny,
        replaces: rules::plain_list(fields.strings("replaces")),
        extra: BTreeMap::new(),
    })
}

fn tools(fields: Fields<'_>, name: &str, errors: &mut DeclarationErrors) -> Vec<String> {
    let Some(table) = fields.table("tools") else { return vec![] };
    let list = table.strings(name);
    if let (Some(list), true) = (&list, table.is_empty(name)) {
        let title = format!("`tools.{name}` is empty");
        errors
            .at(list, title, "add at least one tool")
            .add_help("remove the field; to disable the server, write `enabled = false`");
    }
    for tool in list.iter().flat_map(|list| &list.value) {
        if tool.value.is_empty() || tool.value.contains('*') {
            let title = format!("{} is not a tool name", rules::quoted(&tool.value));
            let empty = tool.value.is_empty();
            let why = if empty { "the name is empty" } else { "patterns are not supported" };
            errors.at(tool, title, why);
        }
    }
    rules::plain_list(list)
}

// A declared server is written, so another server cannot replace it.
fn check_replaced(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    errors: &mut DeclarationErrors,
) {
    for at in fields.strings("replaces").into_iter().flat_map(|list| list.value) {
        if context.names.contains(at.value.as_str()) {
            let title = format!("`{}` is the name of a declared server", at.value);
            errors
                .at(&at, title, "cannot be replaced")
                .add_note("`replaces` lists the names of entries that are not declared")
                .add_help(format!("rename the server `{}` too, or remove the name here", at.value));
        }
    }
}

fn own_clients(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    errors: &mut DeclarationErrors,
) -> Vec<String> {
    let Some(list) = fields.strings("clients") else { return context.clients.to_vec() };
    if fields.is_empty("clients") {
        errors
            .at(&list, "`clients` is empty", "add at least one client")
            .add_help("to remove the server from all clients, write `enabled = false`");
    }
    let mut own = known_clients(&list.value, context.table, context.suggest, errors);
    // If the list at the top level is empty, that is the error.
    for name in list.value.iter().filter(|_| !context.clients.is_empty()) {
        if context.table.get(&name.value).is_some() && !context.clients.contains(&name.value) {
            let title = format!("`{}` is not in `clients` at the top level", name.value);
            errors
                .at(name, title, "a server can only narrow the list at the top level")
                .add_help(format!("add \"{}\" to `clients` at the top level", name.value));
        }
    }
    own.retain(|name| context.clients.contains(name));
    own
}
