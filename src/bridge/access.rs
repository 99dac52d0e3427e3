//! What goes with a request as its credential, and how another one is had when the server refuses it.
//!
//! The cache is everybody's: another bridge may have renewed the sign-in a moment ago. So a token that is refused
//! is looked up again first, renewed under the lease next, and only then is a person asked.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::options::{Grant, Options};
use super::say::Say;
use crate::auth::cache::{CacheError, SignInFiles, TokenSet};
use crate::auth::call::BridgeCall;
use crate::auth::challenge::Challenge;
use crate::auth::credentials::Credentials;
use crate::auth::expiry::{self, is_fresh};
use crate::auth::http::{Http, HttpError};
use crate::auth::{Token, now};
use crate::paths::Environment;

mod again;
mod brake;
mod hide;
mod scope;

pub use brake::Brake;
use scope::union;

/// Says why there is no credential that the server takes.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AccessError {
    /// The sign-in failed; its own words say how.
    #[error("{0}")]
    SignIn(String),
    /// Nobody signed in.
    #[error("nobody signed in within {0} s; ask again, with a longer --auth-timeout if need be")]
    TimedOut(u64),
    /// The cached sign-in could not be renewed, and a new one would not help.
    #[error("the sign-in cannot be renewed: {0}")]
    Renewal(String),
    /// The user's own header is refused.
    #[error("`{0}` refuses the Authorization header that it was given; check the token in it")]
    Header(String),
    /// Nobody waits for the answer, so nobody is asked.
    #[error("`{0}` wants a sign-in, which the next request asks for")]
    Unasked(String),
    /// It goes on and on.
    #[error("{0}")]
    Brake(&'static str),
    /// The server wants ever more.
    #[error("`{0}` wants a wider scope after each sign-in; ask its owner what it wants")]
    Scope(String),
}

/// Says how another token was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Had {
    /// It was in the cache.
    Found,
    /// It was renewed.
    Renewed,
    /// Somebody signed in for it.
    SignedIn,
}

/// Holds the credential of one server.
#[derive(Debug)]
pub struct Access {
    env: Environment,
    call: BridgeCall,
    files: SignInFiles,
    credentials: Credentials,
    grant: Grant,
    id_token: bool,
    allow_private: bool,
    success_url: Option<String>,
    patience: Duration,
    http: OnceLock<Http>,
    known: Mutex<Known>,
    // One at a time asks the authorization server, or a person.
    turn: Mutex<Turn>,
    // Whether a token is being renewed, so that it is not lost with the bridge.
    renewing: Mutex<bool>,
    renewed: Condvar,
    say: Say,
}

#[derive(Debug, Default)]
struct Known {
    read: bool,
    tokens: Option<TokenSet>,
    // Nothing is renewed ahead of time until then: it has just failed.
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
struct Turn {
    failed: Option<(Instant, AccessError)>,
    brake: Brake,
    // What was asked for here, since the server need not say what it granted.
    asked: Option<String>,
}

const PAUSE: Duration = Duration::from_secs(10);
const LONG_PAUSE: Duration = Duration::from_secs(60);

impl Access {
    /// Makes it, and asks nobody yet.
    pub fn new(
        env: &Environment,
        options: &Options,
        files: SignInFiles,
        credentials: Credentials,
        say: Say,
    ) -> Self {
        Self {
            env: env.clone(),
            call: options.call.clone(),
            files,
            credentials,
            grant: options.grant,
            id_token: options.id_token,
            allow_private: options.allow_private,
            success_url: options.success_url.clone(),
            patience: options.patience.person,
            http: OnceLock::new(),
            known: Mutex::default(),
            turn: Mutex::default(),
            renewing: Mutex::default(),
            renewed: Condvar::new(),
            say,
        }
    }

    /// Returns the token to send, renewed where it is about to end. None: there is no sign-in, and the server
    /// may want none.
    pub fn bearer(&self) -> Option<Token> {
        let mut known = lock(&self.known);
        if !known.read {
            known.tokens = self.cached();
            known.read = true;
        }
        let tokens = known.tokens.clone()?;
        let waits = known.not_before.is_some_and(|then| Instant::now() < then);
        drop(known);
        if self.lasts(&tokens) || waits || !self.renews(&tokens) {
            return self.sent(&tokens);
        }
        let _turn = lock(&self.turn);
        // Whoever had the turn before may have renewed it, or found that it cannot be.
        let known = lock(&self.known);
        if known.not_before.is_some_and(|then| Instant::now() < then) {
            return self.sent(known.tokens.as_ref()?);
        }
        let tokens = known.tokens.clone().filter(|new| self.lasts(new));
        drop(known);
        let renewed = tokens.map_or_else(|| self.renew(&|tokens, _| self.lasts(tokens)), Ok);
        match renewed {
            Ok(tokens) => {
                // A server need not give another ID token, and asking again gives none either.
                let again = !self.lasts(&tokens);
                let sent = self.keep(tokens);
                if again {
                    lock(&self.known).not_before = Some(Instant::now() + LONG_PAUSE);
                }
                sent
            }
            Err(error) => {
                // It is sent as it is: the server has the last word on when it ends.
                self.say.debug(&format!("not renewed ahead of its end: {error}"));
                lock(&self.known).not_before = Some(Instant::now() + PAUSE);
                self.sent(lock(&self.known).tokens.as_ref()?)
            }
        }
    }

