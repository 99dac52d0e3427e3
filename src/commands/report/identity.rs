//! The servers whose bridge cannot use the identity of a person.

use crate::commands::Invocation;
use crate::display::list;
use crate::model::native::is_native;
use crate::model::{Auth, Grant, Model, Server};
use crate::timer::has_timer;

/// Returns a note about the servers of a model whose sign-in only mcpgen renews, which is empty if there are none.
pub fn note(invocation: &Invocation<'_>, model: &Model) -> String {
    let uses = |server: &&Server| {
        let auth = server.oauth_remote().map(|remote| &remote.auth);
        let Some(Auth::OAuth(oauth)) = auth else { return false };
        let grant = matches!(oauth.grant, Grant::Enterprise | Grant::JwtBearer);
        grant && !server.is_via_client()
    };
    let names: Vec<&str> =
        model.servers.iter().filter(uses).map(|server| server.name.as_str()).collect();
    if names.is_empty() || is_native(&model.launch.bridge) || has_timer(invocation.env) {
        return String::new();
    }
    let install = invocation.suggest.mcpgen("refresh --install");
    format!(
        "note: mcp-remote cannot renew the sign-in to {}, so a timer has to: {install}, or use the native bridge\n",
        list(&names)
    )
}
