//! Chooses the OAuth client of a sign-in: in the order of the MCP specification, and the previous
//! one if it is still usable.

use super::{CallbackPort, LoginError, LoginMethod, LoginRequest};
use crate::auth::cache::Registration;
use crate::auth::discover::Discovery;
use crate::auth::now;
use crate::auth::refresh::same_issuer;
use crate::auth::register::{self, DEVICE_GRANT, RegisterError, RegistrationRequest, register};
use crate::auth::token_endpoint::OAuthClient;

/// The OAuth client of a sign-in.
#[derive(Debug)]
pub struct SignInClient {
    /// The OAuth client.
    pub oauth: OAuthClient,
    /// The redirect URI.
    pub redirect_uri: String,
    /// Whether the registration is in the cache.
    pub stored: bool,
    /// A registration that is not in the cache yet.
    pub new_registration: Option<Registration>,
}

/// Chooses the OAuth client.
///
/// # Errors
/// Fails if the server supports no registration and no client is declared.
pub fn find_client(
    request: &LoginRequest<'_>,
    found: &Discovery,
    callback: &CallbackPort,
    scope: Option<&str>,
) -> Result<SignInClient, LoginError> {
    let redirect_uris = redirect_uris(request, callback);
    let redirect_uri = redirect_uris.last().cloned().unwrap_or_default();
    let beforehand = |oauth| SignInClient {
        oauth,
        redirect_uri: redirect_uri.clone(),
        stored: false,
        new_registration: None,
    };
    if let Some(id) = &request.call.client_id {
        check_issuer_unchanged(request, id, found)?;
        let secret = request.credentials.client_secret.clone();
        let (metadata, offered) = (&request.call.client_metadata, &found.server.auth_methods);
        let client = register::declared_client(id, secret, metadata, offered);
        return Ok(beforehand(client));
    }
    if let Some(url) = &request.call.client_metadata_url
        && found.server.supports_client_metadata_documents
    {
        return Ok(beforehand(register::document_client(url)));
    }
    let device = matches!(request.method, LoginMethod::Device);
    if let Some(stored) = request.files.registration().ok().flatten()
        && is_reusable(&stored, found, &redirect_uris, (scope, device))
    {
        let oauth = register::registered_client(&stored, &found.server);
        return Ok(SignInClient { oauth, redirect_uri, stored: true, new_registration: None });
    }
    register_client(request, found, callback, scope)
}

/// Registers a new client.
///
/// # Errors
/// Fails if the server does not register it.
pub fn register_client(
    request: &LoginRequest<'_>,
    found: &Discovery,
    callback: &CallbackPort,
    scope: Option<&str>,
) -> Result<SignInClient, LoginError> {
    let redirect_uris = redirect_uris(request, callback);
    let device = matches!(request.method, LoginMethod::Device);
    let metadata = &request.call.client_metadata;
    let body = RegistrationRequest { redirect_uris: &redirect_uris, scope, device, metadata };
    let new_registration = register(request.http, &found.server, &body)?;
    let oauth = register::registered_client(&new_registration, &found.server);
    let redirect_uri = redirect_uris.last().cloned().unwrap_or_default();
    Ok(SignInClient {
        oauth,
        redirect_uri,
        stored: false,
        new_registration: Some(new_registration),
    })
}

// A pre-registered client belongs to the issuer of the cached sign-in.
fn check_issuer_unchanged(
    request: &LoginRequest<'_>,
    id: &str,
    found: &Discovery,
) -> Result<(), RegisterError> {
    let stored = request.files.tokens().ok().flatten().and_then(|tokens| tokens.issuer);
    match stored.filter(|stored| !same_issuer(stored, &found.server.issuer)) {
        Some(stored) => {
            let (id, found) = (id.to_owned(), found.server.issuer.clone());
            Err(RegisterError::OtherIssuer { id, stored, found })
        }
        None => Ok(()),
    }
}

// The URI of the base port comes first: the bridge deletes a registration without it.
fn redirect_uris(request: &LoginRequest<'_>, callback: &CallbackPort) -> Vec<String> {
    let address = |port| request.call.redirect_uri(request.env.os, port);
    let base = request.call.base_port(request.files.key());
    let mut redirect_uris = vec![address(base)];
    match callback {
        CallbackPort::Ours(server) if server.port != base => {
            redirect_uris.push(address(server.port))
        }
        CallbackPort::Ours(_) | CallbackPort::OtherBridge(_) | CallbackPort::None => {}
    }
    redirect_uris
}

// A registration must not be sent to another issuer.
fn is_reusable(
    stored: &Registration,
    found: &Discovery,
    redirect_uris: &[String],
    (scope, device): (Option<&str>, bool),
) -> bool {
    // A server may refuse scopes that the client is not registered for (RFC 7591, section 2).
    let registered = stored.rest.0.get("scope").and_then(|scope| scope.as_str());
    let covers = |word: &str| registered.is_none_or(|all| all.split(' ').any(|one| one == word));
    let same = stored.issuer.as_ref() == Some(&found.server.issuer);
    let ends = stored.rest.0.get("client_secret_expires_at").and_then(|at| at.as_u64());
    let alive = ends.is_none_or(|at| at == 0 || at.saturating_mul(1000) > now());
    let grants = stored.rest.0.get("grant_types").and_then(|list| list.as_array());
    let may = |grant: &str| grants.is_some_and(|list| list.iter().any(|one| one == grant));
    same && alive
        && scope.unwrap_or_default().split_whitespace().all(covers)
        && redirect_uris.iter().all(|redirect| stored.redirect_uris.contains(redirect))
        && (!device || may(DEVICE_GRANT))
}
