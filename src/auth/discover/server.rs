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
                && !gets_secrets(&server).all(|url| url::same_origin(url, declared)) =>
        {
            itself()
        }
        found => found,
    }
}

// The endpoints where a client authenticates.
fn gets_secrets(server: &AuthorizationServer) -> impl Iterator<Item = &str> {
    let others = [&server.revocation_endpoint, &server.device_authorization_endpoint];
    let others = others.into_iter().flatten().map(String::as_str);
    std::iter::once(server.token_endpoint.as_str()).chain(others)
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
