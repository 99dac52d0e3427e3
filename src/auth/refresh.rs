//! Renewing a sign-in under the lease, so that a refresh token is spent once whoever asks.

use std::thread::sleep;
use std::time::Duration;

use super::cache::{CacheError, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::credentials::{CredentialError, Credentials};
use super::discover::{DiscoverError, Discovery, discover};
use super::http::{Http, HttpError};
use super::lease::{self, LeaseOutcome};
use super::token_endpoint::{self, ClientAuthMethod, ExchangeError, OAuthClient, TokenEndpoint};
use super::{Token, login, now, register};
use crate::fs::FsError;
use crate::paths::Os;

/// Says why a sign-in could not be renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The token endpoint.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// What the declaration only names.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The server signs in elsewhere by now, and credentials belong to one issuer.
    #[error("the sign-in comes from `{stored}`, and the server names `{found}` now")]
    OtherIssuer {
        /// Who gave the token set.
        stored: String,
        /// Who would be asked.
        found: String,
    },
    /// Nobody knows any more as whom the sign-in was made.
    #[error("the client registration of the sign-in is gone")]
    NoRegistration,
    /// A client that is to speak for itself is not named.
    #[error(
        "the client credentials grant wants a client; give its id and secret with \
         `--static-oauth-client-info`"
    )]
    NoClientId,
    /// There is no sign-in.
    #[error("there is no sign-in")]
    NotSignedIn,
    /// The access token has ended and nothing gets the next one.
    #[error("the sign-in has ended and does not renew itself")]
    Expired,
}

impl RefreshError {
    /// Returns whether a new sign-in puts it right.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::OtherIssuer { .. } | Self::NoRegistration | Self::NotSignedIn | Self::Expired => {
                true
            }
            Self::Cache(error) => error.needs_sign_in(),
            Self::Exchange(error) => error.code() == Some("invalid_grant"),
            Self::Fs(_)
            | Self::Http(_)
            | Self::Discover(_)
            | Self::Credential(_)
            | Self::NoClientId => false,
        }
    }
}

/// Holds a sign-in to renew.
#[derive(Debug)]
pub struct RefreshRequest<'a> {
    /// How requests are sent.
    pub http: &'a Http,
    /// The call that the bridge is started with.
    pub call: &'a BridgeCall,
    /// Where the sign-in lies.
    pub files: &'a SignInFiles,
    /// What the declaration only names.
    pub credentials: &'a Credentials,
    /// Whether a refresh token that the server will never take again is taken out of the cache.
    pub forget_refused: bool,
}

impl RefreshRequest<'_> {
    /// Returns a token set that `lasts` at the time it is asked about: the one in the cache, else one that the
    /// server gives for its refresh token.
    ///
    /// # Errors
    /// Fails where there is no sign-in, and where it does not last and cannot be renewed. The cache is then as
    /// it was.
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
        // Before the lease, which is short: only the one request that spends the token is made under it.
        let found = discover(self.http, &self.call.url, &self.credentials.headers)?;
        let client = self.client(&found)?;
        refresh_under_lease(self.files, self.forget_refused, lasts, |tokens, refresh_token| {
            check_issuer(tokens.issuer.as_deref(), &found)?;
            let token_endpoint = TokenEndpoint {
                http: self.http,
                url: &found.server.token_endpoint,
                issuer: &found.server.issuer,
                client: &client,
                resource: login::resource(self.call, &found),
            };
            Ok(token_endpoint::refresh(token_endpoint, tokens, refresh_token)?)
        })
    }

    /// Returns as whom the sign-in was made, in the order of a login.
    ///
    /// # Errors
    /// Fails where nobody knows any more.
    pub fn client(&self, found: &Discovery) -> Result<OAuthClient, RefreshError> {
        if let Some(id) = &self.call.client_id {
            let secret = self.credentials.client_secret.clone();
            let offered = &found.server.auth_methods;
            return Ok(register::declared_client(id, secret, &self.call.client_metadata, offered));
        }
        if let Some(url) = &self.call.client_metadata_url
            && found.server.supports_client_metadata_documents
        {
            return Ok(OAuthClient {
                id: url.clone(),
                secret: None,
                method: ClientAuthMethod::None,
            });
        }
        let registration = self.files.registration()?.ok_or(RefreshError::NoRegistration)?;
        check_issuer(registration.issuer.as_deref(), found)?;
        Ok(register::registered_client(&registration, &found.server))
    }
}

/// Returns whether a bridge will renew a sign-in and ask nobody: there is a refresh token, and it is known as
/// whom to spend it. A registration without the bridge's own callback address is thrown away by it.
pub fn renews_itself(call: &BridgeCall, files: &SignInFiles, tokens: &TokenSet, os: Os) -> bool {
    if tokens.refresh_token.is_none() {
        return false;
    }
    if call.client_id.is_some() || call.client_metadata_url.is_some() {
        return true;
    }
    let redirect = call.redirect_uri(os, call.base_port(files.key()));
    let registration = files.registration().ok().flatten();
    registration.is_some_and(|registration| registration.redirect_uris.contains(&redirect))
}

/// Returns whether a stored issuer is the one that was found. A final slash makes no other one to the bridge
/// either, which writes it so.
pub fn same_issuer(stored: &str, found: &str) -> bool {
    stored.trim_end_matches('/') == found.trim_end_matches('/')
}

/// Checks that who would be asked is who gave a sign-in; one that names nobody may be anybody's.
///
/// # Errors
/// Fails where it is another authorization server.
pub fn check_issuer(stored: Option<&str>, found: &Discovery) -> Result<(), RefreshError> {
    let found = &found.server.issuer;
    match stored.filter(|stored| !same_issuer(stored, found)) {
        Some(stored) => {
            let (stored, found) = (stored.to_owned(), found.clone());
            Err(RefreshError::OtherIssuer { stored, found })
        }
        None => Ok(()),
    }
}

// Whoever else refreshes meanwhile is waited for, and their tokens taken.
fn refresh_under_lease(
    files: &SignInFiles,
    forget_refused: bool,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
    spend: impl FnOnce(&TokenSet, &Token) -> Result<TokenSet, RefreshError>,
) -> Result<TokenSet, RefreshError> {
    let lasts = |tokens: &TokenSet| lasts(tokens, now());
    let lease = match lease::acquire(files, &lasts)? {
        LeaseOutcome::AlreadyRefreshed(tokens) => return Ok(*tokens),
        LeaseOutcome::Acquired(lease) => lease,
    };
    // What was read before the lease was ours may be spent.
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
            None if forget_refused => remove_refresh_token(files, tokens, &error).and(Err(error)),
            None => Err(error),
        },
    }
}

// It is offered by nobody else either then: whoever waits for the lease finds that there is none, and follows the
// one sign-in that comes of it.
fn remove_refresh_token(
    files: &SignInFiles,
    old: TokenSet,
    error: &RefreshError,
) -> Result<(), RefreshError> {
    let RefreshError::Exchange(refused) = error else { return Ok(()) };
    let same = || files.tokens().ok().flatten().is_some_and(|now| now == old);
    if refused.code() == Some("invalid_grant") && same() {
        files.write_tokens(&TokenSet { refresh_token: None, ..old })?;
    }
    Ok(())
}

fn without_refresh(tokens: TokenSet) -> Result<TokenSet, RefreshError> {
    let lives = tokens.expires_at.is_none_or(|end| end > now());
    if lives { Ok(tokens) } else { Err(RefreshError::Expired) }
}

// Bridges before mcp-remote 0.8.3 know no lease, and newer ones take none where a request is answered 401: what
// they have just spent they write down a moment later.
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
