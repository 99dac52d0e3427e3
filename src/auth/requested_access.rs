//! The scope and the resource that a sign-in requests.

use super::authorize::OFFLINE_ACCESS;
use super::call::BridgeCall;
use super::discover::Discovery;

/// Returns the scope to request, with `offline_access` if the server offers it. A declared scope is requested as it
/// is, as in the bridge.
pub fn scope(call: &BridgeCall, found: &Discovery) -> Option<String> {
    if call.scope.is_some() {
        return call.scope.clone();
    }
    let scope = with_offline(online_scope(call, found).unwrap_or_default(), found);
    Some(scope).filter(|scope| !scope.is_empty())
}

/// Returns the scope to request where no refresh token is expected, in the order of the MCP specification.
pub fn online_scope(call: &BridgeCall, found: &Discovery) -> Option<String> {
    let listed = || Some(found.resource_scopes.join(" ")).filter(|scopes| !scopes.is_empty());
    let challenged = found.challenged_scope.clone().filter(|scope| !scope.trim().is_empty());
    call.scope.clone().or(challenged).or_else(listed)
}

/// Adds `offline_access` to a scope if the server offers it.
pub fn with_offline(wanted: String, found: &Discovery) -> String {
    if offers_offline(found) && !has_offline(&wanted) {
        return format!("{wanted} {OFFLINE_ACCESS}").trim_start().to_owned();
    }
    wanted
}

/// Returns whether a declared scope lacks the `offline_access` that the server offers.
pub fn lacks_offline(call: &BridgeCall, found: &Discovery) -> bool {
    call.scope.as_deref().is_some_and(|scope| offers_offline(found) && !has_offline(scope))
}

fn offers_offline(found: &Discovery) -> bool {
    found.server.scopes.iter().any(|scope| scope == OFFLINE_ACCESS)
}

fn has_offline(scope: &str) -> bool {
    scope.split(' ').any(|one| one == OFFLINE_ACCESS)
}

/// Returns the resource to request; a declared one wins over the metadata.
pub fn resource<'a>(call: &'a BridgeCall, found: &'a Discovery) -> Option<&'a str> {
    if call.without_resource {
        return None;
    }
    call.resource.as_deref().or(found.resource.as_deref())
}
