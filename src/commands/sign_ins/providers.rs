//! The identity providers that servers use.

use std::sync::Arc;

use crate::model::{Auth, IdentityProvider, Model, Server};

/// Returns the identity provider of a server.
pub fn of_server(server: &Server) -> Option<&Arc<IdentityProvider>> {
    match &server.oauth_remote()?.auth {
        Auth::OAuth(oauth) => oauth.provider.as_ref(),
        Auth::None | Auth::Token(_) => None,
    }
}

/// Returns the identity providers of servers.
pub fn of<'s>(servers: impl IntoIterator<Item = &'s Server>) -> Vec<Arc<IdentityProvider>> {
    servers.into_iter().filter_map(of_server).cloned().collect()
}

/// Returns the identity providers that are among the names.
pub fn named(model: &Model, names: &[&String]) -> Vec<Arc<IdentityProvider>> {
    let is_named = |idp: &Arc<IdentityProvider>| names.iter().any(|name| **name == idp.name);
    of(&model.servers).into_iter().filter(is_named).collect()
}

/// Returns the names of the servers that use an identity provider.
pub fn users(model: &Model, idp: &IdentityProvider) -> Vec<String> {
    let uses = |server: &&Server| of_server(server).is_some_and(|own| own.name == idp.name);
    model.servers.iter().filter(uses).map(|server| server.name.clone()).collect()
}
