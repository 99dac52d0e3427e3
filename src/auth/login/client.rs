//! As whom a sign-in speaks: in the specification's order, and as who it spoke before where that still holds.

use super::{Door, Job, LoginError, Way};
use crate::auth::cache::Registration;
use crate::auth::discover::Discovery;
use crate::auth::exchange::{Client, Method};
use crate::auth::now;
use crate::auth::refresh::same_issuer;
use crate::auth::register::{self, DEVICE_GRANT, RegisterError, Wanted, register};

/// Holds as whom a sign-in speaks.
#[derive(Debug)]
pub struct Identity {
    /// As whom.
    pub client: Client,
    /// The callback address.
    pub redirect: String,
    /// Whether the registration is the cache's own.
    pub stored: bool,
    /// A registration that is not in the cache yet.
    pub fresh: Option<Registration>,
}

/// Finds as whom to speak.
///
/// # Errors
/// Fails where the server registers nobody, and no client is declared.
pub fn identity(
    job: &Job<'_>,
    found: &Discovery,
    door: &Door,
    scope: Option<&str>,
) -> Result<Identity, LoginError> {
    let redirects = redirects(job, door);
    let redirect = redirects.last().cloned().unwrap_or_default();
    let beforehand =
        |client| Identity { client, redirect: redirect.clone(), stored: false, fresh: None };
    if let Some(id) = &job.call.client_id {
        at_home(job, id, found)?;
        let secret = job.credentials.client_secret.clone();
        let (metadata, offered) = (&job.call.client_metadata, &found.server.auth_methods);
        let client = register::declared(id, secret, metadata, offered);
        return Ok(beforehand(client));
    }
    if let Some(url) = &job.call.client_metadata_url
        && found.server.takes_client_documents
    {
        let (id, secret) = (url.clone(), None);
        return Ok(beforehand(Client { id, secret, method: Method::None }));
    }
    let device = matches!(job.way, Way::Device);
    if let Some(stored) = job.files.registration().ok().flatten()
        && holds(&stored, found, &redirects, (scope, device))
    {
        let client = register::registered(&stored, &found.server);
        return Ok(Identity { client, redirect, stored: true, fresh: None });
    }
    again(job, found, door, scope)
}

/// Registers anew.
///
/// # Errors
/// Fails where the server does not register.
pub fn again(
    job: &Job<'_>,
    found: &Discovery,
    door: &Door,
    scope: Option<&str>,
) -> Result<Identity, LoginError> {
    let redirects = redirects(job, door);
    let device = matches!(job.way, Way::Device);
    let metadata = &job.call.client_metadata;
    let wanted = Wanted { redirects: &redirects, scope, device, metadata };
    let fresh: Result<Registration, RegisterError> = register(job.http, &found.server, &wanted);
    let fresh = fresh?;
    let client = register::registered(&fresh, &found.server);
    let redirect = redirects.last().cloned().unwrap_or_default();
    Ok(Identity { client, redirect, stored: false, fresh: Some(fresh) })
}

// A client registered beforehand is bound to where it signed in first, as far as the cache says where.
fn at_home(job: &Job<'_>, id: &str, found: &Discovery) -> Result<(), RegisterError> {
    let stored = job.files.tokens().ok().flatten().and_then(|tokens| tokens.issuer);
    match stored.filter(|stored| !same_issuer(stored, &found.server.issuer)) {
        Some(stored) => {
            let (id, found) = (id.to_owned(), found.server.issuer.clone());
            Err(RegisterError::OtherIssuer { id, stored, found })
        }
        None => Ok(()),
    }
}

// The base port's address first: the bridge throws a registration without it away.
fn redirects(job: &Job<'_>, door: &Door) -> Vec<String> {
    let address = |port| job.call.redirect_uri(job.env.os, port);
    let base = job.call.base_port(job.files.key());
    let mut redirects = vec![address(base)];
    match door {
        Door::Open(callback) if callback.port != base => redirects.push(address(callback.port)),
        Door::Open(_) | Door::Sibling(_) | Door::None => {}
    }
    redirects
}

// Credentials belong to one issuer and are nobody else's business.
fn holds(
    stored: &Registration,
    found: &Discovery,
    redirects: &[String],
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
        && redirects.iter().all(|redirect| stored.redirect_uris.contains(redirect))
        && (!device || may(DEVICE_GRANT))
}
