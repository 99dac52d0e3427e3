//! The credential of a request, and how to get another one if the server refuses it.
//!
//! All bridges share the cache, and another bridge may have refreshed the tokens a moment ago. So if a token is
//! refused, the bridge first looks for another token in the cache, then refreshes the token under the lease, and only
//! then prompts a person to sign in.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::auth::cache::{CacheError, SignInFiles, TokenSet};
use crate::auth::call::BridgeCall;
use crate::auth::challenge::Challenge;
use crate::auth::credentials::Credentials;
use crate::auth::{Token, now};
use crate::bridge::credential_error::BridgeCredentialError;
use crate::bridge::log::BridgeLog;
use crate::bridge::options::BridgeOptions;
use crate::diagnostic::one_line;
use crate::http::{HttpClient, HttpConfig, HttpError};
use crate::paths::Environment;

mod rate_limit;
mod redact;
mod refresh;
mod scope;

use rate_limit::RateLimit;
use scope::union;

/// The source of a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewToken {
    Cached,
    Refreshed,
    /// A person signed in.
    SignedIn,
}

/// Gets credentials for one server.
#[derive(Debug)]
pub struct BridgeCredential {
    env: Environment,
    call: BridgeCall,
    files: SignInFiles,
    credentials: Credentials,
    allow_private: bool,
    success_url: Option<String>,
    sign_in_timeout: Duration,
    http: OnceLock<HttpClient>,
    known: Mutex<KnownTokens>,
    // Only one thread at a time sends requests to the authorization server or prompts a person.
    sign_in: Mutex<SignInProgress>,
    // Whether a token is being refreshed. The bridge does not end before the new token is written.
    refreshing: Mutex<bool>,
    refreshed: Condvar,
    log: BridgeLog,
    // The command with which a person signs in.
    login: Option<String>,
}

#[derive(Debug, Default)]
struct KnownTokens {
    read: bool,
    tokens: Option<TokenSet>,
    // The time before which no token is refreshed unless it has expired, because the last refresh did not help.
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
struct SignInProgress {
    failed: Option<(Instant, BridgeCredentialError)>,
    rate_limit: RateLimit,
    // The time before which the authorization server does not accept another attempt, and the error until then.
    paused: Option<(Instant, BridgeCredentialError)>,
    // The requested scope of the last sign-in: the server need not report which scope it granted.
    scope: Option<String>,
}

const PAUSE: Duration = Duration::from_secs(10);
const LONG_PAUSE: Duration = Duration::from_secs(60);

impl BridgeCredential {
    pub fn new(
        env: &Environment,
        options: &BridgeOptions,
        files: SignInFiles,
        credentials: Credentials,
        log: BridgeLog,
    ) -> Self {
        Self {
            env: env.clone(),
            call: options.call.clone(),
            files,
            credentials,
            allow_private: options.allow_private,
            success_url: options.success_url.clone(),
            sign_in_timeout: options.timeouts.sign_in,
            http: OnceLock::new(),
            known: Mutex::default(),
            sign_in: Mutex::default(),
            refreshing: Mutex::default(),
            refreshed: Condvar::new(),
            log,
            login: None,
        }
    }

    /// Suggests this command if a person must sign in elsewhere.
    #[must_use]
    pub fn suggesting(self, login: String) -> Self {
        Self { login: Some(login), ..self }
    }

    /// Returns the token to send, and refreshes it if it is about to expire. Returns `None` if there is no sign-in: the
    /// server may not require a token.
    pub fn bearer(&self) -> Option<Token> {
        let mut known = self.known.lock();
        if !known.read {
            known.tokens = self.cached();
            known.read = true;
        }
        let tokens = known.tokens.clone()?;
        let waits = known.not_before.is_some_and(|then| Instant::now() < then);
        drop(known);
        if self.is_fresh(&tokens) || waits || !self.can_refresh(&tokens) {
            return self.sent(&tokens);
        }
        let _one = self.sign_in.lock();
        // The thread that held the lock may have refreshed the token, or may have failed to refresh it.
        let known = self.known.lock();
        if known.not_before.is_some_and(|then| Instant::now() < then) {
            return self.sent(known.tokens.as_ref()?);
        }
        let tokens = known.tokens.clone().filter(|new| self.is_fresh(new));
        drop(known);
        let refreshed =
            tokens.map_or_else(|| self.refresh(&|tokens, _| self.is_fresh(tokens), false), Ok);
        match refreshed {
            Ok(tokens) => {
                // A server need not issue a new ID token, and another refresh does not help.
                let stale = !self.is_fresh(&tokens);
                let sent = self.keep(tokens);
                if stale {
                    self.known.lock().not_before = Some(Instant::now() + LONG_PAUSE);
                }
                sent
            }
            Err(error) => {
                // Send the token as it is: the server decides when it expires.
                self.log.debug(&format!("cannot refresh the token before it expires: {error}"));
                let pause = error.pause().unwrap_or(PAUSE).max(PAUSE);
                self.known.lock().not_before = Some(Instant::now() + pause);
                self.sent(self.known.lock().tokens.as_ref()?)
            }
        }
    }

