//! A sign-in from start to finish, one function per step.
//!
//! The callback port is opened first: its holder signs in, and the other bridges of the server wait. Nothing is
//! written before the tokens have arrived, so a failed sign-in keeps the previous one.

use std::sync::Arc;
use std::time::Instant;

use super::authorize::{AuthorizationParams, AuthorizationRequest, AuthorizeError};
use super::browser;
use super::cache::{CacheError, Registration, TokenSet};
use super::call::BridgeCall;
use super::credentials::CredentialError;
use super::device::{self, DeviceError};
use super::discover::{DiscoverError, Discovery, discover};
use super::lease;
use super::register::RegisterError;
use super::token_endpoint::{ExchangeError, OAuthClient, TokenEndpoint, exchange_code};
use crate::diagnostic::{Help, one_line};
use crate::fs::FsError;
use crate::http::{HttpClient, HttpError, HttpMethod, HttpRequest};

mod callback_port;
mod client;
mod request;
mod wait;
mod write;

pub use callback_port::{BLOCKED_PORTS, CallbackPortError};
use callback_port::{CallbackPort, listen};
use client::{SignInClient, find_client};
pub use request::{LoginEvent, LoginMethod, LoginRequest, OnLoginEvent, SkipIf};
use wait::wait_for_code;

/// Why a sign-in failed, by its step.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The callback port.
    #[error(transparent)]
    CallbackPort(#[from] CallbackPortError),
    /// Discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// Client registration.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Authorization.
    #[error(transparent)]
    Authorize(#[from] AuthorizeError),
    /// Device authorization.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The token endpoint.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A secret reference.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The refresh lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Nobody signed in.
    #[error("nobody signed in within {seconds} s")]
    TimedOut {
        /// The timeout in seconds.
        seconds: u64,
        /// Why the last response was ignored, if one came.
        ignored: Option<String>,
    },
}

impl Help for LoginError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::CallbackPort(error) => error.note(),
            Self::Discover(error) => error.note(),
            Self::Register(error) => error.note(),
            Self::Authorize(error) => error.note(),
            Self::Device(error) => error.note(),
            Self::Exchange(error) => error.note(),
            Self::Credential(error) => error.note(),
            Self::Cache(error) => error.note(),
            Self::Fs(_) => None,
            Self::TimedOut { ignored, .. } => {
                ignored.as_ref().map(|why| format!("a response was ignored: {why}"))
            }
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::CallbackPort(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Register(error) => error.help(),
            Self::Authorize(error) => error.help(),
            Self::Device(error) => error.help(),
            Self::Exchange(error) => error.help(),
            Self::Credential(error) => error.help(),
            Self::Cache(error) => error.help(),
            Self::Fs(_) => None,
            Self::TimedOut { .. } => {
                Some("sign in again, with a longer `--timeout` if needed".to_owned())
            }
        }
    }
}

/// Signs in and writes the cache.
///
/// # Errors
/// Fails if any step fails; the previous sign-in then remains.
pub fn login(
    request: &LoginRequest<'_>,
    on_event: OnLoginEvent<'_>,
) -> Result<TokenSet, LoginError> {
    write::prepare(request.files)?;
    let deadline = Instant::now() + request.timeout;
    let callback = match request.method {
        LoginMethod::Device => CallbackPort::None,
        LoginMethod::Browser | LoginMethod::Printed(_) => loop {
            match listen(request)? {
                CallbackPort::OtherBridge(port) => {
                    on_event(LoginEvent::WaitingForBridge(port));
                    match callback_port::follow(request, port, deadline, on_event)? {
                        Some(tokens) => return Ok(tokens),
                        None => continue,
                    }
                }
                callback @ (CallbackPort::Ours(_) | CallbackPort::None) => break callback,
            }
        },
    };
    let is_enough = |tokens: &TokenSet| request.skip_if.is_some_and(|skip| (skip.0)(tokens));
    if let Some(tokens) = request.files.tokens().ok().flatten().filter(is_enough) {
        return Ok(tokens);
    }
    let found = discover(request.http, &request.call.url, &request.credentials.headers)?;
    let scope = match request.wider_scope {
        Some(wider) if request.call.scope.is_none() => Some(with_offline(wider.to_owned(), &found)),
        Some(wider) => Some(wider.to_owned()),
        None => scope(request.call, &found),
    };
    let client = find_client(request, &found, &callback, scope.as_deref())?;
    let sign_in = match request.method {
        LoginMethod::Device => {
            on_device(request, &found, &client, scope.as_deref(), deadline, on_event)?
        }
        LoginMethod::Browser | LoginMethod::Printed(_) => {
            in_browser(request, &found, client, scope.as_deref(), &callback, deadline, on_event)?
        }
    };
    for path in write::write(request.files, &sign_in)? {
        on_event(LoginEvent::Exposed(&path));
    }
    if let CallbackPort::Ours(server) = &callback {
        server.done();
    }
    Ok(TokenSet { asked_scope: scope, ..sign_in.tokens })
}

/// A new sign-in, to be written to the cache.
#[derive(Debug)]
struct NewSignIn {
    tokens: TokenSet,
    // A registration that is not in the cache yet.
    registration: Option<Registration>,
}

