//! A sign-in from its beginning to the files of the cache, one function a step.
//!
//! The callback port is taken first: whoever holds it signs in, and every bridge of the same server waits.
//! Nothing is written before the tokens are there, so a sign-in that fails leaves the one before it.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::authorize::{Asked, Authorization, AuthorizeError};
use super::browser;
use super::cache::{CacheError, Files, Registration, TokenSet};
use super::call::BridgeCall;
use super::credentials::{Credentials, NoSecret};
use super::device::{self, DeviceError};
use super::discover::{DiscoverError, Discovery, discover};
use super::exchange::{Client, Desk, ExchangeError, exchange};
use super::http::{Http, HttpError};
use super::lease;
use super::register::RegisterError;
use crate::fs::FsError;
use crate::paths::Environment;

mod client;
mod door;
mod wait;
mod write;

use client::{Identity, identity};
use door::{Door, open};
pub use door::{DoorError, REFUSED};
use wait::wait;

/// Says why a sign-in failed, by its step.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The callback port.
    #[error(transparent)]
    Door(#[from] DoorError),
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
    NoSecret(#[from] NoSecret),
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
pub enum Way<'a> {
    /// By a browser on this machine.
    Browser,
    /// By an address that is shown; what is pasted comes in here.
    Printed(&'a Receiver<String>),
    /// By a code that is typed on another device.
    Device,
}

/// Holds what a sign-in is for.
#[derive(Debug)]
pub struct Job<'a> {
    /// The process environment.
    pub env: &'a Environment,
    /// How requests are sent.
    pub http: &'a Http,
    /// The call that the bridge will be started with.
    pub call: &'a BridgeCall,
    /// Where the sign-in goes.
    pub files: &'a Files,
    /// What the declaration only names.
    pub credentials: &'a Credentials,
    /// How the person is reached.
    pub way: Way<'a>,
    /// How long to wait for the person.
    pub patience: Duration,
    /// A scope to ask for in place of the one that follows from discovery: the server wanted a wider one.
    pub wider: Option<&'a str>,
    /// Where the browser ends up, in place of a page of mcpgen's.
    pub success_url: Option<&'a str>,
    /// Which token set makes the sign-in needless, if one is there by the time that nobody else is about it.
    pub unless: Option<Needless<'a>>,
}

/// Holds what makes a sign-in needless.
#[derive(Clone, Copy)]
pub struct Needless<'a>(pub &'a dyn Fn(&TokenSet) -> bool);

impl std::fmt::Debug for Needless<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Needless(…)")
    }
}

