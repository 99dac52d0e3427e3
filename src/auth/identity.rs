//! Enterprise-managed authorization: the identity of a person who has signed in at an identity provider gets an access
//! token for a server, without a page.
//!
//! The provider exchanges the ID token for an assertion (an ID-JAG) that only the server's authorization server accepts, and
//! that exchanges the assertion for an access token.

use std::time::Instant;

use serde_json::Value;

use super::cache::TokenSet;
use super::call::BridgeCall;
use super::credentials::Credentials;
use super::identity_error::IdentityError;
use super::provider_access::ProviderAccess;
use super::refresh::{RefreshEndpoint, RefreshError, RefreshRequest};
use super::token_endpoint::{
    REFRESH_TIMEOUT, TokenEndpoint, exchange_assertion, exchange_identity,
};
use super::token_set::{claims, jwt_end};
use super::{Token, now};
use crate::display::excerpt;
use crate::http::HttpClient;

/// The identity of a person, as the provider confirms it.
#[derive(Debug)]
pub struct PersonIdentity<'a> {
    http: &'a HttpClient,
    issuer: &'a str,
    endpoint: RefreshEndpoint,
    id_token: Token,
}

impl<'a> PersonIdentity<'a> {
    /// Gets a valid ID token: the stored one, otherwise a renewed one.
    ///
    /// # Errors
    /// Fails if nobody has signed in at the provider, or if it does not renew the sign-in.
    pub fn get(call: &'a BridgeCall, access: &'a ProviderAccess) -> Result<Self, IdentityError> {
        let issuer = call.url.as_str();
        let unreachable = |error: RefreshError| {
            let cause = Box::new(error);
            IdentityError::Unreachable { issuer: excerpt(issuer), cause }
        };
        let http = access.http().map_err(|error| unreachable(error.into()))?;
        let client_secret = access.client_secret.clone();
        let credentials = &Credentials { client_secret, ..Credentials::default() };
        let files = &access.files;
        let request = RefreshRequest { http, call, files, credentials, access_refused: false };
        let over = |why: String| IdentityError::Over { issuer: excerpt(issuer), why };
        let (id_token, tokens) = match &access.id_token {
            Some(given) => (given.clone(), None),
            None => {
                let fresh = |tokens: &TokenSet, now: u64| call.is_fresh(tokens, now);
                let tokens = request.valid_tokens(&fresh).map_err(|error| {
                    if matches!(error, RefreshError::NotSignedIn) {
                        IdentityError::NotSignedIn { issuer: excerpt(issuer) }
                    } else if error.needs_sign_in() {
                        over(error.to_string())
                    } else {
                        unreachable(error)
                    }
                })?;
                let id_token = tokens.id_token.clone();
                let id_token = id_token.ok_or_else(|| over("it has no ID token".to_owned()))?;
                if jwt_end(&id_token).is_some_and(|end| end <= now()) {
                    return Err(over(
                        "the ID token has expired, and there is no new one".to_owned(),
                    ));
                }
                (id_token, Some(tokens))
            }
        };
        check(&id_token, call)?;
        let endpoint = request.provider_endpoint(tokens.as_ref()).map_err(unreachable)?;
        Ok(Self { http, issuer, endpoint, id_token })
    }

    /// Gets an access token at an authorization server.
    ///
    /// # Errors
    /// Fails if the provider issues no assertion for the server, or if the server does not accept it.
    pub fn exchange(
        &self,
        server: TokenEndpoint<'_>,
        scope: Option<&str>,
    ) -> Result<TokenSet, IdentityError> {
        // All requests together must end before the lease does.
        let deadline = Instant::now() + REFRESH_TIMEOUT;
        let (provider, http) = (self.http.until(deadline), server.http.until(deadline));
        let server = TokenEndpoint { http: &http, ..server };
        let assertion = self.assertion(&provider, server, scope)?;
        let mut done = exchange_assertion(server, &assertion, scope);
        if done.as_ref().is_err_and(|error| error.code() == Some("invalid_grant")) {
            // The assertion may have expired since it was issued.
            let assertion = self.assertion(&provider, server, scope)?;
            done = exchange_assertion(server, &assertion, scope);
        }
        done.map_err(|error| {
            IdentityError::of_request(server.issuer, error, |cause| IdentityError::NotAccepted {
                issuer: excerpt(self.issuer),
                server: excerpt(server.issuer),
                mismatch: mismatch(&assertion, server),
                cause,
            })
        })
    }

