//! As whom a sign-in speaks: in the specification's order, and as who it spoke before where that still holds.

use super::{CallbackPort, LoginError, LoginMethod, LoginRequest};
use crate::auth::cache::Registration;
use crate::auth::discover::Discovery;
use crate::auth::now;
use crate::auth::refresh::same_issuer;
use crate::auth::register::{self, DEVICE_GRANT, RegisterError, RegistrationRequest, register};
use crate::auth::token_endpoint::{ClientAuthMethod, OAuthClient};

/// Holds as whom a sign-in speaks.
#[derive(Debug)]
pub struct SignInClient {
    /// As whom.
    pub oauth: OAuthClient,
    /// The callback address.
    pub redirect_uri: String,
    /// Whether the registration is the cache's own.
    pub stored: bool,
    /// A registration that is not in the cache yet.
    pub new_registration: Option<Registration>,
}

/// Finds as whom to speak.
///
/// # Errors
/// Fails where the server registers nobody, and no client is declared.
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
        let (id, secret) = (url.clone(), None);
        return Ok(beforehand(OAuthClient { id, secret, method: ClientAuthMethod::None }));
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

/// Registers anew.
///
/// # Errors
/// Fails where the server does not register.
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

// A client registered beforehand is bound to where it signed in first, as far as the cache says where.
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

// The base port's address first: the bridge throws a registration without it away.
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

// Credentials belong to one issuer and are nobody else's business.
fn is_reusable(
    stored: &Registration,
    found: &Discovery,
    redirect_uris: &[String],
    (scope, device): (Option<&str>, bool),
) -> bool {
    // A client that is registered for some scopes may be refused any other (RFC 7591, section 2).
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
