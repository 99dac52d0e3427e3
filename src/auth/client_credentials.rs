//! The client credentials grant (RFC 6749, section 4.4): the OAuth client signs in for itself,
//! without a person.

use super::cache::TokenSet;
use super::discover::discover;
use super::lease::{self, LeaseOutcome};
use super::oauth_client::ClientAuthMethod;
use super::refresh::{RefreshError, RefreshRequest};
use super::token_endpoint::{TokenEndpoint, exchange_client_credentials};
use super::token_origin::TokenOrigin;
use super::{issuer, requested_access};
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
    fs::create_private_directory(renewal.files.directory())?;
    let id = renewal.call.client_id.as_deref().ok_or(RefreshError::NoClientId)?;
    if let Some(declared) = GrantEndpoint::declared(renewal) {
        return declared.request(renewal, id, good);
    }
    let Some(remembered) = GrantEndpoint::remembered(renewal, id) else {
        return GrantEndpoint::discovered(renewal)?.request(renewal, id, good);
    };
    match remembered.request(renewal, id, good) {
        Err(RefreshError::Exchange(error)) if error.may_have_moved() => {
            match GrantEndpoint::discovered(renewal) {
                Ok(found) if found.url != remembered.url => found.request(renewal, id, good),
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
    // How clients may authenticate, by the names in metadata.
    auth_methods: Vec<String>,
    resource: Option<String>,
    scope: Option<String>,
}

impl GrantEndpoint {
    fn declared(renewal: &RefreshRequest<'_>) -> Option<Self> {
        let call = renewal.call;
        let url = call.token_endpoint.clone()?;
        let resource = call.resource.clone().filter(|_| !call.without_resource);
        let (auth_methods, issuer, scope) = (vec![], url.clone(), call.scope.clone());
        Some(Self { url, issuer, auth_methods, resource, scope })
    }

    // The endpoint of the token set in the cache needs no discovery.
    fn remembered(renewal: &RefreshRequest<'_>, id: &str) -> Option<Self> {
        let tokens = renewal.files.tokens().ok().flatten()?;
        let call = renewal.call;
        let origin = TokenOrigin::of(&tokens).filter(|origin| {
            let declared = call.issuer.as_ref();
            let method = ClientAuthMethod::named(&origin.auth_method);
            origin.client_id == id
                && declared.is_none_or(|declared| *declared == origin.issuer)
                // That a client with a key signed in does not show how one with a secret has to.
                && (method.is_some() || renewal.credentials.client_key.is_some())
        })?;
        let auth_methods = vec![origin.auth_method];
        let resource = call.resource.clone().or(origin.resource);
        let resource = resource.filter(|_| !call.without_resource);
        let granted = tokens.granted_scope().map(str::to_owned);
        let scope = call.scope.clone().or(granted);
        let (url, issuer) = (origin.token_endpoint, origin.issuer);
        Some(Self { url, issuer, auth_methods, resource, scope })
    }

    fn discovered(renewal: &RefreshRequest<'_>) -> Result<Self, RefreshError> {
        let found = discover(renewal.http, renewal.call, &renewal.credentials.headers)?;
        let known = renewal.files.tokens().ok().flatten();
        let known = known.and_then(|tokens| issuer::of_sign_in(&tokens, None));
        issuer::check_known(known.as_deref(), &found.server.issuer)?;
        let resource = requested_access::resource(renewal.call, &found).map(str::to_owned);
        let scope = requested_access::online_scope(renewal.call, &found);
        let (url, issuer) = (found.server.token_endpoint, found.server.issuer);
        let auth_methods = found.server.auth_methods;
        Ok(Self { url, issuer, auth_methods, resource, scope })
    }

    fn request(
        &self,
        renewal: &RefreshRequest<'_>,
        id: &str,
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
        let client = renewal.declared_client(id, &self.issuer, &self.auth_methods)?;
        let endpoint = TokenEndpoint {
            http: renewal.http,
            url: &self.url,
            issuer: &self.issuer,
            client: &client,
            resource: self.resource.as_deref(),
        };
        let tokens = exchange_client_credentials(endpoint, self.scope.as_deref())?;
        let granted = tokens.scope.or_else(|| self.scope.clone());
        let tokens = TokenSet { scope: granted, ..tokens };
        files.write_tokens(&tokens)?;
        Ok(tokens)
    }
}
