//! A sign-in from its beginning to the files of the cache, one function a step.
//!
//! The callback port is taken first: whoever holds it signs in, and every bridge of the same server waits.
//! Nothing is written before the tokens are there, so a sign-in that fails leaves the one before it.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::authorize::{AuthorizationParams, AuthorizationRequest, AuthorizeError};
use super::browser;
use super::cache::{CacheError, Registration, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::credentials::{CredentialError, Credentials};
use super::device::{self, DeviceError};
use super::discover::{DiscoverError, Discovery, discover};
use super::http::{Http, HttpError};
use super::lease;
use super::register::RegisterError;
use super::token_endpoint::{ExchangeError, OAuthClient, TokenEndpoint, exchange_code};
use crate::fs::FsError;
use crate::paths::Environment;

mod callback_port;
mod client;
mod wait;
mod write;

pub use callback_port::{BLOCKED_PORTS, CallbackPortError};
use callback_port::{CallbackPort, listen};
use client::{SignInClient, find_client};
use wait::wait_for_code;

/// Says why a sign-in failed, by its step.
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
    /// Registration.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Authorization.
    #[error(transparent)]
    Authorize(#[from] AuthorizeError),
    /// Authorization on another device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The token endpoint.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// What the declaration only names.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The files.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The refresh lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Nobody signed in.
    #[error("nobody signed in within {0}{1}; sign in again, with a longer --timeout if need be")]
    TimedOut(String, String),
}

/// Says how the person is reached.
#[derive(Debug, Clone, Copy)]
pub enum LoginMethod<'a> {
    /// By a browser on this machine.
    Browser,
    /// By an address that is shown; what is pasted comes in here.
    Printed(&'a Receiver<String>),
    /// By a code that is typed on another device.
    Device,
}

/// Holds what a sign-in is for.
#[derive(Debug)]
pub struct LoginRequest<'a> {
    /// The process environment.
    pub env: &'a Environment,
    /// How requests are sent.
    pub http: &'a Http,
    /// The call that the bridge will be started with.
    pub call: &'a BridgeCall,
    /// Where the sign-in goes.
    pub files: &'a SignInFiles,
    /// What the declaration only names.
    pub credentials: &'a Credentials,
    /// How the person is reached.
    pub method: LoginMethod<'a>,
    /// How long to wait for the person.
    pub timeout: Duration,
    /// A scope to ask for in place of the one that follows from discovery: the server wanted a wider one.
    pub wider_scope: Option<&'a str>,
    /// Where the browser ends up, in place of a page of mcpgen's.
    pub success_url: Option<&'a str>,
    /// Which token set makes the sign-in needless, if one is there by the time that nobody else is about it.
    pub skip_if: Option<SkipIf<'a>>,
}

/// Holds what makes a sign-in needless.
#[derive(Clone, Copy)]
pub struct SkipIf<'a>(pub &'a dyn Fn(&TokenSet) -> bool);

impl std::fmt::Debug for SkipIf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SkipIf(…)")
    }
}

/// Tells what happens, for whoever shows it.
#[derive(Debug)]
pub enum LoginEvent<'a> {
    /// A bridge of the same server signs in, and is waited for.
    WaitingForBridge(u16),
    /// The address to open; whether a browser was started.
    AuthorizationUrl(&'a str, bool),
    /// The browser could not be opened, and why.
    NoBrowser(String),
    /// A code to type on another device.
    DeviceCode(&'a device::DeviceAuthorization),
    /// Something came that decides nothing.
    IgnoredRequest(&'a str),
    /// Others could read this file until now.
    Exposed(&'a Utf8Path),
    /// Time passes; this much is left.
    Waiting(Duration),
}

/// Shows an event.
pub type OnLoginEvent<'a> = &'a mut dyn FnMut(LoginEvent<'_>);

/// Signs in and writes the cache.
///
/// # Errors
/// Fails at any step; the sign-in before this one is then still there.
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

/// Holds what goes into the cache.
#[derive(Debug)]
struct NewSignIn {
    tokens: TokenSet,
    // A registration of ours that is not in the cache yet.
    registration: Option<Registration>,
}

/// Returns the scope to ask for: in the specification's order, and the bridge's for what is declared.
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

/// Returns the resource to name to the authorization server: what is declared wins over what the metadata says.
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
    // Where a wider scope is wanted it has just signed in.
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

// A server that has forgotten a client says so on a page, and the person would sit before it.
fn is_forgotten(http: &Http, url: &str) -> bool {
    use super::http::{HttpMethod, RedirectPolicy, Request};
    let request = Request {
        url,
        headers: &[],
        verb: HttpMethod::Get,
        follow: RedirectPolicy::Never,
        read_body: true,
    };
    http.send(&request).is_ok_and(|answer| {
        let refused = answer.status == 400 || answer.status == 401;
        refused && (answer.mentions("invalid_client") || answer.mentions("unauthorized_client"))
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
            // Nobody waits for it, but its end is taken note of.
            std::thread::spawn(move || child.wait().ok());
            on_event(LoginEvent::AuthorizationUrl(url, true));
        }
        Err(error) => {
            on_event(LoginEvent::NoBrowser(error.to_string()));
            on_event(LoginEvent::AuthorizationUrl(url, false));
        }
    }
}
