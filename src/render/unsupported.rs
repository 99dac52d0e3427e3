//! Declared settings that a client does not support as they are declared.

use std::collections::BTreeSet;

use crate::client::{Client, Expressible};
use crate::model::{Server, native_settings};

/// Returns the settings of a server that a client does not support, as phrases. `by_headers` says whether the client gets
/// the headers from mcpgen.
pub fn unsupported(server: &Server, client: &Client, by_headers: bool) -> BTreeSet<String> {
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
    let sign_in = sign_in(server, client);
    let headers = (server.is_via_headers() && !by_headers).then(|| {
        let of = client.headers_helper.as_ref().map(|_| format!(" of `{}`", server.name));
        format!("`via = \"headers\"`{}, so the bridge is used", of.unwrap_or_default())
    });
    timeouts.into_iter().filter_map(phrase).chain(sign_in).chain(headers).collect()
}

// Without `client-id`, which is an error of the model.
fn sign_in(server: &Server, client: &Client) -> Vec<String> {
    let Some(oauth) = server.own_sign_in(client) else { return vec![] };
    let fixed = client.sign_in.as_ref().and_then(|fields| fields.redirects.first());
    let phrase = |name: &str| {
        let redirect = fixed.filter(|_| ["host", "port", "callback-path"].contains(&name));
        let redirect = redirect.map(|url| format!(", whose redirect URL is always `{url}`"));
        format!("`{name}` in its own sign-in{}", redirect.unwrap_or_default())
    };
    let settings = native_settings(oauth, client.sign_in.as_ref());
    settings.unsupported.into_iter().map(phrase).collect()
}

/// Returns the timeout that an entry of a client can have.
pub fn accepted(client: &Client, what: Expressible, declared: Option<u64>) -> Option<u64> {
    let declared = declared.filter(|_| client.expresses(what))?;
    Some(client.maximum(what).map_or(declared, |longest| declared.min(longest)))
}