    /// Gets another token in place of one that was refused, or a first one. `since` is when the request began:
    /// what has failed after it is not tried again. One that was `renewed` for it is not renewed once more.
    ///
    /// # Errors
    /// Fails where nobody gives one.
    pub fn refused(
        &self,
        sent: Option<&Token>,
        since: Instant,
        renewed: bool,
        person: bool,
    ) -> Result<Had, AccessError> {
        let mut turn = lock(&self.turn);
        if let Some(known) = self.meanwhile(sent, since, &turn) {
            return known;
        }
        let done = self.again(sent, renewed, person, &mut turn);
        if let Err(error) = &done
            && person
        {
            turn.failed = Some((Instant::now(), error.clone()));
        }
        done
    }

    // What has come of it while others had the turn.
    fn meanwhile(
        &self,
        sent: Option<&Token>,
        since: Instant,
        turn: &Turn,
    ) -> Option<Result<Had, AccessError>> {
        if let Some(tokens) = self.another(sent) {
            self.keep(tokens);
            return Some(Ok(Had::Found));
        }
        let failed = turn.failed.clone().filter(|(when, _)| *when >= since);
        failed.map(|(_, error)| Err(error))
    }

    /// Signs in for a wider scope: what was asked for before, and what the server wants now.
    ///
    /// # Errors
    /// Fails where nobody gives it.
    pub fn step_up(
        &self,
        sent: Option<&Token>,
        challenge: &Challenge,
        since: Instant,
    ) -> Result<(), AccessError> {
        let mut turn = lock(&self.turn);
        if let Some(known) = self.meanwhile(sent, since, &turn) {
            return known.map(|_| ());
        }
        let tokens = lock(&self.known).tokens.clone();
        let granted = tokens.and_then(|tokens| tokens.asked_scope.or(tokens.scope));
        let before = [turn.asked.clone(), granted, self.call.scope.clone()];
        let scopes = before.iter().flatten().chain(&challenge.scope);
        let scope = union(scopes.map(String::as_str));
        let done = self.sign_in(sent, Some(&scope), &mut turn);
        if let Err(error) = &done {
            turn.failed = Some((Instant::now(), error.clone()));
        }
        done
    }

    fn renews(&self, tokens: &TokenSet) -> bool {
        tokens.refresh_token.is_some() || self.grant == Grant::ClientCredentials
    }

    // A token set in the cache that is another one than what was refused.
    fn another(&self, sent: Option<&Token>) -> Option<TokenSet> {
        self.cached().filter(|tokens| self.is_another(tokens, sent))
    }

    fn is_another(&self, tokens: &TokenSet, sent: Option<&Token>) -> bool {
        let lives = tokens.expires_at.is_none_or(|end| end > now());
        lives && self.sent(tokens).as_ref() != sent
    }

    // A file that holds none is as good as no file: the bridge asks a person, and writes it anew.
    fn cached(&self) -> Option<TokenSet> {
        match self.files.tokens() {
            Ok(tokens) => tokens,
            Err(CacheError::InvalidTokenSet { .. }) => None,
            Err(error) => {
                self.say.line(&error.to_string());
                None
            }
        }
    }

    fn keep(&self, tokens: TokenSet) -> Option<Token> {
        let sent = self.sent(&tokens);
        *lock(&self.known) = Known { read: true, tokens: Some(tokens), not_before: None };
        sent
    }

    fn sent(&self, tokens: &TokenSet) -> Option<Token> {
        if self.id_token { tokens.id_token.clone() } else { Some(tokens.access_token.clone()) }
    }

    fn lasts(&self, tokens: &TokenSet) -> bool {
        if self.id_token { expiry::is_fresh_id(tokens, now()) } else { is_fresh(tokens, now()) }
    }

    fn http(&self) -> Result<&Http, HttpError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = Http::new(&self.env, &self.call.url, self.allow_private)?;
        Ok(self.http.get_or_init(|| http))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
