//! `logout`: removes sign-ins from the cache and revokes them at the server if possible.

use super::refresh::refresh_request;
use super::sign_ins::{ServerSignIn, SignInContext, declared};
use super::{Done, Invocation, eprint_diagnostics, eprint_text};
use crate::auth::cache::{CacheError, SignInFiles, TokenSet};
use crate::auth::discover::{AuthorizationServer, ExpectedIssuer, authorization_server, discover};
use crate::auth::oauth_client::OAuthClient;
use crate::auth::refresh::RefreshError;
use crate::auth::register::registered_client;
use crate::auth::revoke::{RevokeError, revoke};
use crate::auth::{flow, issuer, lease, rejected_identity};
use crate::cli::{Exit, Logout};
use crate::diagnostic::{Diagnostic, Help};
use crate::http::{HttpClient, HttpConfig};

pub fn run(invocation: &Invocation<'_>, flags: &Logout) -> Done {
    // `--all` needs no declaration.
    let bare = flags.all && !invocation.declaration_path().is_file();
    let (context, sign_ins) = if bare {
        (SignInContext::new(invocation, None), vec![])
    } else {
        declared(invocation, &flags.servers)?
    };
    let found: Vec<(SignInFiles, Option<&ServerSignIn>)> = if flags.all {
        let known = |files: &SignInFiles| sign_ins.iter().find(|sign_in| sign_in.files == *files);
        let all = context.cache.list().into_iter().chain(context.cache.list_providers());
        all.map(|files| (files.clone(), known(&files))).collect()
    } else {
        sign_ins.iter().map(|sign_in| (sign_in.files.clone(), Some(sign_in))).collect()
    };
    let mut exit = Exit::Done;
    for (files, sign_in) in found {
        let name = sign_in
            .map_or_else(|| invocation.env.display(&files.path("tokens.json")), |t| t.name.clone());
        let sign_out = SignOut { invocation, flags, files, sign_in, name };
        if let Err(error) = sign_out.run() {
            let fault = Diagnostic::of_error(&error);
            eprint_diagnostics(
                &[fault.note(format!("while signing out of `{}`", sign_out.name))],
                invocation.terminal,
            );
            exit = exit.and(Exit::Error);
        }
    }
    Ok(exit)
}

/// One sign-in to remove. Its server need not be declared.
struct SignOut<'a> {
    invocation: &'a Invocation<'a>,
    flags: &'a Logout,
    files: SignInFiles,
    sign_in: Option<&'a ServerSignIn>,
    name: String,
}

/// Why a sign-in was not revoked at the server.
#[derive(Debug, thiserror::Error)]
enum NotRevoked {
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    #[error("the stored sign-in does not name the authorization server that issued its tokens")]
    NoIssuer,
}

impl Help for NotRevoked {
    fn note(&self) -> Option<String> {
        match self {
            Self::Revoke(error) => error.note(),
            Self::Refresh(error) => error.note(),
            Self::NoIssuer => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Revoke(error) => error.help(),
            Self::Refresh(error) => error.help(),
            Self::NoIssuer => Some("revoke the access on the server's account page".to_owned()),
        }
    }
}

impl SignOut<'_> {
    fn run(&self) -> Result<(), CacheError> {
        let known = self.files.exists();
        if known {
            // While the lease is held, no bridge refreshes and thus rewrites the token set.
            let _lease = lease::acquire(&self.files, &|_| false)?;
            if let Err(error) = self.revoke() {
                self.warn(&error);
            }
            self.files.remove_tokens()?;
        }
        rejected_identity::forget(&self.files)?;
        // A browser page that is still open must not sign in again.
        flow::remove_all(&self.files)?;
        if self.flags.forget {
            self.files.remove_registration()?;
        }
        let what = if known { "signed out" } else { "not signed in" };
        eprint_text(&format!("{}: {what}\n", self.name));
        Ok(())
    }

    // An invalid token file has nothing to revoke.
    fn revoke(&self) -> Result<(), NotRevoked> {
        let Ok(Some(tokens)) = self.files.tokens() else { return Ok(()) };
        let allow = self.flags.allow_private;
        match self.sign_in {
            Some(sign_in) => {
                let http = HttpClient::new(
                    self.invocation.env,
                    &sign_in.call.url,
                    &HttpConfig::sign_in(allow, sign_in.call.allow_http),
                )
                .map_err(RevokeError::from)?;
                let credentials = sign_in
                    .credentials_from
                    .resolve(&sign_in.call, self.invocation.env)
                    .map_err(RefreshError::from)?;
                let found = discover(&http, &sign_in.call, &credentials.headers);
                let found = found.map_err(RevokeError::from)?;
                // Do not send the tokens or the client secret to another authorization server.
                let request = refresh_request(sign_in, &credentials, &http);
                request.check_issuer(&tokens, &found.server.issuer).map_err(RefreshError::from)?;
                let client = request.client(&found)?;
                send(&http, &found.server, &client, &tokens)
            }
            None => {
                let issuer = tokens.issuer.clone().ok_or(NotRevoked::NoIssuer)?;
                let http = HttpClient::new(
                    self.invocation.env,
                    &issuer,
                    &HttpConfig::sign_in(allow, false),
                )
                .map_err(RevokeError::from)?;
                let server = authorization_server(&http, &issuer, ExpectedIssuer::Asked)
                    .map_err(RevokeError::from)?;
                let registration = self.files.registration().ok().flatten();
                let registration = registration.ok_or(RefreshError::NoRegistration)?;
                issuer::check(&tokens, Some(&registration), &issuer).map_err(RefreshError::from)?;
                send(&http, &server, &registered_client(&registration, &server), &tokens)
            }
        }
    }

    fn warn(&self, error: &NotRevoked) {
        let warning = Diagnostic::of_warning(error);
        let note = format!(
            "signed out of `{}` on this machine, but its tokens were not revoked",
            self.name
        );
        eprint_diagnostics(&[warning.note(note)], self.invocation.terminal);
    }
}

fn send(
    http: &HttpClient,
    server: &AuthorizationServer,
    client: &OAuthClient,
    tokens: &TokenSet,
) -> Result<(), NotRevoked> {
    revoke(http, server, client, tokens)?;
    Ok(())
}
