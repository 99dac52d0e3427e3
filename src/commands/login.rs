//! `login`: signs in to servers, one after the other.

use std::time::Duration;

use serde_json::json;

use super::duration::duration;
use super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text};
use crate::auth::cache::TokenSet;
use crate::auth::credentials::CredentialSource;
use crate::auth::login::{LoginError, LoginMethod, LoginRequest, login};
use crate::auth::now;
use crate::auth::refresh::{RefreshError, RefreshRequest};
use crate::auth::refreshable::{has_issuer, renews_itself};
use crate::auth::register::RegisterError;
use crate::auth::unattended::tokens_without_person;
use crate::cli::{Exit, Login};
use crate::diagnostic::{Diagnostic, Help, one_line};
use crate::display::list;
use crate::http::{HttpClient, HttpConfig};
use crate::model::Grant;
use crate::suggest::ShellCommand;
use crate::survey::survey_user;

mod display;
mod migrate;
mod pasted_lines;

use super::refresh::refresh_sign_in;
use super::sign_ins::{ServerSignIn, sign_ins};
use display::{LoginDisplay, print_line};
use migrate::migrate;
pub use pasted_lines::PastedLines;

pub fn run(invocation: &Invocation<'_>, flags: &Login) -> Done {
    sign_in_all(invocation, flags, &PastedLines::new())
}

/// Signs in to servers. A sign-in that fails does not stop the others. `pasted` reads what a person types meanwhile.
///
/// # Errors
/// Fails if the servers or the cache cannot be determined.
pub fn sign_in_all(invocation: &Invocation<'_>, flags: &Login, pasted: &PastedLines) -> Done {
    let (context, sign_ins) = sign_ins(invocation, flags)?;
    if flags.migrate {
        migrate(invocation, &context, &sign_ins)?;
    }
    if flags.no_browser || pasted.may_be_needed(invocation.env) {
        pasted.start();
    }
    let mut exit = Exit::Done;
    let mut signed = 0;
    let mut failed: Vec<&str> = vec![];
    for sign_in in &sign_ins {
        if let Some(provider) = sign_in.provider.as_deref().filter(|name| failed.contains(name)) {
            signed += 1;
            exit =
                exit.and(fail(invocation, flags, sign_in, &ProviderFailed(provider.into()), None)?);
            continue;
        }
        // Nobody need sign in again at the provider of a server that is named.
        let implied = sign_in.call.is_provider && !flags.servers.contains(&sign_in.name);
        if !flags.force && (flags.servers.is_empty() || implied) {
            match usable(invocation, flags, sign_in) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    signed += 1;
                    failed.extend(sign_in.call.is_provider.then_some(sign_in.name.as_str()));
                    exit = exit.and(fail(invocation, flags, sign_in, &error, None)?);
                    continue;
                }
            }
        }
        signed += 1;
        let mut done = sign_in_to(invocation, flags, sign_in, pasted);
        if let Some(provider) = rejecting_provider(&done, sign_in, &sign_ins) {
            // The provider rejects its own ID token, so the person signs in there again.
            done = sign_in_to(invocation, flags, provider, pasted)
                .and_then(|_| sign_in_to(invocation, flags, sign_in, pasted));
        }
        match done {
            Ok(tokens) => report(invocation, flags, sign_in, &tokens)?,
            Err(error) => {
                failed.extend(sign_in.call.is_provider.then_some(sign_in.name.as_str()));
                let moved =
                    matches!(error, LoginError::Register(RegisterError::OtherIssuer { .. }));
                let help = moved.then(|| sign_out(invocation, sign_in));
                exit = exit.and(fail(invocation, flags, sign_in, &error, help)?);
            }
        }
    }
    if signed == 0 && !flags.json {
        let verify = invocation.suggest.mcpgen("verify");
        eprint_text(&match sign_ins.is_empty() {
            true => {
                format!("no declared server uses OAuth; {verify} finds servers that require it\n")
            }
            false => "every sign-in is usable; use `--force` to sign in again\n".to_owned(),
        });
    }
    Ok(exit)
}

/// Says that a server cannot be signed in to, because the sign-in at its identity provider failed.
#[derive(Debug, thiserror::Error)]
#[error("the sign-in at the identity provider `{0}` failed, and this server needs it")]
struct ProviderFailed(String);

impl Help for ProviderFailed {
    fn help(&self) -> Option<String> {
        None
    }
}

fn rejecting_provider<'s>(
    done: &Result<TokenSet, LoginError>,
    sign_in: &ServerSignIn,
    all: &'s [ServerSignIn],
) -> Option<&'s ServerSignIn> {
    let rejected = matches!(done, Err(LoginError::Unattended(error)) if error.needs_sign_in());
    let mut providers = all.iter().filter(|one| one.call.is_provider && rejected);
    providers.find(|one| sign_in.provider.as_ref() == Some(&one.name))
}

fn fail(
    invocation: &Invocation<'_>,
    flags: &Login,
    sign_in: &ServerSignIn,
    error: &dyn Help,
    help: Option<String>,
) -> Result<Exit, Failure> {
    if flags.json {
        print_line(&json!({ "server": sign_in.name, "error": one_line(error) }))?;
    }
    let place = if sign_in.call.is_provider { "at the identity provider" } else { "to" };
    let fault =
        Diagnostic::of_error(error).note(format!("while signing in {place} `{}`", sign_in.name));
    eprint_diagnostics(&[help.into_iter().fold(fault, Diagnostic::help)], invocation.terminal);
    Ok(Exit::Error)
}

