//! Another token in place of one that was refused or is about to end: renewed, or signed in for.

use std::sync::TryLockError;
use std::time::Duration;

use super::{Access, AccessError, Had, Turn, lock};
use crate::auth::cache::{CacheError, TokenSet};
use crate::auth::client_credentials::client_credentials;
use crate::auth::http::shown;
use crate::auth::login::{LoginError, LoginMethod, LoginRequest, SkipIf, login};
use crate::auth::refresh::{RefreshError, RefreshRequest};
use crate::auth::token_endpoint::ExchangeError;
use crate::auth::{Token, now};
use crate::bridge::options::Grant;

impl Access {
    /// Renews what was refused, else signs in.
    pub(super) fn again(
        &self,
        sent: Option<&Token>,
        renewed: bool,
        person: bool,
        turn: &mut Turn,
    ) -> Result<Had, AccessError> {
        let known = lock(&self.known).tokens.clone();
        if !renewed && known.is_some_and(|tokens| self.renews(&tokens)) {
            turn.brake.renewal().map_err(AccessError::Brake)?;
            let other = |tokens: &TokenSet, now: u64| {
                self.sent(tokens).as_ref() != sent && tokens.expires_at.is_none_or(|end| end > now)
            };
            match self.renew(&other) {
                Ok(tokens) if self.sent(&tokens).as_ref() != sent => {
                    self.keep(tokens);
                    return Ok(Had::Renewed);
                }
                Ok(_) => {}
                Err(Stuck::Here(why)) => return Err(AccessError::Renewal(why)),
                Err(Stuck::Over(why)) => self.say.debug(&format!("the sign-in is over: {why}")),
            }
        }
        if !person && self.grant != Grant::ClientCredentials {
            return Err(AccessError::Unasked(shown(&self.call.url)));
        }
        self.sign_in(sent, None, turn).map(|()| Had::SignedIn)
    }

    /// Signs in, for a wider scope where one is wanted.
    pub(super) fn sign_in(
        &self,
        sent: Option<&Token>,
        wider: Option<&str>,
        turn: &mut Turn,
    ) -> Result<(), AccessError> {
        turn.brake.sign_in().map_err(AccessError::Brake)?;
        let failed = |error: &dyn std::error::Error| AccessError::SignIn(error.to_string());
        let http = self.http().map_err(|error| failed(&error))?;
        let tokens = match self.grant {
            Grant::ClientCredentials => {
                let (files, credentials) = (&self.files, &self.credentials);
                let renewal = RefreshRequest {
                    http,
                    call: &self.call,
                    files,
                    credentials,
                    forget_refused: true,
                };
                let good = |tokens: &TokenSet| self.is_another(tokens, sent);
                client_credentials(&renewal, &good).map_err(|error| failed(&error))?
            }
            Grant::Browser | Grant::Device => {
                let device = self.grant == Grant::Device;
                let job = LoginRequest {
                    env: &self.env,
                    http,
                    call: &self.call,
                    files: &self.files,
                    credentials: &self.credentials,
                    wider_scope: wider,
                    success_url: self.success_url.as_deref(),
                    skip_if: Some(SkipIf(&|tokens| self.is_another(tokens, sent))),
                    method: if device { LoginMethod::Device } else { LoginMethod::Browser },
                    timeout: self.patience,
                };
                let begun = login(&job, &mut |event| self.say.sign_in(&event));
                self.say.signed_in(begun.is_ok());
                begun.map_err(|error| match error {
                    LoginError::TimedOut(..) => AccessError::TimedOut(self.patience.as_secs()),
                    error @ (LoginError::Http(_)
                    | LoginError::CallbackPort(_)
                    | LoginError::Discover(_)
                    | LoginError::Register(_)
                    | LoginError::Authorize(_)
                    | LoginError::Device(_)
                    | LoginError::Exchange(_)
                    | LoginError::Credential(_)
                    | LoginError::Cache(_)
                    | LoginError::Fs(_)) => failed(&error),
                })?
            }
        };
        turn.asked = tokens.asked_scope.clone().or(turn.asked.take());
        self.keep(tokens);
        Ok(())
    }

    /// Returns the token as it was last known.
    pub fn known(&self) -> Option<Token> {
        self.sent(lock(&self.known).tokens.as_ref()?)
    }

    /// Returns whether another token is being had, which may take a person's time.
    pub fn is_busy(&self) -> bool {
        matches!(self.turn.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Waits a while for a token that is being renewed.
    pub fn wait_renewed(&self, patience: Duration) {
        let under_way = |renewing: &mut bool| *renewing;
        drop(self.renewed.wait_timeout_while(lock(&self.renewing), patience, under_way));
    }

    /// Renews the token set under the lease.
    pub(super) fn renew(&self, lasts: &dyn Fn(&TokenSet, u64) -> bool) -> Result<TokenSet, Stuck> {
        *lock(&self.renewing) = true;
        let renewed = self.renew_under_lease(lasts);
        *lock(&self.renewing) = false;
        self.renewed.notify_all();
        renewed
    }

    fn renew_under_lease(&self, lasts: &dyn Fn(&TokenSet, u64) -> bool) -> Result<TokenSet, Stuck> {
        let http = self.http().map_err(|error| Stuck::Here(error.to_string()))?;
        let (call, files, credentials) = (&self.call, &self.files, &self.credentials);
        let renewal = RefreshRequest { http, call, files, credentials, forget_refused: true };
        match self.grant {
            Grant::ClientCredentials => {
                Ok(client_credentials(&renewal, &|tokens| lasts(tokens, now()))?)
            }
            Grant::Browser | Grant::Device => Ok(renewal.valid_tokens(lasts)?),
        }
    }
}

/// Says why a token set was not renewed: another sign-in would not help, or it would.
#[derive(Debug)]
pub(super) enum Stuck {
    /// It would not.
    Here(String),
    /// It would.
    Over(String),
}

impl std::fmt::Display for Stuck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Here(why) | Self::Over(why)) = self;
        f.write_str(why)
    }
}

impl From<RefreshError> for Stuck {
    fn from(error: RefreshError) -> Self {
        let why = error.to_string();
        match error {
            RefreshError::Http(_)
            | RefreshError::Fs(_)
            | RefreshError::Credential(_)
            | RefreshError::NoClientId
            | RefreshError::Cache(CacheError::Fs(_))
            | RefreshError::Exchange(ExchangeError::Http(_)) => Self::Here(why),
            // An answer that is no refusal, as of a server that is being restarted, ends no sign-in.
            RefreshError::Exchange(ref refused) if refused.code().is_none() => Self::Here(why),
            RefreshError::Cache(_)
            | RefreshError::Discover(_)
            | RefreshError::Exchange(_)
            | RefreshError::OtherIssuer { .. }
            | RefreshError::NoRegistration
            | RefreshError::NotSignedIn
            | RefreshError::Expired => Self::Over(why),
        }
    }
}
