//! Grants for which nobody signs in at the server itself: the client credentials grant (RFC 6749, section 4.4), an assertion
//! that another program issues (RFC 7523), and the identity of a person who has signed in at an identity provider.

use super::cache::TokenSet;
use super::discover::discover;
use super::identity::PersonIdentity;
use super::identity_error::IdentityError;
use super::lease::{self, LeaseOutcome};
use super::oauth_client::ClientAuthMethod;
use super::refresh::{RefreshError, RefreshRequest};
use super::token_endpoint::{TokenEndpoint, exchange_assertion, exchange_client_credentials};
use super::token_origin::TokenOrigin;
use super::{Token, issuer, rejected_identity, requested_access};
use crate::display::excerpt;
use crate::fs;
use crate::model::Grant;

/// Gets and writes a token set, once for all bridges. If another bridge has written one that is `good` meanwhile, returns
/// that.
///
/// # Errors
/// Fails if no client is declared, if nobody has signed in at the identity provider, or if a server refuses.
pub fn tokens_without_person(
    renewal: &RefreshRequest<'_>,
    good: &dyn Fn(&TokenSet) -> bool,
) -> Result<TokenSet, RefreshError> {
    fs::create_private_directory(renewal.files.directory())?;
    let id = renewal.call.client_id.as_deref().ok_or(RefreshError::NoClientId)?;
    // Do this before acquiring the lease, which is short.
    let proof = GrantProof::of(renewal)?;
    if let Some(declared) = GrantEndpoint::declared(renewal) {
        return declared.request(renewal, (id, &proof), good);
    }
    let Some(remembered) = GrantEndpoint::remembered(renewal, id) else {
        return GrantEndpoint::discovered(renewal)?.request(renewal, (id, &proof), good);
    };
    match remembered.request(renewal, (id, &proof), good) {
        Err(error) if may_have_moved(&error) => match GrantEndpoint::discovered(renewal) {
            Ok(found) if found.is_elsewhere(&remembered) => {
                found.request(renewal, (id, &proof), good)
            }
            Ok(_) | Err(_) => Err(error),
        },
        done => done,
    }
}

// An assertion names the authorization server and the resource, so a server that rejects one may have another name now.
fn may_have_moved(error: &RefreshError) -> bool {
    let is_identity = matches!(error, RefreshError::Identity(_));
    error.exchange().is_some_and(|it| it.may_have_moved() || (is_identity && it.ends_grant()))
}

/// What a request proves the right to a token with.
enum GrantProof<'a> {
    /// Only the OAuth client.
    Client,
    /// An assertion.
    Assertion(&'a Token),
    /// The identity of a person.
    Identity(Box<PersonIdentity<'a>>),
}

impl<'a> GrantProof<'a> {
    fn of(renewal: &RefreshRequest<'a>) -> Result<Self, RefreshError> {
        let (call, credentials) = (renewal.call, renewal.credentials);
        match (call.grant, call.provider.as_deref(), credentials.provider.as_deref()) {
            (Grant::Enterprise, Some(provider), Some(access)) => {
                Ok(Self::Identity(Box::new(PersonIdentity::get(provider, access)?)))
            }
            (Grant::JwtBearer, _, _) => {
                let assertion = credentials.assertion.as_ref();
                Ok(Self::Assertion(assertion.ok_or(RefreshError::NoAssertion)?))
            }
            _client => Ok(Self::Client),
        }
    }

    fn exchange(
        &self,
        endpoint: TokenEndpoint<'_>,
        scope: Option<&str>,
    ) -> Result<TokenSet, RefreshError> {
        match self {
            Self::Client => Ok(exchange_client_credentials(endpoint, scope)?),
            Self::Assertion(assertion) => {
                exchange_assertion(endpoint, assertion, scope).map_err(|error| {
                    let server = excerpt(endpoint.issuer);
                    let refused = |cause| IdentityError::BadAssertion { server, cause };
                    IdentityError::of_request(endpoint.issuer, error, refused).into()
                })
            }
            Self::Identity(identity) => Ok(identity.exchange(endpoint, scope)?),
        }
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
    fn is_elsewhere(&self, other: &Self) -> bool {
        (&self.url, &self.issuer, &self.resource) != (&other.url, &other.issuer, &other.resource)
    }

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
        (id, proof): (&str, &GrantProof<'_>),
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
        let tokens = proof.exchange(endpoint, self.scope.as_deref());
        if matches!(proof, GrantProof::Identity(_)) {
            rejected_identity::record(files, tokens.as_ref().err());
        }
        let tokens = tokens?;
        let granted = tokens.scope.or_else(|| self.scope.clone());
        let tokens = TokenSet { scope: granted, ..tokens };
        files.write_tokens(&tokens)?;
        Ok(tokens)
    }
}
