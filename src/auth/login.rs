//! A sign-in from start to finish, one function per step.
//!
//! The callback port is opened first: its holder signs in, and the other bridges of the server wait. No token is
//! written before the new ones have arrived, so a failed sign-in keeps the previous one.

use std::time::Instant;

use super::cache::{Registration, TokenSet};
use super::device::{self, DeviceError};
use super::discover::{Discovery, discover};
use super::identity::check_sign_in;
use super::lease;
use super::oauth_client::OAuthClient;
use super::rejection::forget_registration;
use super::requested_access::{lacks_offline, resource, scope, with_offline};
use super::token_endpoint::TokenEndpoint;
use crate::display::excerpt;

mod callback_port;
mod client;
mod error;
mod in_browser;
mod registration_probe;
mod request;
mod wait;
mod write;

pub use callback_port::BLOCKED_PORTS;
use callback_port::CallbackPort;
use client::{SignInClient, find_client};
pub use error::LoginError;
use in_browser::BrowserSignIn;
pub use request::{LoginEvent, LoginMethod, LoginRequest, OnLoginEvent, SkipIf, pkce_not_stated};

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
        LoginMethod::Browser | LoginMethod::Printed => {
            match callback_port::open(request, deadline, on_event)? {
                Ok(callback) => callback,
                Err(tokens) => return Ok(tokens),
            }
        }
    };
    let is_enough = |tokens: &TokenSet| request.skip_if.is_some_and(|skip| (skip.0)(tokens));
    if let Some(tokens) = request.files.tokens().ok().flatten().filter(is_enough) {
        return Ok(tokens);
    }
    let http = request.http.until(deadline);
    let found = discover(&http, request.call, &request.credentials.headers)?;
    let scope = match request.wider_scope {
        Some(wider) if request.call.scope.is_none() => Some(with_offline(wider.to_owned(), &found)),
        Some(wider) => Some(wider.to_owned()),
        None => scope(request.call, &found),
    };
    let limited = request.over(&http);
    let client = find_client(&limited, &found, &callback, scope.as_deref(), on_event)?;
    let sign_in = match request.method {
        LoginMethod::Device => {
            on_device(&limited, &found, client, scope.as_deref(), deadline, on_event)?
        }
        LoginMethod::Browser | LoginMethod::Printed => {
            let (found, callback, scope) = (&found, &callback, scope.as_deref());
            BrowserSignIn { request, found, callback, scope, deadline }.run(client, on_event)?
        }
    };
    if request.call.is_provider {
        check_sign_in(&sign_in.tokens, request.call)?;
    }
    // A response without a scope grants the requested one (RFC 6749, section 5.1).
    let granted = sign_in.tokens.scope.or_else(|| scope.clone());
    let tokens = TokenSet { scope: granted, ..sign_in.tokens };
    let sign_in = NewSignIn { tokens, ..sign_in };
    if sign_in.tokens.refresh_token.is_none() && lacks_offline(request.call, &found) {
        on_event(LoginEvent::NoOfflineAccess);
    }
    for path in write::write(request.files, &sign_in)? {
        on_event(LoginEvent::Exposed(&path));
    }
    if let CallbackPort::Ours(server) = &callback {
        server.done();
    }
    Ok(TokenSet { asked_scope: scope, ..sign_in.tokens })
}

const FORGOTTEN: &str = "the server has forgotten the previous one";

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
    mut client: SignInClient,
    scope: Option<&str>,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<NewSignIn, LoginError> {
    let Some(endpoint) = &found.server.device_authorization_endpoint else {
        return Err(DeviceError::NotOffered(excerpt(&found.server.issuer)).into());
    };
    let start = |client: &SignInClient| {
        device::request(token_endpoint(request, found, &client.oauth), endpoint, scope)
    };
    let mut started = start(&client);
    if client.is_reused() && started.as_ref().is_err_and(DeviceError::rejects_client) {
        forget_registration(request.files, &client.oauth.id)?;
        client = client::register_client(request, found, &CallbackPort::None, scope)?;
        on_event(LoginEvent::NewClient(FORGOTTEN));
        started = start(&client);
    }
    let authorization = started?;
    let token_endpoint = token_endpoint(request, found, &client.oauth);
    on_event(LoginEvent::DeviceCode(&authorization));
    let tokens = device::poll(token_endpoint, authorization, deadline, &mut |left| {
        on_event(LoginEvent::Waiting(left))
    })?;
    Ok(NewSignIn { tokens, registration: client.unwritten() })
}
