//! What a server asks of its clients, and which of them cannot do it at all or would silently do
//! something else.

use super::server::ValidationContext;
use super::{Faults, Reach, Server, quoted};
use crate::client::{Client, Expressible, Transport};
use crate::fields::{Fields, Spanned};

/// Checks whether a server's clients can do what it asks for: one fault for all that cannot.
pub fn check(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    server: &Server,
    faults: &mut Faults,
) {
    let clients: Vec<&Client> =
        server.clients.iter().filter_map(|name| context.table.get(name)).collect();
    let transport = |client: &Client| match &server.reach {
        Reach::Remote(remote) if server.goes_direct(client) => remote.transport,
        Reach::Remote(_) | Reach::Local(_) => Transport::Stdio,
    };
    let bridged =
        |client: &Client| matches!(server.reach, Reach::Remote(_)) && !server.goes_direct(client);
    let deaf = clients.iter().filter(|client| !client.accepts(transport(client)));
    let deaf: Vec<&Client> = deaf.copied().collect();
    if let Some(first) = deaf.first() {
        let (name, transport) = (&context.name.value, transport(first).name());
        let title =
            format!("`{name}` is launched over {transport}, which {} not take", does(&deaf));
        faults.at(context.name, title, "for these clients").add_help(without(server, &deaf));
    }
    let unlimited =
        clients.iter().filter(|c| !server.allow.is_empty() && !c.expresses(Expressible::Allow));
    tools_lost("allow", &unlimited.copied().collect::<Vec<_>>(), fields, server, faults);
    let undenied = clients
        .iter()
        .filter(|c| !server.deny.is_empty() && !c.expresses(Expressible::Deny) && !bridged(c));
    tools_lost("deny", &undenied.copied().collect::<Vec<_>>(), fields, server, faults);
}

fn tools_lost(
    name: &str,
    clients: &[&Client],
    fields: Fields<'_>,
    server: &Server,
    faults: &mut Faults,
) {
    let Some(tools) = fields.table("tools").filter(|_| !clients.is_empty()) else { return };
    let place = Spanned { value: (), span: tools.key_span(name).unwrap_or_default() };
    let title = format!("`tools.{name}` has no meaning for {}", titles(clients));
    faults.at(&place, title, "it would be lost there").add_help(without(server, clients));
}

fn titles(clients: &[&Client]) -> String {
    let titles: Vec<&str> = clients.iter().map(|client| client.title.as_str()).collect();
    match titles.as_slice() {
        [head @ .., last] if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        titles => titles.concat(),
    }
}

fn does(clients: &[&Client]) -> String {
    format!("{} {}", titles(clients), if clients.len() == 1 { "does" } else { "do" })
}

fn without(server: &Server, clients: &[&Client]) -> String {
    let lacks = |name: &&String| clients.iter().any(|client| client.name == **name);
    let rest: Vec<String> =
        server.clients.iter().filter(|name| !lacks(name)).map(|name| quoted(name)).collect();
    if rest.is_empty() {
        return "take it out: no client of this server can do it".to_owned();
    }
    format!("keep the server to the others: clients = [{}]", rest.join(", "))
}
