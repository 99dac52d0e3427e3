//! Gets a new token, with a refresh or a sign-in, in place of a token that was refused or is about to expire.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{BridgeCredential, NewToken, SignInProgress};
use crate::auth::cache::{CacheError, TokenSet};
use crate::auth::login::{LoginError, LoginMethod, LoginRequest, SkipIf, login};
use crate::auth::refresh::{RefreshError, RefreshRequest};
use crate::auth::rejection::forget_access;
use crate::auth::unattended::tokens_without_person;
use crate::auth::{Token, now};
use crate::bridge::credential_error::{BridgeCredentialError, NO_SIGN_IN};
use crate::diagnostic::{Help, one_line};
use crate::http::shown;
use crate::model::Grant;

// The pause before a refresh is repeated if the server is busy.
const BUSY: Duration = Duration::from_secs(1);

impl BridgeCredential {
    /// Refreshes the token, or prompts a person to sign in.
    pub(super) fn renew(
        &self,
        sent: Option<&Token>,
        refreshed: bool,
        person: bool,
        state: &mut SignInProgress,
    ) -> Result<NewToken, BridgeCredentialError> {
        let known = self.known.lock().tokens.clone();
        if !refreshed && known.as_ref().is_some_and(|tokens| self.can_refresh(tokens)) {
            if let Some((_, error)) = state.paused.as_ref().filter(|(end, _)| Instant::now() < *end)
            {
                return Err(error.clone());
            }
            state.rate_limit.refresh().map_err(BridgeCredentialError::RateLimit)?;
            let other = |tokens: &TokenSet, now: u64| {
                self.sent(tokens).as_ref() != sent && tokens.expires_at.is_none_or(|end| end > now)
            };
            let mut done = self.refresh(&other, true);
            if done.as_ref().is_err_and(NotRefreshed::is_brief) {
                sleep(BUSY);
                done = self.refresh(&other, true);
            }
            match done {
                Ok(tokens) if self.sent(&tokens).as_ref() != sent => {
                    self.keep(tokens);
                    return Ok(NewToken::Refreshed);
                }
                Ok(_) => {}
                Err(NotRefreshed::Failed { why, pause }) => {
                    let error = self.refresh_failed(why);
                    state.paused = pause.map(|pause| (Instant::now() + pause, error.clone()));
                    return Err(error);
                }
                Err(NotRefreshed::Expired(why)) => {
                    self.log.debug(&format!("the sign-in has expired: {why}"));
                }
            }
        } else if let Some(refused) = known.filter(|tokens| self.sent(tokens).as_ref() == sent) {
            // If the sign-in is not completed, the next command must not use this token.
            forget_access(&self.call, &self.files, &refused.access_token).ok();
        }
        if !person && !self.call.grant.is_unattended() {
            return Err(BridgeCredentialError::NotAsked(shown(&self.call.url)));
        }
        self.sign_in(sent, None, state).map(|()| NewToken::SignedIn)
    }

    /// Signs in, for a `wider` scope if the server requires one.
    pub(super) fn sign_in(
        &self,
        sent: Option<&Token>,
        wider: Option<&str>,
        state: &mut SignInProgress,
    ) -> Result<(), BridgeCredentialError> {
        state.rate_limit.sign_in().map_err(BridgeCredentialError::RateLimit)?;
        let http = self.http().map_err(failed)?;
        let tokens = match self.call.grant {
            Grant::ClientCredentials | Grant::Enterprise | Grant::JwtBearer => {
                let (files, credentials) = (&self.files, &self.credentials);
                let renewal = RefreshRequest {
                    http,
                    call: &self.call,
                    files,
                    credentials,
                    access_refused: true,
                };
                let good = |tokens: &TokenSet| self.is_another(tokens, sent);
                tokens_without_person(&renewal, &good).map_err(|error| self.failed(error))?
            }
            Grant::Browser | Grant::Device if self.env.var(NO_SIGN_IN).is_some() => {
                return Err(BridgeCredentialError::Forbidden(shown(&self.call.url)));
            }
            Grant::Browser | Grant::Device => {
                let device = self.call.grant == Grant::Device;
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
                    pasted: None,
                    timeout: self.sign_in_timeout,
                };
                let begun = login(&job, &mut |event| self.log.sign_in(&event));
                self.log.signed_in(begun.is_ok());
                begun.map_err(|error| match error {
                    LoginError::TimedOut { seconds, .. } => {
                        BridgeCredentialError::TimedOut { seconds, note: error.note() }
                    }
                    error @ (LoginError::Http(_)
                    | LoginError::CallbackPort(_)
                    | LoginError::Discover(_)
                    | LoginError::Register(_)
                    | LoginError::Authorize(_)
                    | LoginError::Device(_)
                    | LoginError::Exchange(_)
                    | LoginError::Credential(_)
                    | LoginError::Unattended(_)
                    | LoginError::Cache(_)
                    | LoginError::Fs(_)) => failed(error),
                })?
            }
        };
        state.scope = tokens.asked_scope.clone().or(state.scope.take());
        self.keep(tokens);
        Ok(())
    }

    /// Returns the last known token.
    pub fn known(&self) -> Option<Token> {
        self.sent(self.known.lock().tokens.as_ref()?)
    }

    /// Waits until no token is being refreshed, or until the timeout.
    pub fn wait_refreshed(&self, timeout: Duration) {
        let under_way = |refreshing: &mut bool| *refreshing;
        self.refreshed.wait_while_for(&mut self.refreshing.lock(), under_way, timeout);
    }

    /// Refreshes the token set under the lease.
    pub(super) fn refresh(
        &self,
        lasts: &dyn Fn(&TokenSet, u64) -> bool,
        access_refused: bool,
    ) -> Result<TokenSet, NotRefreshed> {
        *self.refreshing.lock() = true;
        let refreshed = self.refresh_under_lease(lasts, access_refused);
        *self.refreshing.lock() = false;
        self.refreshed.notify_all();
        refreshed
    }

    fn refresh_under_lease(
        &self,
        lasts: &dyn Fn(&TokenSet, u64) -> bool,
        access_refused: bool,
    ) -> Result<TokenSet, NotRefreshed> {
        let http = self.http().map_err(RefreshError::Http)?;
        let (call, files, credentials) = (&self.call, &self.files, &self.credentials);
        let renewal = RefreshRequest { http, call, files, credentials, access_refused };
        match self.call.grant {
            Grant::ClientCredentials | Grant::Enterprise | Grant::JwtBearer => {
                Ok(tokens_without_person(&renewal, &|tokens| lasts(tokens, now()))?)
            }
            Grant::Browser | Grant::Device => Ok(renewal.valid_tokens(lasts)?),
        }
    }
}

