//! The secrets that do not reach a server because the client passes no variable to it.

use crate::client::Client;
use crate::launch::Launcher;
use crate::launch::inherited::RequiredVariable;
use crate::model::Server;

/// A secret of a server that needs an environment variable which a client withholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpassedSecret<'a> {
    /// The title of the client.
    pub client: &'a str,
    /// The server.
    pub server: String,
    /// The variable.
    pub variable: RequiredVariable,
}

/// Finds the secrets of a server that cannot be resolved when a client starts the server.
pub fn unpassed_secrets<'a>(
    server: &Server,
    launcher: &Launcher<'_>,
    client: &'a Client,
) -> Vec<UnpassedSecret<'a>> {
    if !client.withholds_any() || client.can_name_variables() || server.goes_direct(client) {
        return vec![];
    }
    let required = launcher.required_variables(server).into_iter();
    let withheld = required.filter(|variable| client.withholds(&variable.name));
    let unpassed =
        |variable| UnpassedSecret { client: &client.title, server: server.name.clone(), variable };
    withheld.map(unpassed).collect()
}
