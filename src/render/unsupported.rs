//! Declared settings that a client does not support as they are declared.

use std::collections::BTreeSet;

use crate::client::{Client, Expressible};
use crate::model::Server;

/// Returns the settings of a server that a client does not support, as phrases.
pub fn unsupported(server: &Server, client: &Client) -> BTreeSet<String> {
    let timeouts = [
        ("timeout", Expressible::Timeout, server.timeout),
        ("startup timeout", Expressible::StartupTimeout, server.startup_timeout),
    ];
    let phrase = |(name, what, declared): (&str, Expressible, Option<u64>)| {
        let declared = declared?;
        match accepted(client, what, Some(declared)) {
            None => Some(format!("a {name}")),
            Some(longest) if longest < declared => Some(format!(
                "a {name} of more than {longest} seconds, so its entry has this maximum"
            )),
            Some(_) => None,
        }
    };
    timeouts.into_iter().filter_map(phrase).collect()
}

/// Returns the timeout that an entry of a client can have.
pub fn accepted(client: &Client, what: Expressible, declared: Option<u64>) -> Option<u64> {
    let declared = declared.filter(|_| client.expresses(what))?;
    Some(client.maximum(what).map_or(declared, |longest| declared.min(longest)))
}
