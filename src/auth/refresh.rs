//! Refreshes a sign-in under the lease, so that each refresh token is used once.

use std::thread::sleep;
use std::time::Duration;

use super::cache::{SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::credentials::Credentials;
use super::issuer::{self, IssuerError};
use super::lease::{self, LeaseOutcome};
use super::refreshable::registration;
use super::rejection::RejectedRefresh;
use super::token_endpoint;
use super::{Token, now};
use crate::http::HttpClient;

mod endpoint;
mod error;

pub use endpoint::RefreshEndpoint;
pub use error::RefreshError;

/// A request for valid tokens.
#[derive(Debug)]
pub struct RefreshRequest<'a> {
    /// The HTTP client.
    pub http: &'a HttpClient,
    /// The call that starts the bridge.
    pub call: &'a BridgeCall,
    /// The files of the sign-in.
    pub files: &'a SignInFiles,
    /// The secrets.
    pub credentials: &'a Credentials,
    /// Whether the server refuses the cached access token.
    pub access_refused: bool,
}

impl RefreshRequest<'_> {
    /// Returns a token set that `lasts`: the cached one, otherwise a refreshed one.
    ///
    /// # Errors
    /// Fails if there is no sign-in, or if it cannot be refreshed. If the server has rejected the refresh token, the
    /// cache has none then.
    pub fn valid_tokens(
        &self,
        lasts: &dyn Fn(&TokenSet, u64) -> bool,
    ) -> Result<TokenSet, RefreshError> {
        let tokens = self.files.tokens()?.ok_or(RefreshError::NotSignedIn)?;
        if lasts(&tokens, now()) {
            return Ok(tokens);
        }
        if tokens.refresh_token.is_none() {
            return without_refresh(tokens);
        }
        // Do this before acquiring the lease, which is short.
        let Some(remembered) = self.remembered(&tokens) else {
            return self.refresh_at(&self.discovered(&tokens)?, lasts);
        };
        let error = match self.refresh_at(&remembered, lasts) {
            Err(RefreshError::Exchange(error)) if error.may_have_moved() => error,
            done => return done,
        };
        match self.discovered(&tokens) {
            Ok(found) if found.url != remembered.url => self.refresh_at(&found, lasts),
            Ok(found) => {
                self.rejected(&found).record_alone(&tokens, &error)?;
                Err(error.into())
            }
            // Nobody knows whether the endpoint has moved.
            Err(unknown) if error.ends_grant() => Err(unknown),
            Err(_) => Err(error.into()),
        }
    }

    fn refresh_at(
        &self,
        endpoint: &RefreshEndpoint,
        lasts: &dyn Fn(&TokenSet, u64) -> bool,
    ) -> Result<TokenSet, RefreshError> {
        let rejected = self.rejected(endpoint);
        refresh_under_lease(self.files, Some(rejected), lasts, |tokens, refresh_token| {
            self.check_issuer(tokens, &endpoint.issuer)?;
            // As mcp-remote does: the granted scope, otherwise the requested one.
            let scope = tokens.scope.as_deref().or(tokens.asked_scope.as_deref());
            let scope = scope.or(endpoint.scope.as_deref());
            let endpoint = endpoint.token_endpoint(self);
            Ok(token_endpoint::refresh(endpoint, tokens, refresh_token, scope)?)
        })
    }

    /// Checks that a sign-in belongs to the discovered authorization server.
    ///
    /// # Errors
    /// Fails if it belongs to another one, or to an unknown one.
    pub fn check_issuer(&self, tokens: &TokenSet, found: &str) -> Result<(), IssuerError> {
        let registration = registration(self.call, self.files);
        issuer::check(tokens, registration.as_ref(), found)
    }

    fn rejected<'a>(&'a self, endpoint: &'a RefreshEndpoint) -> RejectedRefresh<'a> {
        RejectedRefresh {
            call: self.call,
            files: self.files,
            client: &endpoint.client,
            may_have_moved: endpoint.may_have_moved,
            access_refused: self.access_refused,
        }
    }
}

// Waits for other processes that refresh, and uses their tokens.
fn refresh_under_lease(
    files: &SignInFiles,
    rejected: Option<RejectedRefresh<'_>>,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
    spend: impl FnOnce(&TokenSet, &Token) -> Result<TokenSet, RefreshError>,
) -> Result<TokenSet, RefreshError> {
    let lasts = |tokens: &TokenSet| lasts(tokens, now());
    let lease = match lease::acquire(files, &lasts)? {
        LeaseOutcome::AlreadyRefreshed(tokens) => return Ok(*tokens),
        LeaseOutcome::Acquired(lease) => lease,
    };
    // The refresh token that was read before may be used by now.
    let tokens = files.tokens()?.ok_or(RefreshError::NotSignedIn)?;
    if lasts(&tokens) {
        return Ok(tokens);
    }
    let Some(refresh_token) = tokens.refresh_token.clone() else { return without_refresh(tokens) };
    files.sweep();
    match spend(&tokens, &refresh_token) {
        Ok(new) => {
            files.write_tokens(&new)?;
            lease.linger();
            Ok(new)
        }
        Err(error) => match refreshed_elsewhere(files, &tokens, &lasts) {
            Some(theirs) => Ok(theirs),
            None => {
                // Processes that wait for the lease then find no refresh token, and follow the one new sign-in.
                if let (Some(rejected), RefreshError::Exchange(error)) = (rejected, &error) {
                    rejected.record(&tokens, error)?;
                }
                Err(error)
            }
        },
    }
}

fn without_refresh(tokens: TokenSet) -> Result<TokenSet, RefreshError> {
    let lives = tokens.expires_at.is_none_or(|end| end > now());
    if lives { Ok(tokens) } else { Err(RefreshError::Expired) }
}

// Bridges before mcp-remote 0.8.3 ignore the lease, and newer ones ignore it after a 401. They
// write the refreshed tokens a moment later.
fn refreshed_elsewhere(
    files: &SignInFiles,
    old: &TokenSet,
    lasts: &dyn Fn(&TokenSet) -> bool,
) -> Option<TokenSet> {
    for _ in 0..5 {
        let found = files.tokens().ok().flatten();
        let theirs = found.filter(|new| new.access_token != old.access_token && lasts(new));
        if theirs.is_some() {
            return theirs;
        }
        sleep(Duration::from_millis(100));
    }
    None
}

#[cfg(test)]
mod tests;
