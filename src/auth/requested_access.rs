//! The scope and the resource that a sign-in requests.

use super::authorize::OFFLINE_ACCESS;
use super::call::BridgeCall;
use super::discover::Discovery;

/// Returns the scope to request, in the order of the MCP specification; a declared scope wins, as
/// in the bridge.
pub fn scope(call: &BridgeCall, found: &Discovery) -> Option<String> {
    if call.scope.is_some() {
        return call.scope.clone();
    }
    let listed = || Some(found.resource_scopes.join(" ")).filter(|scopes| !scopes.is_empty());
    let challenged = found.challenged_scope.clone().filter(|scope| !scope.trim().is_empty());
    Some(with_offline(challenged.or_else(listed)?, found))
}

/// Adds `offline_access` to a scope if the server offers it.
pub fn with_offline(wanted: String, found: &Discovery) -> String {
    let offers = found.server.scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
    if offers && !wanted.split(' ').any(|scope| scope == OFFLINE_ACCESS) {
        return format!("{wanted} {OFFLINE_ACCESS}");
    }
    wanted
}

/// Returns the resource to request; a declared one wins over the metadata.
pub fn resource<'a>(call: &'a BridgeCall, found: &'a Discovery) -> Option<&'a str> {
    if call.without_resource {
        return None;
    }
    call.resource.as_deref().or(found.resource.as_deref())
}
