//! The client credentials grant (RFC 6749, section 4.4): the OAuth client signs in for itself,
//! without a person.

use super::cache::TokenSet;
use super::discover::discover;
use super::lease::{self, LeaseOutcome};
use super::refresh::{RefreshError, RefreshRequest};
use super::token_endpoint::{TokenEndpoint, request_tokens};
use super::{register, requested_access};
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
    let (call, files) = (renewal.call, renewal.files);
    fs::create_private_folder(files.directory())?;
    let id = call.client_id.as_deref().ok_or(RefreshError::NoClientId)?;
    let client = |offered: &[String]| {
        let secret = renewal.credentials.client_secret.clone();
        register::declared_client(id, secret, &call.client_metadata, offered)
    };
    let (endpoint, issuer, client, resource, scope) = match &call.token_endpoint {
        Some(endpoint) => {
            let resource = call.resource.clone().filter(|_| !call.without_resource);
            (endpoint.clone(), endpoint.clone(), client(&[]), resource, call.scope.clone())
        }
        None => {
            let found = discover(renewal.http, &call.url, &renewal.credentials.headers)?;
            let resource = requested_access::resource(call, &found).map(str::to_owned);
            let scope = requested_access::online_scope(call, &found);
            let client = client(&found.server.auth_methods);
            (found.server.token_endpoint, found.server.issuer, client, resource, scope)
        }
    };
    let _lease = match lease::acquire(files, good)? {
        LeaseOutcome::AlreadyRefreshed(tokens) => return Ok(*tokens),
        LeaseOutcome::Acquired(lease) => lease,
    };
    if let Some(tokens) = files.tokens().ok().flatten().filter(good) {
        return Ok(tokens);
    }
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(scope.as_deref().map(|scope| ("scope", scope)));
    let (http, resource) = (renewal.http, resource.as_deref());
    let token_endpoint =
        TokenEndpoint { http, url: &endpoint, issuer: &issuer, client: &client, resource };
    let tokens = request_tokens(token_endpoint, &form)?;
    let tokens = TokenSet { scope: tokens.scope.or(scope), ..tokens };
    files.write_tokens(&tokens)?;
    Ok(tokens)
}