/// Returns the scope to request, in the order of the MCP specification; a declared scope wins, as
/// in the bridge.
pub(super) fn scope(call: &BridgeCall, found: &Discovery) -> Option<String> {
    if call.scope.is_some() {
        return call.scope.clone();
    }
    let listed = || Some(found.resource_scopes.join(" ")).filter(|scopes| !scopes.is_empty());
    let challenged = found.challenged_scope.clone().filter(|scope| !scope.trim().is_empty());
    Some(with_offline(challenged.or_else(listed)?, found))
}

fn with_offline(wanted: String, found: &Discovery) -> String {
    let offline = super::authorize::OFFLINE_ACCESS;
    let offers = found.server.scopes.iter().any(|scope| scope == offline);
    if offers && !wanted.split(' ').any(|scope| scope == offline) {
        return format!("{wanted} {offline}");
    }
    wanted
}

/// Returns the resource to request; a declared one wins over the metadata.
pub(super) fn resource<'a>(call: &'a BridgeCall, found: &'a Discovery) -> Option<&'a str> {
    if call.without_resource {
        return None;
    }
    call.resource.as_deref().or(found.resource.as_deref())
}

fn token_endpoint<'a>(
    request: &'a LoginRequest<'_>,
    found: &'a Discovery,
    client: &'a OAuthClient,
) -> TokenEndpoint<'a> {
    TokenEndpoint {
        http: request.http,
        url: &found.server.token_endpoint,
        issuer: &found.server.issuer,
        client,
        resource: resource(request.call, found),
    }
}

fn on_device(
    request: &LoginRequest<'_>,
    found: &Discovery,
    client: &SignInClient,
    scope: Option<&str>,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<NewSignIn, LoginError> {
    let Some(endpoint) = &found.server.device_authorization_endpoint else {
        return Err(DeviceError::NotOffered(found.server.issuer.clone()).into());
    };
    let token_endpoint = token_endpoint(request, found, &client.oauth);
    let authorization = device::request(token_endpoint, endpoint, scope)?;
    on_event(LoginEvent::DeviceCode(&authorization));
    let tokens = device::poll(token_endpoint, authorization, deadline, &mut |left| {
        on_event(LoginEvent::Waiting(left))
    })?;
    Ok(NewSignIn { tokens, registration: client.new_registration.clone() })
}

fn in_browser(
    request: &LoginRequest<'_>,
    found: &Discovery,
    mut client: SignInClient,
    scope: Option<&str>,
    callback: &CallbackPort,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<NewSignIn, LoginError> {
    request.http.check_page(&found.server.authorization_endpoint)?;
    let mut authorization = authorize(request, found, &client, scope)?;
    // For a wider scope, the client has just signed in.
    let known = request.wider_scope.is_some() || !client.stored;
    if !known && is_forgotten(request.http, &authorization.url) {
        client = client::register_client(request, found, callback, scope)?;
        authorization = authorize(request, found, &client, scope)?;
    }
    let authorization = Arc::new(authorization);
    if let CallbackPort::Ours(server) = callback {
        server.expect(Arc::clone(&authorization));
    }
    show(request, &authorization.url, on_event);
    let code = wait_for_code(request, &authorization, callback, deadline, on_event)?;
    let endpoint = token_endpoint(request, found, &client.oauth);
    let tokens =
        exchange_code(endpoint, &code, &authorization.verifier, &authorization.redirect_uri)?;
    Ok(NewSignIn { tokens, registration: client.new_registration })
}

fn authorize(
    request: &LoginRequest<'_>,
    found: &Discovery,
    client: &SignInClient,
    scope: Option<&str>,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let params = AuthorizationParams {
        client_id: &client.oauth.id,
        redirect_uri: &client.redirect_uri,
        scope,
        resource: resource(request.call, found),
        params: &request.call.authorize_params,
    };
    AuthorizationRequest::new(&found.server, &params)
}

// A server that no longer knows a client reports that on a page only, where the person would be
// stuck.
fn is_forgotten(http: &HttpClient, url: &str) -> bool {
    http.fetch(&HttpRequest::new(url, HttpMethod::Get, &[])).is_ok_and(|response| {
        let refused = response.status == 400 || response.status == 401;
        refused && (response.mentions("invalid_client") || response.mentions("unauthorized_client"))
    })
}

fn show(request: &LoginRequest<'_>, url: &str, on_event: OnLoginEvent<'_>) {
    let opened = match request.method {
        LoginMethod::Browser => browser::open(url, request.env),
        LoginMethod::Printed(_) | LoginMethod::Device => {
            return on_event(LoginEvent::AuthorizationUrl(url, false));
        }
    };
    match opened {
        Ok(mut child) => {
            // Reap the process when it ends.
            std::thread::spawn(move || child.wait().ok());
            on_event(LoginEvent::AuthorizationUrl(url, true));
        }
        Err(error) => {
            on_event(LoginEvent::NoBrowser(one_line(&error)));
            on_event(LoginEvent::AuthorizationUrl(url, false));
        }
    }
}
