//! A sign-in from start to finish, one function per step.
//!
//! The callback port is opened first: its holder signs in, and the other bridges of the server wait. Nothing is
//! written before the tokens have arrived, so a failed sign-in keeps the previous one.

use std::sync::Arc;
use std::time::Instant;

use super::authorize::{AuthorizationParams, AuthorizationRequest, AuthorizeError};
use super::browser;
use super::cache::{Registration, TokenSet};
use super::device::{self, DeviceError};
use super::discover::{Discovery, discover};
use super::lease;
use super::requested_access::{resource, scope, with_offline};
use super::token_endpoint::{OAuthClient, TokenEndpoint, exchange_code};
use crate::diagnostic::one_line;
use crate::http::{HttpClient, HttpMethod, HttpRequest};

mod callback_port;
mod client;
mod error;
mod request;
mod wait;
mod write;

pub use callback_port::BLOCKED_PORTS;
use callback_port::{CallbackPort, listen};
use client::{SignInClient, find_client};
pub use error::LoginError;
pub use request::{LoginEvent, LoginMethod, LoginRequest, OnLoginEvent, SkipIf};
use wait::wait_for_code;

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
