//! What the server's rejection says about the sign-in in the cache. It is written there, so that the next step,
//! in whichever process, knows it.

use super::cache::{CacheError, Registration, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::lease::{self, LeaseOutcome};
use super::oauth_client::{ClientOrigin, OAuthClient};
use super::token_endpoint::ExchangeError;
use super::{Token, issuer, now};

/// A refresh that the token endpoint has rejected.
#[derive(Debug, Clone, Copy)]
pub struct RejectedRefresh<'a> {
    /// The call that starts the bridge.
    pub call: &'a BridgeCall,
    /// The files of the sign-in.
    pub files: &'a SignInFiles,
    /// The OAuth client of the request.
    pub client: &'a OAuthClient,
    /// Whether the token endpoint may have another URL now.
    pub may_have_moved: bool,
    /// Whether the server refuses the access token too.
    pub access_refused: bool,
}

impl RejectedRefresh<'_> {
    /// Removes from the cache what the rejection has ended: the refresh token, and a registration that the server has
    /// forgotten. Only the holder of the lease may call this.
    ///
    /// # Errors
    /// Fails if a file cannot be changed.
    pub fn record(&self, old: &TokenSet, error: &ExchangeError) -> Result<(), CacheError> {
        let same = || self.files.tokens().ok().flatten().is_some_and(|tokens| tokens == *old);
        let is_final = error.ends_grant() && !(self.may_have_moved && error.may_have_moved());
        if !is_final || !same() {
            return Ok(());
        }
        let unknown = error.refusal().is_some_and(|refusal| refusal.rejects_client());
        let registered = self.client.origin == ClientOrigin::Registered;
        let forgotten = registration(self.files, &self.client.id).filter(|_| unknown && registered);
        let rest = unrefreshable(old.clone(), forgotten.as_ref());
        let rest = if self.access_refused { expired(self.call, rest) } else { rest };
        self.files.write_tokens(&rest)?;
        if forgotten.is_some() { self.files.remove_registration() } else { Ok(()) }
    }

    /// Does the same, and holds the lease meanwhile.
    ///
    /// # Errors
    /// Fails if the lease or a file cannot be written.
    pub fn record_alone(&self, old: &TokenSet, error: &ExchangeError) -> Result<(), CacheError> {
        if !error.ends_grant() {
            return Ok(());
        }
        let _lease = lease::acquire(self.files, &|_| false)?;
        self.record(old, error)
    }
}

// None if another process has replaced the registration.
fn registration(files: &SignInFiles, id: &str) -> Option<Registration> {
    files.registration().ok().flatten().filter(|stored| stored.client_id == id)
}

// Without its registration, a token set would no longer say who has issued it.
fn unrefreshable(tokens: TokenSet, forgotten: Option<&Registration>) -> TokenSet {
    let issuer = issuer::of_sign_in(&tokens, forgotten);
    TokenSet { refresh_token: None, issuer, ..tokens }
}

/// Removes a registration that the server has forgotten, and before that the refresh token, which only that client
/// could use.
///
/// # Errors
/// Fails if the lease or a file cannot be written.
pub fn forget_registration(files: &SignInFiles, id: &str) -> Result<(), CacheError> {
    let _lease = lease::acquire(files, &|_| false)?;
    let Some(forgotten) = registration(files, id) else { return Ok(()) };
    if let Some(tokens) = files.tokens().ok().flatten() {
        let rest = unrefreshable(tokens.clone(), Some(&forgotten));
        if rest != tokens {
            files.write_tokens(&rest)?;
        }
    }
    files.remove_registration()
}

/// Writes that a refused access token has expired, so that nothing uses it any more.
///
/// # Errors
/// Fails if the lease or the file cannot be written.
pub fn forget_access(
    call: &BridgeCall,
    files: &SignInFiles,
    refused: &Token,
) -> Result<(), CacheError> {
    let other = |tokens: &TokenSet| tokens.access_token != *refused;
    let LeaseOutcome::Acquired(_lease) = lease::acquire(files, &other)? else { return Ok(()) };
    let refused = files.tokens()?.filter(|tokens| !other(tokens));
    let lasts = |tokens: &TokenSet| call.as_sent(tokens).expires_at.is_none_or(|end| end > now());
    match refused.filter(lasts) {
        Some(tokens) => files.write_tokens(&expired(call, tokens)),
        None => Ok(()),
    }
}

// An ID token that is sent has an expiry of its own, so it is removed.
fn expired(call: &BridgeCall, tokens: TokenSet) -> TokenSet {
    let end = tokens.expires_at.map_or_else(now, |end| end.min(now()));
    let id_token = tokens.id_token.clone().filter(|_| !call.id_token);
    TokenSet { expires_at: Some(end), id_token, ..tokens }
}

#[cfg(test)]
mod tests;
