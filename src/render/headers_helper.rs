//! The field with the command that prints the headers for a server.

use serde_json::Value;

use crate::client::{Client, HelperPlace};
use crate::document::Entry;
use crate::launch::{Launch, Launcher};
use crate::model::Server;

/// Adds the command to an entry, if the client has a field for it. Also returns whether the client gets the headers from
/// mcpgen.
pub fn with_headers_helper(
    server: &Server,
    launcher: &Launcher<'_>,
    client: &Client,
    mut entry: Entry,
) -> (Entry, bool) {
    let launch = launcher.launch(server, client);
    let (true, Launch::Address(address)) = (server.gets_headers(client), launch) else {
        return (entry, false);
    };
    let place = client.headers_helper.as_ref().map(|helper| &helper.place);
    if let (Some(HelperPlace::Field(field)), Some(command)) = (place, address.helper) {
        entry.insert(field.clone(), Value::from(command));
    }
    (entry, true)
}
