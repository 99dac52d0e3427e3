//! `refresh`: refreshes sign-ins before they expire. Timers run it, so it is silent on success.

use super::duration::duration;
use super::sign_ins::{ServerSignIn, declared};
use super::{Done, Invocation, eprint_diagnostics, eprint_text};
use crate::auth::cache::TokenSet;
use crate::auth::credentials::Credentials;
use crate::auth::expiry::{is_due, is_fresh};
use crate::auth::refresh::{RefreshError, RefreshRequest};
use crate::auth::rejection::forget_access;
use crate::auth::session::{end_session, initialize};
use crate::auth::{Token, now};
use crate::cli::{Exit, Refresh};
use crate::diagnostic::Diagnostic;
use crate::http::{HttpClient, HttpConfig, borrowed};

pub fn run(invocation: &Invocation<'_>, flags: &Refresh) -> Done {
    let (_, sign_ins) = declared(invocation, &flags.servers)?;
    let named = !flags.servers.is_empty();
    let mut exit = Exit::Done;
    for sign_in in sign_ins {
        let before = sign_in.files.tokens().ok().flatten();
        let allow_private = flags.allow_private;
        let renewed = if flags.force {
            force_refresh(invocation, &sign_in, allow_private)
        } else {
            let lasts = |tokens: &TokenSet, now| !is_due(tokens, now);
            refresh_sign_in(invocation, &sign_in, allow_private, &lasts)
        };
        match renewed {
            Ok(tokens) => report(invocation, &sign_in, before.as_ref(), &tokens),
            // Without a sign-in there is nothing to refresh.
            Err(RefreshError::NotSignedIn) if !named => {}
            Err(error) => {
                let fault = diagnose(invocation, &sign_in, &error);
                eprint_diagnostics(
                    &[fault.note(format!("while refreshing the sign-in to `{}`", sign_in.name))],
                    invocation.terminal,
                );
                exit = exit.and(Exit::Error);
            }
        }
    }
    Ok(exit)
}

/// Describes why a sign-in was not refreshed.
pub fn diagnose(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    error: &RefreshError,
) -> Diagnostic {
    if error.needs_sign_in() {
        return Diagnostic::error(error.to_string()).help(suggest_login(invocation, sign_in));
    }
    Diagnostic::of_error(error)
}

/// Suggests to sign in.
pub fn suggest_login(invocation: &Invocation<'_>, sign_in: &ServerSignIn) -> String {
    let login = invocation.suggest.again("login", None).operand(&sign_in.name);
    format!("sign in with {login}")
}

/// Refreshes one sign-in unless it `lasts`.
pub fn refresh_sign_in(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
) -> Result<TokenSet, RefreshError> {
    // Usually the cached tokens last, and nothing else is needed.
    if let Some(tokens) = sign_in.files.tokens()?.filter(|tokens| lasts(tokens, now())) {
        return Ok(tokens);
    }
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env)?;
    let http =
        HttpClient::new(invocation.env, &sign_in.call.url, &HttpConfig::sign_in(allow_private))?;
    refresh_request(sign_in, &credentials, &http).valid_tokens(lasts)
}

/// Refreshes a sign-in that need not be due. What the server says about the old and the new access token is recorded in
/// the cache, so that the command which the error suggests helps.
pub fn force_refresh(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
) -> Result<TokenSet, RefreshError> {
    let files = &sign_in.files;
    let old = files.tokens()?.ok_or(RefreshError::NotSignedIn)?.access_token;
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env)?;
    let http =
        HttpClient::new(invocation.env, &sign_in.call.url, &HttpConfig::sign_in(allow_private))?;
    let is_refused = |token: &Token| is_refused(&http, &sign_in.call.url, &credentials, token);
    let access_refused = is_refused(&old);
    let request =
        RefreshRequest { access_refused, ..refresh_request(sign_in, &credentials, &http) };
    let is_new = |tokens: &TokenSet, now| tokens.access_token != old && is_fresh(tokens, now);
    let error = match request.valid_tokens(&is_new) {
        Ok(tokens) if tokens.access_token == old => RefreshError::NoRefreshToken,
        Ok(tokens) if access_refused && is_refused(&tokens.access_token) => {
            forget_access(files, &tokens.access_token)?;
            return Err(RefreshError::StillRefused);
        }
        Ok(tokens) => return Ok(tokens),
        Err(error) => error,
    };
    if access_refused && error.needs_sign_in() {
        forget_access(files, &old)?;
    }
    Err(error)
}

// Without a response nothing is known.
fn is_refused(http: &HttpClient, url: &str, credentials: &Credentials, token: &Token) -> bool {
    let mut headers = credentials.headers.clone();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    headers.push(("Authorization".to_owned(), format!("Bearer {}", token.expose())));
    let headers = borrowed(&headers);
    initialize(http, url, &headers).is_ok_and(|response| {
        end_session(http, url, &headers, &response);
        response.status == 401
    })
}

/// Prepares a refresh as the OAuth client that signed in.
pub fn refresh_request<'a>(
    sign_in: &'a ServerSignIn,
    credentials: &'a Credentials,
    http: &'a HttpClient,
) -> RefreshRequest<'a> {
    RefreshRequest {
        http,
        call: &sign_in.call,
        files: &sign_in.files,
        credentials,
        access_refused: false,
    }
}

fn report(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    before: Option<&TokenSet>,
    tokens: &TokenSet,
) {
    if !invocation.terminal.person {
        return;
    }
    let left = tokens.expires_at.map(|end| duration(end.saturating_sub(now())));
    let what = if before == Some(tokens) { "nothing to refresh" } else { "refreshed" };
    let ends = left.map_or_else(String::new, |left| format!(", expires in {left}"));
    eprint_text(&format!("{}: {what}{ends}\n", sign_in.name));
}
