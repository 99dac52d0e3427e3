//! Chooses the OAuth client of a sign-in: in the order of the MCP specification, and the previous
//! one if it is still usable.

use super::{CallbackPort, LoginError, LoginEvent, LoginMethod, LoginRequest, OnLoginEvent};
use crate::auth::authorize::AuthorizationRequest;
use crate::auth::cache::{Registration, SignInFiles};
use crate::auth::discover::Discovery;
use crate::auth::flow::{self, AuthorizationFlow, OurFlow};
use crate::auth::oauth_client::OAuthClient;
use crate::auth::register::{self, DEVICE_GRANT, RegisterError, RegistrationRequest, register};
use crate::auth::{issuer, now};
use crate::display::excerpt;

/// The OAuth client of a sign-in.
#[derive(Debug)]
pub struct SignInClient {
    /// The OAuth client.
    pub oauth: OAuthClient,
    /// The redirect URI.
    pub redirect_uri: String,
    /// Its registration, unless it is declared.
    pub registration: Option<Registration>,
    source: RegistrationSource,
}

/// Where a registration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RegistrationSource {
    /// The client is declared.
    None,
    /// The cache. `is_new` says that nobody has signed in with it so far.
    Cache { is_new: bool },
    /// A flow that nobody has finished.
    Flow,
    /// The server has just registered it.
    Server,
}

impl SignInClient {
    /// Returns whether the server may have forgotten the client since it was registered.
    pub fn is_reused(&self) -> bool {
        matches!(self.source, RegistrationSource::Cache { .. } | RegistrationSource::Flow)
    }

    /// Returns the registration if the cache need not have it yet.
    pub fn unwritten(&self) -> Option<Registration> {
        let written = matches!(self.source, RegistrationSource::Cache { .. });
        self.registration.clone().filter(|_| !written)
    }

    /// Makes the flow of an authorization request.
    pub fn flow(
        &self,
        files: &SignInFiles,
        authorization: &AuthorizationRequest,
    ) -> AuthorizationFlow {
        let is_new_client = match self.source {
            RegistrationSource::None => false,
            RegistrationSource::Cache { is_new } => is_new,
            RegistrationSource::Flow | RegistrationSource::Server => true,
        };
        AuthorizationFlow {
            verifier: authorization.verifier.clone(),
            issuer: authorization.issuer.clone(),
            ours: Some(OurFlow {
                redirect_uri: authorization.redirect_uri.clone(),
                registration: self.registration.clone(),
                is_new_client,
                before: flow::access_digest(files),
                started: now(),
            }),
        }
    }

    fn registered(
        registration: Registration,
        found: &Discovery,
        redirect_uri: String,
        source: RegistrationSource,
    ) -> Self {
        let oauth = register::registered_client(&registration, &found.server);
        Self { oauth, redirect_uri, registration: Some(registration), source }
    }
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
    on_event: OnLoginEvent<'_>,
) -> Result<SignInClient, LoginError> {
    let redirect_uris = redirect_uris(request, callback);
    let redirect_uri = redirect_uris.last().cloned().unwrap_or_default();
    let beforehand = |oauth| SignInClient {
        oauth,
        redirect_uri: redirect_uri.clone(),
        registration: None,
        source: RegistrationSource::None,
    };
    if let Some(id) = &request.call.client_id {
        if request.call.issuer.is_none() {
            check_issuer_unchanged(request, id, found)?;
        }
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
    let usable = |one: &Registration| is_reusable(one, found, &redirect_uris, (scope, device));
    let Some(stored) = request.files.registration().ok().flatten().filter(&usable) else {
        return register_client(request, found, callback, scope);
    };
    let flows = flow::unfinished(request.files);
    let of_stored = |flow: &&OurFlow| flow.uses(&stored.client_id);
    // Nobody finishes a sign-in if the page reports that the client is unknown.
    let doubtful = flows.iter().filter(of_stored).any(|flow| !is_recent(flow));
    if doubtful && request.wider_scope.is_none() && !device {
        let newer = flows.iter().filter(|flow| is_recent(flow) && !of_stored(flow));
        if let Some(newer) = newer.filter_map(|flow| flow.registration.clone()).find(&usable) {
            let source = RegistrationSource::Flow;
            return Ok(SignInClient::registered(newer, found, redirect_uri, source));
        }
        match register_client(request, found, callback, scope) {
            Ok(client) => {
                on_event(LoginEvent::NewClient("nobody finished the last sign-in"));
                return Ok(client);
            }
            Err(LoginError::Register(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let is_new = flows.iter().filter(of_stored).any(|flow| flow.is_new_client);
    let source = RegistrationSource::Cache { is_new };
    Ok(SignInClient::registered(stored, found, redirect_uri, source))
}

// A client that was registered for a sign-in that nobody finished is good for the next ones, but not for ever.
const RECENT: u64 = 24 * 60 * 60 * 1000;

fn is_recent(flow: &OurFlow) -> bool {
    flow.is_new_client && flow.started.saturating_add(RECENT) > now()
}

// Only the previous client can use a refresh token, and tokens without an issuer are those of its issuer.
fn needs_registration(files: &SignInFiles) -> bool {
    let tokens = files.tokens().ok().flatten();
    tokens.is_some_and(|tokens| tokens.refresh_token.is_some() || tokens.issuer.is_none())
}

/// Registers a new client. Its registration is written at once, so that the next sign-in uses it too, unless the tokens
/// in the cache need the previous one.
///
/// # Errors
/// Fails if the server does not register it, or if the cache cannot be written.
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
    let registration = register(request.http, &found.server, &body)?;
    if !needs_registration(request.files) {
        request.files.write_registration(&registration)?;
    }
    let redirect_uri = redirect_uris.last().cloned().unwrap_or_default();
    let source = RegistrationSource::Server;
    Ok(SignInClient::registered(registration, found, redirect_uri, source))
}

// A pre-registered client belongs to the issuer of the cached sign-in.
fn check_issuer_unchanged(
    request: &LoginRequest<'_>,
    id: &str,
    found: &Discovery,
) -> Result<(), RegisterError> {
    let stored =
        request.files.tokens().ok().flatten().and_then(|tokens| issuer::of_sign_in(&tokens, None));
    match stored.filter(|stored| !issuer::is_same(stored, &found.server.issuer)) {
        Some(stored) => {
            let (id, stored) = (id.to_owned(), excerpt(&stored));
            let found = excerpt(&found.server.issuer);
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
