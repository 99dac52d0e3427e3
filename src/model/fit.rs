//! Whether the clients of a server support its transport.

use super::context::ValidationContext;
use super::server::{Reach, Server};
use crate::client::{Client, Transport};
use crate::declaration::DeclarationErrors;

/// Reports the clients that cannot connect to a server.
pub fn check_clients(
    context: &ValidationContext<'_>,
    server: &Server,
    errors: &mut DeclarationErrors,
) {
    let clients: Vec<&Client> =
        server.clients.iter().filter_map(|name| context.table.get(name)).collect();
    let transport = |client: &Client| match &server.reach {
        Reach::Remote(remote) if server.goes_direct(client) || server.gets_headers(client) => {
            remote.transport
        }
        Reach::Remote(_) | Reach::Local(_) => Transport::Stdio,
    };
    let unable = clients.iter().filter(|client| !client.accepts(transport(client)));
    let unable: Vec<&Client> = unable.copied().collect();
    if let Some(first) = unable.first() {
        let (name, transport) = (&context.name.value, transport(first).name());
        let title = format!("`{name}` needs {transport}, which {} not support", with_verb(&unable));
        errors
            .at(context.name, title, "transport not supported")
            .add_help(without(server, &unable));
    }
}

/// Joins the names of clients as a sentence does.
pub fn titles(clients: &[&Client]) -> String {
    let titles: Vec<&str> = clients.iter().map(|client| client.title.as_str()).collect();
    match titles.as_slice() {
        [head @ .., last] if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        titles => titles.concat(),
    }
}

fn with_verb(clients: &[&Client]) -> String {
    format!("{} {}", titles(clients), if clients.len() == 1 { "does" } else { "do" })
}

/// Returns the list of the clients that support a setting, as a line to type.
pub fn without(server: &Server, clients: &[&Client]) -> String {
    let lacks = |name: &&String| clients.iter().any(|client| client.name == **name);
    let rest: Vec<String> = server
        .clients
        .iter()
        .filter(|name| !lacks(name))
        .map(|name| format!("\"{name}\""))
        .collect();
    if rest.is_empty() {
        return "remove it, or add a client that supports it".to_owned();
    }
    format!("keep only the clients that support this: clients = [{}]", rest.join(", "))
}