/// Tells what happens, for whoever shows it.
#[derive(Debug)]
pub enum Event<'a> {
    /// A bridge of the same server signs in, and is waited for.
    Follows(u16),
    /// The address to open; whether a browser was started.
    Open(&'a str, bool),
    /// The browser could not be opened, and why.
    NoBrowser(String),
    /// A code to type on another device.
    Device(&'a device::Errand),
    /// Something came that decides nothing.
    Stranger(&'a str),
    /// Others could read this file until now.
    Exposed(&'a Utf8Path),
    /// Time passes; this much is left.
    Waits(Duration),
}

/// Shows an event.
pub type Say<'a> = &'a mut dyn FnMut(Event<'_>);

/// Signs in and writes the cache.
///
/// # Errors
/// Fails at any step; the sign-in before this one is then still there.
pub fn login(job: &Job<'_>, say: Say<'_>) -> Result<TokenSet, LoginError> {
    write::prepare(job.files)?;
    let deadline = Instant::now() + job.patience;
    let door = match job.way {
        Way::Device => Door::None,
        Way::Browser | Way::Printed(_) => loop {
            match open(job)? {
                Door::Sibling(port) => {
                    say(Event::Follows(port));
                    match door::follow(job, port, deadline, say)? {
                        Some(tokens) => return Ok(tokens),
                        None => continue,
                    }
                }
                door @ (Door::Open(_) | Door::None) => break door,
            }
        },
    };
    let needless = |tokens: &TokenSet| job.unless.is_some_and(|unless| (unless.0)(tokens));
    if let Some(tokens) = job.files.tokens().ok().flatten().filter(needless) {
        return Ok(tokens);
    }
    let found = discover(job.http, &job.call.url, &job.credentials.headers)?;
    let scope = match job.wider {
        Some(wider) if job.call.scope.is_none() => Some(with_offline(wider.to_owned(), &found)),
        Some(wider) => Some(wider.to_owned()),
        None => scope(job.call, &found),
    };
    let identity = identity(job, &found, &door, scope.as_deref())?;
    let signed = match job.way {
        Way::Device => on_device(job, &found, &identity, scope.as_deref(), deadline, say)?,
        Way::Browser | Way::Printed(_) => {
            in_browser(job, &found, identity, scope.as_deref(), &door, deadline, say)?
        }
    };
    for path in write::write(job.files, &signed)? {
        say(Event::Exposed(&path));
    }
    if let Door::Open(callback) = &door {
        callback.done();
    }
    Ok(TokenSet { asked_scope: scope, ..signed.tokens })
}

/// Holds what goes into the cache.
#[derive(Debug)]
struct Signed {
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
    let offline = super::authorize::OFFLINE;
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

fn desk<'a>(job: &'a Job<'_>, found: &'a Discovery, client: &'a Client) -> Desk<'a> {
    Desk {
        http: job.http,
        endpoint: &found.server.token_endpoint,
        issuer: &found.server.issuer,
        client,
        resource: resource(job.call, found),
    }
}

fn on_device(
    job: &Job<'_>,
    found: &Discovery,
    identity: &Identity,
    scope: Option<&str>,
    deadline: Instant,
    say: Say<'_>,
) -> Result<Signed, LoginError> {
    let Some(endpoint) = &found.server.device_authorization_endpoint else {
        return Err(DeviceError::NotOffered(found.server.issuer.clone()).into());
    };
    let desk = desk(job, found, &identity.client);
    let errand = device::begin(desk, endpoint, scope)?;
    say(Event::Device(&errand));
    let tokens = device::wait(desk, errand, deadline, &mut |left| say(Event::Waits(left)))?;
    Ok(Signed { tokens, registration: identity.fresh.clone() })
}

fn in_browser(
    job: &Job<'_>,
    found: &Discovery,
    mut identity: Identity,
    scope: Option<&str>,
    door: &Door,
    deadline: Instant,
    say: Say<'_>,
) -> Result<Signed, LoginError> {
    job.http.check_page(&found.server.authorization_endpoint)?;
    let mut authorization = authorize(job, found, &identity, scope)?;
    // Where a wider scope is wanted it has just signed in.
    let known = job.wider.is_some() || !identity.stored;
    if !known && is_forgotten(job.http, &authorization.url) {
        identity = client::again(job, found, door, scope)?;
        authorization = authorize(job, found, &identity, scope)?;
    }
    let authorization = Arc::new(authorization);
    if let Door::Open(callback) = door {
        callback.expect(Arc::clone(&authorization));
    }
    show(job, &authorization.url, say);
    let code = wait(job, &authorization, door, deadline, say)?;
    let desk = desk(job, found, &identity.client);
    let tokens = exchange(desk, &code, &authorization.verifier, &authorization.redirect)?;
    Ok(Signed { tokens, registration: identity.fresh })
}

fn authorize(
    job: &Job<'_>,
    found: &Discovery,
    identity: &Identity,
    scope: Option<&str>,
) -> Result<Authorization, AuthorizeError> {
    let asked = Asked {
        client_id: &identity.client.id,
        redirect: &identity.redirect,
        scope,
        resource: resource(job.call, found),
        params: &job.call.authorize_params,
    };
    Authorization::new(&found.server, &asked)
}

// A server that has forgotten a client says so on a page, and the person would sit before it.
fn is_forgotten(http: &Http, url: &str) -> bool {
    use super::http::{Follow, Request, Verb};
    let request =
        Request { url, headers: &[], verb: Verb::Get, follow: Follow::Nowhere, whole: true };
    http.send(&request).is_ok_and(|answer| {
        let refused = answer.status == 400 || answer.status == 401;
        refused && (answer.mentions("invalid_client") || answer.mentions("unauthorized_client"))
    })
}

fn show(job: &Job<'_>, url: &str, say: Say<'_>) {
    let opened = match job.way {
        Way::Browser => browser::open(url, job.env),
        Way::Printed(_) | Way::Device => return say(Event::Open(url, false)),
    };
    match opened {
        Ok(mut child) => {
            // Nobody waits for it, but its end is taken note of.
            std::thread::spawn(move || child.wait().ok());
            say(Event::Open(url, true));
        }
        Err(error) => {
            say(Event::NoBrowser(error.to_string()));
            say(Event::Open(url, false));
        }
    }
}