impl BridgeCredential {
    fn failed(&self, error: RefreshError) -> BridgeCredentialError {
        if matches!(error, RefreshError::Identity(_)) {
            return self.refresh_failed(Arc::new(error));
        }
        failed(error)
    }

    // Only the command that has started the bridge knows how a person signs in.
    fn refresh_failed(&self, why: Arc<RefreshError>) -> BridgeCredentialError {
        let at_provider = matches!(&*why, RefreshError::Identity(error) if error.needs_sign_in());
        match &self.login {
            Some(login) if at_provider => {
                BridgeCredentialError::AtProvider { why, login: login.clone() }
            }
            Some(_) | None => BridgeCredentialError::Refresh(why),
        }
    }
}

fn failed(error: impl Help + Send + Sync + 'static) -> BridgeCredentialError {
    BridgeCredentialError::SignIn(Arc::new(error))
}

/// Why a token set was not refreshed.
#[derive(Debug)]
pub(super) enum NotRefreshed {
    /// A new sign-in would not help, or is not necessary.
    Failed {
        why: Arc<RefreshError>,
        /// The pause that the server requires before the next attempt, if it is busy.
        pause: Option<Duration>,
    },
    /// A new sign-in is necessary.
    Expired(Arc<RefreshError>),
}

impl NotRefreshed {
    // Returns whether the pause is so short that the client can wait for the next attempt.
    fn is_brief(&self) -> bool {
        self.pause().is_some_and(|pause| pause <= BUSY)
    }

    /// Returns the pause that the server requires before the next attempt.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self {
            Self::Failed { pause, .. } => *pause,
            Self::Expired(_) => None,
        }
    }
}

impl std::fmt::Display for NotRefreshed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Failed { why, .. } | Self::Expired(why)) = self;
        f.write_str(&one_line(&**why))
    }
}

impl From<RefreshError> for NotRefreshed {
    fn from(error: RefreshError) -> Self {
        let why = Arc::new(error);
        match &*why {
            // A new sign-in would fail with the same error.
            RefreshError::Http(_)
            | RefreshError::Discover(_)
            | RefreshError::Fs(_)
            | RefreshError::Credential(_)
            | RefreshError::ClientKey(_)
            | RefreshError::NoClientId
            | RefreshError::NoAssertion
            | RefreshError::Cache(CacheError::Fs(_)) => Self::Failed { why, pause: None },
            // A person signs in at the provider, which a bridge cannot do.
            RefreshError::Identity(error) => {
                let busy = error.exchange().and_then(|error| error.refusal());
                let busy = busy.filter(|refusal| refusal.is_transient());
                let pause = busy.map(|busy| busy.retry_after().unwrap_or_default());
                Self::Failed { why, pause }
            }
            RefreshError::Exchange(error) if !error.ends_grant() => {
                let busy = error.refusal().filter(|refusal| refusal.is_transient());
                let pause = busy.map(|busy| busy.retry_after().unwrap_or_default());
                Self::Failed { why, pause }
            }
            RefreshError::Cache(_)
            | RefreshError::Exchange(_)
            | RefreshError::Issuer(_)
            | RefreshError::NoRegistration
            | RefreshError::NotSignedIn
            | RefreshError::Expired
            | RefreshError::NoRefreshToken
            | RefreshError::StillRefused => Self::Expired(why),
        }
    }
}
