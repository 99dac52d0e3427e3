//! `logout`: takes sign-ins out of the cache, and ends them at the server where it can.

use super::login::target::{Place, Target, declared};
use super::refresh::renewal;
use super::{Done, Rim, say, tell};
use crate::auth::cache::{CacheError, Files, TokenSet};
use crate::auth::discover::{AuthorizationServer, authorization_server, discover};
use crate::auth::exchange::Client;
use crate::auth::http::Http;
use crate::auth::lease;
use crate::auth::refresh::{RefreshError, check_issuer};
use crate::auth::register::registered;
use crate::auth::revoke::{RevokeError, revoke};
use crate::cli::{Exit, Logout};
use crate::diagnostic::Diagnostic;

pub fn run(rim: &Rim<'_>, flags: &Logout) -> Done {
    // Everything is to go, so nothing need be declared.
    let bare = flags.all && !rim.declaration_path().is_file();
    let (place, targets) =
        if bare { (Place::new(rim, None), vec![]) } else { declared(rim, &flags.servers)? };
    let found: Vec<(Files, Option<&Target>)> = if flags.all {
        let known = |files: &Files| targets.iter().find(|target| target.files == *files);
        let all = place.cache.list().into_iter();
        all.map(|files| (files.clone(), known(&files))).collect()
    } else {
        targets.iter().map(|target| (target.files.clone(), Some(target))).collect()
    };
    let mut exit = Exit::Done;
    for (files, target) in found {
        let name =
            target.map_or_else(|| rim.env.display(&files.path("tokens.json")), |t| t.name.clone());
        let job = Job { rim, flags, files, target, name };
        if let Err(error) = job.run() {
            let fault = Diagnostic::error(error.to_string());
            say(&[fault.note(format!("signing out of `{}`", job.name))], rim.terminal);
            exit = exit.and(Exit::Error);
        }
    }
    Ok(exit)
}

/// Holds one sign-in to end. Its server need not be declared.
struct Job<'a> {
    rim: &'a Rim<'a>,
    flags: &'a Logout,
    files: Files,
    target: Option<&'a Target>,
    name: String,
}

/// Says why a sign-in was not ended at the server.
#[derive(Debug, thiserror::Error)]
enum NotRevoked {
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    #[error(
        "the cache does not say which server it comes from; end it on the server's account page"
    )]
    NoIssuer,
}

impl Job<'_> {
    fn run(&self) -> Result<(), CacheError> {
        let known = self.files.exists();
        if known {
            // Nobody renews it meanwhile: the token set would be written once more.
            let _lease = lease::take_turn(&self.files, &|_| false)?;
            if let Err(error) = self.revoke() {
                self.warn(&error);
            }
            self.files.remove_tokens()?;
        }
        if self.flags.forget {
            self.files.remove_registration()?;
        }
        let what = if known { "signed out" } else { "was not signed in" };
        tell(&format!("{}: {what}\n", self.name));
        Ok(())
    }

    // A sign-in that is not whole has nothing to revoke.
    fn revoke(&self) -> Result<(), NotRevoked> {
        let Ok(Some(tokens)) = self.files.tokens() else { return Ok(()) };
        let allow = self.flags.allow_private;
        match self.target {
            Some(target) => {
                let http =
                    Http::new(self.rim.env, &target.call.url, allow).map_err(RevokeError::from)?;
                let credentials = target
                    .wanted
                    .look_up(&target.call, self.rim.env)
                    .map_err(RefreshError::from)?;
                let found = discover(&http, &target.call.url, &credentials.headers);
                let found = found.map_err(RevokeError::from)?;
                // Neither the tokens nor the client's secret are anybody else's business.
                check_issuer(tokens.issuer.as_deref(), &found)?;
                let client = renewal(target, &credentials, &http).client(&found)?;
                send(&http, &found.server, &client, &tokens)
            }
            None => {
                let issuer = tokens.issuer.clone().ok_or(NotRevoked::NoIssuer)?;
                let http = Http::new(self.rim.env, &issuer, allow).map_err(RevokeError::from)?;
                let server =
                    authorization_server(&http, &issuer, false).map_err(RevokeError::from)?;
                let registration = self.files.registration().ok().flatten();
                let registration = registration.ok_or(RefreshError::NoClient)?;
                send(&http, &server, &registered(&registration, &server), &tokens)
            }
        }
    }

    fn warn(&self, error: &NotRevoked) {
        let warning = Diagnostic::warning(error.to_string());
        let note = format!("`{}` is signed out here, and its tokens were not revoked", self.name);
        say(&[warning.note(note)], self.rim.terminal);
    }
}

fn send(
    http: &Http,
    server: &AuthorizationServer,
    client: &Client,
    tokens: &TokenSet,
) -> Result<(), NotRevoked> {
    revoke(http, server, client, tokens)?;
    Ok(())
}