fn sign_in_to(
    invocation: &Invocation<'_>,
    flags: &Login,
    sign_in: &ServerSignIn,
    pasted: &PastedLines,
) -> Result<TokenSet, LoginError> {
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env)?;
    let config = HttpConfig::sign_in(flags.allow_private, sign_in.call.allow_http);
    let http = HttpClient::new(invocation.env, &sign_in.call.url, &config)?;
    if sign_in.call.grant.is_unattended() {
        let ServerSignIn { call, files, .. } = sign_in;
        let (http, credentials) = (&http, &credentials);
        let request = RefreshRequest { http, call, files, credentials, access_refused: false };
        return Ok(tokens_without_person(&request, &|_| false)?);
    }
    let job = LoginRequest {
        env: invocation.env,
        http: &http,
        call: &sign_in.call,
        files: &sign_in.files,
        credentials: &credentials,
        method: if flags.no_browser {
            LoginMethod::Printed
        } else if flags.device || sign_in.call.grant == Grant::Device {
            LoginMethod::Device
        } else {
            LoginMethod::Browser
        },
        pasted: Some(pasted.lines()),
        timeout: Duration::from_secs(flags.timeout),
        wider_scope: None,
        success_url: None,
        skip_if: None,
    };
    let mut screen = LoginDisplay::new(invocation, flags, &sign_in.name, pasted);
    let done = login(&job, &mut |event| screen.show(event));
    screen.clear_spinner();
    done
}

fn sign_out(invocation: &Invocation<'_>, sign_in: &ServerSignIn) -> String {
    let command = match sign_in.credentials_from {
        CredentialSource::Declared(_) | CredentialSource::Provider(..) => {
            invocation.suggest.again("logout", None).operand(&sign_in.name)
        }
        CredentialSource::CommandLine(_) => {
            let path = sign_in.files.path("tokens.json");
            let words = format!("a file manager: {}", invocation.env.display(&path));
            ShellCommand::new("rm").path(&path, invocation.env).or(words)
        }
    };
    format!("if the server has moved, remove the old sign-in with {command}")
}

// Returns whether a bridge could start with this sign-in. An expired sign-in is refreshed, because only the server
// knows whether it still accepts the refresh token.
fn usable(
    invocation: &Invocation<'_>,
    flags: &Login,
    sign_in: &ServerSignIn,
) -> Result<bool, RefreshError> {
    let ServerSignIn { call, files, .. } = sign_in;
    let tokens = files.tokens().ok().flatten();
    let Some(tokens) = tokens.filter(|tokens| tokens.is_for(call.scope.as_deref())) else {
        return Ok(false);
    };
    if call.is_provider && tokens.id_token.is_none() {
        return Ok(false);
    }
    if call.is_fresh(&tokens, now()) {
        return Ok(true);
    }
    if !renews_itself(call, files, &tokens, invocation.env.os) || !has_issuer(call, files, &tokens)
    {
        return Ok(false);
    }
    let lasts = |tokens: &TokenSet, now: u64| call.is_fresh(tokens, now);
    match refresh_sign_in(invocation, sign_in, flags.allow_private, &lasts) {
        Ok(tokens) => Ok(!call.is_provider || call.is_fresh(&tokens, now())),
        Err(error) if error.needs_sign_in() => Ok(false),
        Err(error) => Err(error),
    }
}

fn report(
    invocation: &Invocation<'_>,
    flags: &Login,
    sign_in: &ServerSignIn,
    tokens: &TokenSet,
) -> Result<(), Failure> {
    let tokens = &sign_in.call.as_sent(tokens);
    let renews = tokens.refresh_token.is_some() || sign_in.call.grant.is_unattended();
    let (with, without) = clients(invocation, sign_in)?;
    if flags.json {
        print_line(&json!({
            "server": sign_in.name,
            "key": sign_in.files.key().as_str(),
            "expires_at": tokens.expires_at,
            "renews": renews,
            "scope": tokens.granted_scope(),
            "clients": with,
        }))?;
    }
    let left = tokens.expires_at.unwrap_or_default().saturating_sub(now());
    let renewal = if renews { "refreshes automatically" } else { "cannot be refreshed" };
    let servers: Vec<&str> = sign_in.servers.iter().map(String::as_str).collect();
    let shared = match (with.as_slice(), servers.as_slice()) {
        ([], []) => String::new(),
        ([], [_, ..]) => format!("; used by {}", list(&servers)),
        ([_, ..], _) => format!("; shared by {}", list(&with)),
    };
    eprint_text(&format!(
        "{}: signed in, expires in {}, {renewal}{shared}\n",
        sign_in.name,
        duration(left)
    ));
    if !without.is_empty() {
        let apply = invocation.suggest.mcpgen("apply");
        let (name, clients) = (&sign_in.name, list(&without));
        eprint_text(&format!("{name}: not yet in the files of {clients}; add it with {apply}\n"));
    }
    Ok(())
}

type Titles<'a> = Vec<&'a str>;

// Returns the clients of a declared server: those whose file has the server, and those whose file does not.
fn clients<'a>(
    invocation: &Invocation<'_>,
    sign_in: &'a ServerSignIn,
) -> Result<(Titles<'a>, Titles<'a>), Failure> {
    if sign_in.clients.is_empty() {
        return Ok((vec![], vec![]));
    }
    let table = invocation.table()?;
    let sections = survey_user(&table, &invocation.homes(&table), invocation.env)
        .map_err(|error| Failure::error(&error))?;
    let has = |title: &&str| {
        let mut sections = sections.iter().filter(|section| section.client.title == *title);
        sections.any(|section| {
            let mut entries = section.entries.iter().flatten();
            entries.any(|entry| entry.name == sign_in.name)
        })
    };
    Ok(sign_in.clients.iter().map(String::as_str).partition(has))
}
