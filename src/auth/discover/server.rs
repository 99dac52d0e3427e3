//! Chooses the authorization server of a server, and checks that it is the declared one.

use super::DiscoverError;
use super::metadata::{
    AuthorizationServer, ExpectedIssuer, authorization_server, default_metadata,
};
use crate::auth::call::BridgeCall;
use crate::http::HttpClient;
use crate::model::url;

/// Finds the authorization server. `named` are those that the server names; `broken` says that it tried to name one.
///
/// # Errors
/// Fails if there is no metadata, or if it describes another authorization server than it should.
pub fn find_server(
    http: &HttpClient,
    call: &BridgeCall,
    named: &[String],
    broken: Option<DiscoverError>,
) -> Result<AuthorizationServer, DiscoverError> {
    let Some(declared) = call.issuer.as_deref() else {
        return match named.first() {
            Some(issuer) => authorization_server(http, issuer, ExpectedIssuer::Asked),
            None => servers_own(http, call, broken),
        };
    };
    let origin = url::parts(&call.url).origin;
    let asked = named.iter().find(|issuer| *issuer == declared).or(named.first());
    let asked = asked.map_or(origin, String::as_str);
    let itself = || authorization_server(http, declared, ExpectedIssuer::Asked);
    match authorization_server(http, asked, ExpectedIssuer::Declared(declared)) {
        Err(error @ DiscoverError::NoMetadata { .. }) => itself().map_err(|_| error),
        // Another server may claim to be the issuer, so a registered client is used only at endpoints that the issuer
        // itself names.
        Ok(server)
            if asked != declared
                && call.client_id.is_some()
                && !url::same_origin(&server.token_endpoint, declared) =>
        {
            itself()
        }
        found => found,
    }
}

// A server that names no authorization server is its own, as in the MCP specification of 2025-03-26.
fn servers_own(
    http: &HttpClient,
    call: &BridgeCall,
    broken: Option<DiscoverError>,
) -> Result<AuthorizationServer, DiscoverError> {
    let origin = url::parts(&call.url).origin;
    match (authorization_server(http, origin, ExpectedIssuer::Guessed), broken) {
        (Err(DiscoverError::NoMetadata { .. }), Some(broken)) => Err(broken),
        (Err(DiscoverError::NoMetadata { statuses, .. }), None)
            if statuses.iter().all(|status| *status == 404) =>
        {
            Ok(default_metadata(origin))
        }
        (found, _) => found,
    }
}
