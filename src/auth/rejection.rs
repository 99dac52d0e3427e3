//! What the server's rejection says about the sign-in in the cache. It is written there, so that the next step,
//! in whichever process, knows it.

use super::cache::{CacheError, SignInFiles, TokenSet};
use super::lease::{self, LeaseOutcome};
use super::token_endpoint::{ClientOrigin, ExchangeError, OAuthClient};
use super::{Token, now};

/// A refresh that the token endpoint has rejected.
#[derive(Debug, Clone, Copy)]
pub struct RejectedRefresh<'a> {
    /// The files of the sign-in.
    pub files: &'a SignInFiles,
    /// The OAuth client of the request.
    pub client: &'a OAuthClient,
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
        if !error.ends_grant() || !same() {
            return Ok(());
        }
        let rest = TokenSet { refresh_token: None, ..old.clone() };
        let rest = if self.access_refused { expired(rest) } else { rest };
        self.files.write_tokens(&rest)?;
        let unknown = error.refusal().is_some_and(|refusal| refusal.rejects_client());
        let registered = self.client.origin == ClientOrigin::Registered;
        if unknown && registered && has_client(self.files, &self.client.id) {
            self.files.remove_registration()?;
        }
        Ok(())
    }
}

// Unless another process has replaced the registration.
fn has_client(files: &SignInFiles, id: &str) -> bool {
    files.registration().ok().flatten().is_some_and(|stored| stored.client_id == id)
}

/// Removes a registration that the server has forgotten, and before that the refresh token, which only that client
/// could use.
///
/// # Errors
/// Fails if the lease or a file cannot be written.
pub fn forget_registration(files: &SignInFiles, id: &str) -> Result<(), CacheError> {
    let _lease = lease::acquire(files, &|_| false)?;
    if !has_client(files, id) {
        return Ok(());
    }
    if let Some(tokens) = files.tokens().ok().flatten().filter(|it| it.refresh_token.is_some()) {
        files.write_tokens(&TokenSet { refresh_token: None, ..tokens })?;
    }
    files.remove_registration()
}

/// Writes that a refused access token has expired, so that nothing uses it any more.
///
/// # Errors
/// Fails if the lease or the file cannot be written.
pub fn forget_access(files: &SignInFiles, refused: &Token) -> Result<(), CacheError> {
    let other = |tokens: &TokenSet| tokens.access_token != *refused;
    let LeaseOutcome::Acquired(_lease) = lease::acquire(files, &other)? else { return Ok(()) };
    let refused = files.tokens()?.filter(|tokens| !other(tokens));
    match refused.filter(|tokens| tokens.expires_at.is_none_or(|end| end > now())) {
        Some(tokens) => files.write_tokens(&expired(tokens)),
        None => Ok(()),
    }
}

fn expired(tokens: TokenSet) -> TokenSet {
    let end = tokens.expires_at.map_or_else(now, |end| end.min(now()));
    TokenSet { expires_at: Some(end), ..tokens }
}
