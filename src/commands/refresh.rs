//! `refresh`: renews sign-ins ahead of their end. It is for a timer, so it says nothing where all is well.

use super::login::span;
use super::login::target::{Target, declared};
use super::{Done, Rim, say, tell};
use crate::auth::cache::TokenSet;
use crate::auth::credentials::Credentials;
use crate::auth::expiry::is_due;
use crate::auth::http::Http;
use crate::auth::now;
use crate::auth::refresh::{RefreshError, Renewal};
use crate::cli::{Exit, Refresh};
use crate::diagnostic::Diagnostic;

pub fn run(rim: &Rim<'_>, flags: &Refresh) -> Done {
    let (_, targets) = declared(rim, &flags.servers)?;
    let named = !flags.servers.is_empty();
    let mut exit = Exit::Done;
    for target in targets {
        let before = target.files.tokens().ok().flatten();
        let renewed = renew(rim, &target, flags.allow_private, &|tokens, now| !is_due(tokens, now));
        match renewed {
            Ok(tokens) => report(rim, &target, before.as_ref(), &tokens),
            // A server that nobody signed in to has nothing to renew.
            Err(RefreshError::Missing) if !named => {}
            Err(error) => {
                let fault = fault(rim, &target, &error);
                say(
                    &[fault.note(format!("renewing the sign-in to `{}`", target.name))],
                    rim.terminal,
                );
                exit = exit.and(Exit::Error);
            }
        }
    }
    Ok(exit)
}

/// Describes why a sign-in was not renewed.
pub fn fault(rim: &Rim<'_>, target: &Target, error: &RefreshError) -> Diagnostic {
    let fault = Diagnostic::error(error.to_string());
    if error.needs_sign_in() { fault.help(sign_in(rim, target)) } else { fault }
}

/// Suggests a new sign-in.
pub fn sign_in(rim: &Rim<'_>, target: &Target) -> String {
    let login = rim.suggest.again("login", None).operand(&target.name);
    format!("sign in with {login}")
}

/// Renews one sign-in unless it `lasts`.
pub fn renew(
    rim: &Rim<'_>,
    target: &Target,
    allow_private: bool,
    lasts: &dyn Fn(&TokenSet, u64) -> bool,
) -> Result<TokenSet, RefreshError> {
    // Most of the time the one in the cache lasts, and nothing else is needed.
    if let Some(tokens) = target.files.tokens()?.filter(|tokens| lasts(tokens, now())) {
        return Ok(tokens);
    }
    let credentials = target.wanted.look_up(&target.call, rim.env)?;
    let http = Http::new(rim.env, &target.call.url, allow_private)?;
    renewal(target, &credentials, &http).run(lasts)
}

/// Prepares asking a server as whoever signed in to it.
pub fn renewal<'a>(
    target: &'a Target,
    credentials: &'a Credentials,
    http: &'a Http,
) -> Renewal<'a> {
    Renewal { http, call: &target.call, files: &target.files, credentials, forgets: false }
}

fn report(rim: &Rim<'_>, target: &Target, before: Option<&TokenSet>, tokens: &TokenSet) {
    if !rim.terminal.person {
        return;
    }
    let left = tokens.expires_at.map(|end| span(end.saturating_sub(now())));
    let what = if before == Some(tokens) { "nothing to renew" } else { "renewed" };
    let ends = left.map_or_else(String::new, |left| format!(", expires in {left}"));
    tell(&format!("{}: {what}{ends}\n", target.name));
}