    /// Gets a token in place of the refused token `sent`, or the first token. `since` is the time when the request
    /// started: a sign-in that failed after this time is not repeated. `refreshed` says whether the refused token came
    /// from a refresh.
    ///
    /// # Errors
    /// Fails if no token can be obtained.
    pub fn refused(
        &self,
        sent: Option<&Token>,
        since: Instant,
        refreshed: bool,
        person: bool,
    ) -> Result<NewToken, BridgeCredentialError> {
        let mut state = self.sign_in.lock();
        if let Some(known) = self.meanwhile(sent, since, &state) {
            return known;
        }
        let done = self.renew(sent, refreshed, person, &mut state);
        if let Err(error) = &done
            && person
        {
            state.failed = Some((Instant::now(), error.clone()));
        }
        done
    }

    // Returns the result of another thread in the meantime.
    fn meanwhile(
        &self,
        sent: Option<&Token>,
        since: Instant,
        state: &SignInProgress,
    ) -> Option<Result<NewToken, BridgeCredentialError>> {
        if let Some(tokens) = self.newly_cached(sent) {
            self.keep(tokens);
            return Some(Ok(NewToken::Cached));
        }
        let failed = state.failed.clone().filter(|(when, _)| *when >= since);
        failed.map(|(_, error)| Err(error))
    }

    /// Signs in for a wider scope, which contains the previous scope and the scope that the server requires now.
    ///
    /// # Errors
    /// Fails if the sign-in fails.
    pub fn step_up(
        &self,
        sent: Option<&Token>,
        challenge: &Challenge,
        since: Instant,
    ) -> Result<(), BridgeCredentialError> {
        let mut state = self.sign_in.lock();
        if let Some(known) = self.meanwhile(sent, since, &state) {
            return known.map(|_| ());
        }
        let tokens = self.known.lock().tokens.clone();
        let granted = tokens.and_then(|tokens| {
            let granted = tokens.granted_scope().map(str::to_owned);
            tokens.asked_scope.or(granted)
        });
        let before = [state.scope.clone(), granted, self.call.scope.clone()];
        let scopes = before.iter().flatten().chain(&challenge.scope);
        let scope = union(scopes.map(String::as_str));
        let done = self.sign_in(sent, Some(&scope), &mut state);
        if let Err(error) = &done {
            state.failed = Some((Instant::now(), error.clone()));
        }
        done
    }

    fn can_refresh(&self, tokens: &TokenSet) -> bool {
        tokens.refresh_token.is_some() || self.call.grant.is_unattended()
    }

    // Returns the token set in the cache if it differs from the refused one.
    fn newly_cached(&self, sent: Option<&Token>) -> Option<TokenSet> {
        self.cached().filter(|tokens| self.is_another(tokens, sent))
    }

    fn is_another(&self, tokens: &TokenSet, sent: Option<&Token>) -> bool {
        let valid = tokens.expires_at.is_none_or(|end| end > now());
        valid && self.sent(tokens).as_ref() != sent
    }

    // A file that does not contain a token set counts as missing: a sign-in overwrites it.
    fn cached(&self) -> Option<TokenSet> {
        match self.files.tokens() {
            Ok(tokens) => tokens,
            Err(CacheError::InvalidTokenSet { .. }) => None,
            Err(error) => {
                self.log.line(&one_line(&error));
                None
            }
        }
    }

    fn keep(&self, tokens: TokenSet) -> Option<Token> {
        let sent = self.sent(&tokens);
        *self.known.lock() = KnownTokens { read: true, tokens: Some(tokens), not_before: None };
        sent
    }

    fn sent(&self, tokens: &TokenSet) -> Option<Token> {
        self.call.sent(tokens).cloned()
    }

    fn is_fresh(&self, tokens: &TokenSet) -> bool {
        self.call.is_fresh(tokens, now())
    }

    fn http(&self) -> Result<&HttpClient, HttpError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let config = HttpConfig::sign_in(self.allow_private, self.call.allow_http);
        let http = HttpClient::new(&self.env, &self.call.url, &config)?;
        Ok(self.http.get_or_init(|| http))
    }
}
