//! The client credentials grant (RFC 6749, section 4.4): the OAuth client signs in for itself,
//! without a person.

use super::cache::TokenSet;
use super::discover::discover;
use super::lease::{self, LeaseOutcome};
use super::oauth_client::OAuthClient;
use super::refresh::{RefreshError, RefreshRequest};
use super::token_endpoint::{TokenEndpoint, exchange_client_credentials};
use super::token_origin::TokenOrigin;
use super::{issuer, register, requested_access};
use crate::fs;

/// Gets and writes a token set for the OAuth client itself, once for all bridges. If another bridge
/// has written one that is `good` meanwhile, returns that.
///
/// # Errors
/// Fails if no client is declared, or if the server refuses it.
pub fn client_credentials(
    renewal: &RefreshRequest<'_>,
    good: &dyn Fn(&TokenSet) -> bool,
) -> Result<TokenSet, RefreshError> {
    fs::create_private_folder(renewal.files.directory())?;
    let id = renewal.call.client_id.as_deref().ok_or(RefreshError::NoClientId)?;
    if let Some(declared) = GrantEndpoint::declared(renewal, id) {
        return declared.request(renewal, good);
    }
    let Some(remembered) = GrantEndpoint::remembered(renewal, id) else {
        return GrantEndpoint::discovered(renewal, id)?.request(renewal, good);
    };
    match remembered.request(renewal, good) {
        Err(RefreshError::Exchange(error)) if error.may_have_moved() => {
            match GrantEndpoint::discovered(renewal, id) {
                Ok(found) if found.url != remembered.url => found.request(renewal, good),
                Ok(_) | Err(_) => Err(error.into()),
            }
        }
        done => done,
    }
}

/// Where a grant is requested, and for what.
struct GrantEndpoint {
    url: String,
    issuer: String,
    client: OAuthClient,
    resource: Option<String>,
    scope: Option<String>,
}

impl GrantEndpoint {
    fn declared(renewal: &RefreshRequest<'_>, id: &str) -> Option<Self> {
        let call = renewal.call;
        let url = call.token_endpoint.clone()?;
        let resource = call.resource.clone().filter(|_| !call.without_resource);
        let (client, issuer) = (client(renewal, id, &[]), url.clone());
        Some(Self { url, issuer, client, resource, scope: call.scope.clone() })
    }

    // The endpoint of the token set in the cache needs no discovery.
    fn remembered(renewal: &RefreshRequest<'_>, id: &str) -> Option<Self> {
        let tokens = renewal.files.tokens().ok().flatten()?;
        let call = renewal.call;
        let origin = TokenOrigin::of(&tokens).filter(|origin| {
            let declared = call.issuer.as_ref();
            origin.client_id == id && declared.is_none_or(|declared| *declared == origin.issuer)
        })?;
        let client = client(renewal, id, std::slice::from_ref(&origin.auth_method));
        let resource = call.resource.clone().or(origin.resource);
        let resource = resource.filter(|_| !call.without_resource);
        let granted = tokens.granted_scope().map(str::to_owned);
        let scope = call.scope.clone().or(granted);
        let (url, issuer) = (origin.token_endpoint, origin.issuer);
        Some(Self { url, issuer, client, resource, scope })
    }

    fn discovered(renewal: &RefreshRequest<'_>, id: &str) -> Result<Self, RefreshError> {
        let found = discover(renewal.http, renewal.call, &renewal.credentials.headers)?;
        let known = renewal.files.tokens().ok().flatten();
        let known = known.and_then(|tokens| issuer::of_sign_in(&tokens, None));
        issuer::check_known(known.as_deref(), &found.server.issuer)?;
        let resource = requested_access::resource(renewal.call, &found).map(str::to_owned);
        let scope = requested_access::online_scope(renewal.call, &found);
        let client = client(renewal, id, &found.server.auth_methods);
        let (url, issuer) = (found.server.token_endpoint, found.server.issuer);
        Ok(Self { url, issuer, client, resource, scope })
    }

    fn request(
        &self,
        renewal: &RefreshRequest<'_>,
        good: &dyn Fn(&TokenSet) -> bool,
    ) -> Result<TokenSet, RefreshError> {
        let files = renewal.files;
        let _lease = match lease::acquire(files, good)? {
            LeaseOutcome::AlreadyRefreshed(tokens) => return Ok(*tokens),
            LeaseOutcome::Acquired(lease) => lease,
        };
        if let Some(tokens) = files.tokens().ok().flatten().filter(good) {
            return Ok(tokens);
        }
        let endpoint = TokenEndpoint {
            http: renewal.http,
            url: &self.url,
            issuer: &self.issuer,
            client: &self.client,
            resource: self.resource.as_deref(),
        };
        let tokens = exchange_client_credentials(endpoint, self.scope.as_deref())?;
        let granted = tokens.scope.or_else(|| self.scope.clone());
        let tokens = TokenSet { scope: granted, ..tokens };
        files.write_tokens(&tokens)?;
        Ok(tokens)
    }
}

fn client(renewal: &RefreshRequest<'_>, id: &str, offered: &[String]) -> OAuthClient {
    let secret = renewal.credentials.client_secret.clone();
    register::declared_client(id, secret, &renewal.call.client_metadata, offered)
}
