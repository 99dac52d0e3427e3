//! `refresh`: refreshes sign-ins before they expire. Timers run it, so it is silent on success.

use super::duration::duration;
use super::sign_ins::{ServerSignIn, declared};
use super::{Done, Invocation, eprint_diagnostics, eprint_text};
use crate::auth::cache::TokenSet;
use crate::auth::call::BridgeCall;
use crate::auth::credentials::Credentials;
use crate::auth::expiry::is_due;
use crate::auth::identity_error::IdentityError;
use crate::auth::issuer::IssuerError;
use crate::auth::now;
use crate::auth::refresh::{RefreshError, RefreshRequest};
use crate::auth::rejection::forget_access;
use crate::auth::session::{end_session, initialize};
use crate::auth::unattended::tokens_without_person;
use crate::cli::{Exit, Refresh};
use crate::diagnostic::Diagnostic;
use crate::http::{HttpClient, HttpConfig, borrowed};
use crate::model::Grant;

mod timer;

pub fn run(invocation: &Invocation<'_>, flags: &Refresh) -> Done {
    if flags.install {
        return timer::install(invocation, flags);
    }
    if flags.uninstall {
        return timer::uninstall(invocation, flags);
    }
    let (_, sign_ins) = declared(invocation, &flags.servers)?;
    let named = !flags.servers.is_empty();
    let mut exit = Exit::Done;
    for sign_in in sign_ins {
        let before = sign_in.files.tokens().ok().flatten();
        let allow_private = flags.allow_private;
        let renewed = if flags.force {
            force_refresh(invocation, &sign_in, allow_private)
        } else {
            let lasts = |tokens: &TokenSet, now| !is_due(&sign_in.call.as_sent(tokens), now);
            refresh_sign_in(invocation, &sign_in, allow_private, &lasts)
        };
        match renewed {
            Ok(tokens) => report(invocation, &sign_in, before.as_ref(), &tokens),
            // Without a sign-in there is nothing to refresh.
            Err(
                RefreshError::NotSignedIn
                | RefreshError::Identity(IdentityError::NotSignedIn { .. }),
            ) if !named => {}
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
    if !error.needs_sign_in() {
        return Diagnostic::of_error(error);
    }
    let login = suggest_login(invocation, sign_in);
    if !has_moved(sign_in, error) {
        return Diagnostic::error(error.to_string()).help(login);
    }
    let logout = invocation.suggest.again("logout", None).operand(&sign_in.name);
    let help =
        format!("if the server has moved, remove the old sign-in with {logout}, then {login}");
    Diagnostic::error(error.to_string()).help(help)
}

// Whether a declared client is registered with another authorization server. Nobody can sign in before the old sign-in
// is removed.
fn has_moved(sign_in: &ServerSignIn, error: &RefreshError) -> bool {
    let is_other = matches!(error, RefreshError::Issuer(IssuerError::Other { .. }));
    is_other && sign_in.call.client_id.is_some() && sign_in.call.issuer.is_none()
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
    // Usually, the cached tokens last long enough, and nothing else is needed.
    match sign_in.files.tokens()? {
        Some(tokens) if lasts(&tokens, now()) => return Ok(tokens),
        // Without a sign-in, nothing needs the secret of the OAuth client.
        None if !sign_in.call.grant.is_unattended() => {
            return Err(RefreshError::NotSignedIn);
        }
        Some(_) | None => {}
    }
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env)?;
    let config = HttpConfig::sign_in(allow_private, sign_in.call.allow_http);
    let http = HttpClient::new(invocation.env, &sign_in.call.url, &config)?;
    tokens_that_last(&refresh_request(sign_in, &credentials, &http), lasts)
}

fn tokens_that_last(
    request: &RefreshRequest<'_>,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
) -> Result<TokenSet, RefreshError> {
    match request.call.grant {
        Grant::ClientCredentials | Grant::Enterprise | Grant::JwtBearer => {
            tokens_without_person(request, &|tokens| lasts(tokens, now()))
        }
        Grant::Browser | Grant::Device => request.valid_tokens(lasts),
    }
}

/// Refreshes a sign-in even if it does not expire soon. If the server refuses the old or the new access token, notes
/// that in the cache, so that the command that the error suggests signs in again.
pub fn force_refresh(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
) -> Result<TokenSet, RefreshError> {
    let Some(old) = sign_in.files.tokens()? else {
        return refresh_sign_in(invocation, sign_in, allow_private, &|_, _| false);
    };
    forced(invocation, sign_in, allow_private, old, &|_| ForcedStep::Refresh)
}

/// Refreshes a sign-in if the server refuses the access token and `may_refresh`.
pub fn refresh_if_refused(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
    may_refresh: &dyn Fn() -> bool,
) -> Result<TokenSet, RefreshError> {
    let old = sign_in.files.tokens()?.ok_or(RefreshError::NotSignedIn)?;
    forced(invocation, sign_in, allow_private, old, &|refused| match refused {
        false => ForcedStep::Keep,
        true if may_refresh() => ForcedStep::Refresh,
        true => ForcedStep::GiveUp,
    })
}

/// What follows after the server was asked whether it refuses an access token.
enum ForcedStep {
    Refresh,
    Keep,
    GiveUp,
}

fn forced(
    invocation: &Invocation<'_>,
    sign_in: &ServerSignIn,
    allow_private: bool,
    old: TokenSet,
    next: &dyn Fn(bool) -> ForcedStep,
) -> Result<TokenSet, RefreshError> {
    let ServerSignIn { call, files, .. } = sign_in;
    let credentials = sign_in.credentials_from.resolve(call, invocation.env)?;
    let config = HttpConfig::sign_in(allow_private, call.allow_http);
    let http = HttpClient::new(invocation.env, &call.url, &config)?;
    let is_refused = |tokens: &TokenSet| is_refused(&http, call, &credentials, tokens);
    let access_refused = is_refused(&old);
    match next(access_refused) {
        ForcedStep::Refresh => {}
        ForcedStep::Keep => return Ok(old),
        ForcedStep::GiveUp => {
            forget_access(call, files, &old.access_token)?;
            return Err(RefreshError::StillRefused);
        }
    }
    let request =
        RefreshRequest { access_refused, ..refresh_request(sign_in, &credentials, &http) };
    let renews = |tokens: &TokenSet| tokens.refresh_token.is_some() || call.grant.is_unattended();
    let is_same = |tokens: &TokenSet| tokens.access_token == old.access_token;
    let is_new = |tokens: &TokenSet, now| !is_same(tokens) && call.is_fresh(tokens, now);
    let error = match tokens_that_last(&request, &is_new) {
        Ok(tokens) if is_same(&tokens) && !renews(&tokens) => RefreshError::NoRefreshToken,
        Ok(tokens) if access_refused && is_refused(&tokens) => {
            forget_access(call, files, &tokens.access_token)?;
            return Err(RefreshError::StillRefused);
        }
        Ok(tokens) => return Ok(tokens),
        Err(error) => error,
    };
    if access_refused && error.needs_sign_in() {
        forget_access(call, files, &old.access_token)?;
    }
    Err(error)
}

// Without a response, the token does not count as refused.
fn is_refused(
    http: &HttpClient,
    call: &BridgeCall,
    credentials: &Credentials,
    tokens: &TokenSet,
) -> bool {
    let Some(token) = call.sent(tokens) else { return true };
    let url = &call.url;
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