    fn assertion(
        &self,
        http: &HttpClient,
        server: TokenEndpoint<'_>,
        scope: Option<&str>,
    ) -> Result<Token, IdentityError> {
        let provider = TokenEndpoint {
            http,
            url: &self.endpoint.url,
            issuer: &self.endpoint.issuer,
            client: &self.endpoint.client,
            resource: server.resource,
        };
        exchange_identity(provider, &self.id_token, server.issuer, scope).map_err(|error| {
            let (issuer, server) = (excerpt(self.issuer), excerpt(server.issuer));
            let refused = |cause| IdentityError::NotAllowed { issuer, server, cause };
            IdentityError::of_request(self.issuer, error, refused)
        })
    }
}

/// Checks the tokens of a new sign-in at an identity provider.
///
/// # Errors
/// Fails if they do not identify anybody to this client.
pub fn check_sign_in(tokens: &TokenSet, call: &BridgeCall) -> Result<(), RefreshError> {
    let over = || IdentityError::NoIdToken { issuer: excerpt(&call.url) };
    Ok(check(tokens.id_token.as_ref().ok_or_else(over)?, call)?)
}

// OpenID Connect Core 1.0, section 3.1.3.7. The token comes from the token endpoint itself or from the user, so its
// signature is the provider's to verify.
fn check(id_token: &Token, call: &BridgeCall) -> Result<(), IdentityError> {
    let wrong = |why: String, help: &'static str| {
        Err(IdentityError::WrongIdToken { issuer: excerpt(&call.url), why, help })
    };
    let Some(claims) = claims(id_token) else {
        return wrong("is not a JSON Web Token".to_owned(), "check `id-token` in [idp]");
    };
    let has = |claim: &Value, wanted: &str| {
        claim == wanted || claim.as_array().into_iter().flatten().any(|one| one == wanted)
    };
    let shown = |claim: &str| excerpt(&claims[claim].to_string());
    if !has(&claims["iss"], &call.url) {
        let why = format!("names the issuer {}", shown("iss"));
        return wrong(why, "check `issuer` of the identity provider in [idp]");
    }
    let client = call.client_id.as_deref().unwrap_or_default();
    if !has(&claims["aud"], client) {
        let why = format!("is for the client {}, not for `{client}`", shown("aud"));
        return wrong(why, "check `client-id` of the identity provider in [idp]");
    }
    match jwt_end(id_token) {
        Some(end) if end <= now() => wrong(
            "has expired".to_owned(),
            "check the clock, and what gets the `id-token` in [idp]",
        ),
        Some(_) | None => Ok(()),
    }
}

// Says what an authorization server may object to in an assertion.
fn mismatch(assertion: &Token, server: TokenEndpoint<'_>) -> Option<String> {
    let claims = claims(assertion)?;
    let wanted = [
        ("aud", Some(server.issuer)),
        ("client_id", Some(server.client.id.as_str())),
        ("resource", server.resource),
    ];
    let mut wrong = wanted.into_iter().filter_map(|(name, wanted)| {
        let (found, wanted) = (claims.get(name)?.as_str()?, wanted?);
        let differs = found.trim_end_matches('/') != wanted.trim_end_matches('/');
        differs.then(|| {
            let (found, wanted) = (excerpt(found), excerpt(wanted));
            format!("the provider's assertion has the `{name}` `{found}`, but the server's is `{wanted}`")
        })
    });
    wrong.next()
}
