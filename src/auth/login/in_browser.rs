//! Signs in through a browser. If the server turns out to have forgotten a stored registration, a new client is
//! registered at once.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::callback_port::CallbackPort;
use super::client::{self, SignInClient};
use super::registration_probe::{ProbeVerdict, probe_registration};
use super::wait::wait_for_code;
use super::{
    FORGOTTEN, LoginError, LoginEvent, LoginMethod, LoginRequest, NewSignIn, OnLoginEvent,
    token_endpoint,
};
use crate::auth::authorize::{AuthorizationCode, AuthorizationParams, AuthorizationRequest};
use crate::auth::discover::Discovery;
use crate::auth::error_response::ErrorResponse;
use crate::auth::rejection::forget_registration;
use crate::auth::requested_access::resource;
use crate::auth::token_endpoint::{ExchangeError, exchange_code};
use crate::auth::{browser, flow, register};
use crate::diagnostic::one_line;

/// What a sign-in through a browser needs besides the request.
#[derive(Debug, Clone, Copy)]
pub struct BrowserSignIn<'a> {
    /// The parameters of the sign-in.
    pub request: &'a LoginRequest<'a>,
    /// The result of discovery.
    pub found: &'a Discovery,
    /// Where the response arrives.
    pub callback: &'a CallbackPort,
    /// The scope to request.
    pub scope: Option<&'a str>,
    /// When nobody waits any more.
    pub deadline: Instant,
}

const PAGE_FAILS: &str = "the server's page reports an error for the previous one";
// A server may be busy when the code arrives, and the person has authorized already.
const EXCHANGES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl BrowserSignIn<'_> {
    /// Signs in. If the server has forgotten the client, does so as a new one.
    ///
    /// # Errors
    /// Fails if the sign-in is refused, or after the timeout.
    pub fn run(
        &self,
        client: SignInClient,
        on_event: OnLoginEvent<'_>,
    ) -> Result<NewSignIn, LoginError> {
        self.request.http.check_page(self.found.server.authorization_endpoint()?)?;
        self.request.http.check_page(&self.found.server.token_endpoint)?;
        if !self.found.server.states_pkce {
            on_event(LoginEvent::PkceNotStated(&self.found.server.issuer));
        }
        let client = self.checked(client, on_event)?;
        match self.attempt(&client, on_event) {
            Err(error) if client.is_reused() && rejects_client(&error) => {
                forget_registration(self.request.files, &client.oauth.id)?;
                let client = self.replace(FORGOTTEN, on_event)?;
                self.attempt(&client, on_event)
            }
            done => done,
        }
    }

    fn checked(
        &self,
        client: SignInClient,
        on_event: OnLoginEvent<'_>,
    ) -> Result<SignInClient, LoginError> {
        // For a wider scope, the client has just signed in.
        if self.request.wider_scope.is_some() || !client.is_reused() {
            return Ok(client);
        }
        let url = self.authorize(&client)?.url;
        match probe_registration(&self.request.http.until(self.deadline), &url) {
            ProbeVerdict::Usable => Ok(client),
            ProbeVerdict::PerhapsForgotten => match self.replace(PAGE_FAILS, on_event) {
                // The server may object to something else, and then its page says what.
                Err(LoginError::Register(_)) => Ok(client),
                replaced => replaced,
            },
            ProbeVerdict::Forgotten => {
                forget_registration(self.request.files, &client.oauth.id)?;
                self.replace(FORGOTTEN, on_event)
            }
        }
    }

    fn replace(
        &self,
        why: &'static str,
        on_event: OnLoginEvent<'_>,
    ) -> Result<SignInClient, LoginError> {
        let http = self.request.http.until(self.deadline);
        let request = self.request.over(&http);
        let client = client::register_client(&request, self.found, self.callback, self.scope)?;
        on_event(LoginEvent::NewClient(why));
        Ok(client)
    }

    fn authorize(&self, client: &SignInClient) -> Result<AuthorizationRequest, LoginError> {
        let params = AuthorizationParams {
            endpoint: self.found.server.authorization_endpoint()?,
            client_id: &client.oauth.id,
            client_origin: client.oauth.origin,
            redirect_uri: &client.redirect_uri,
            scope: self.scope,
            resource: resource(self.request.call, self.found),
            params: &self.request.call.authorize_params,
            files: Some(self.request.files),
        };
        let authorization = AuthorizationRequest::new(&self.found.server, &params)?;
        self.request.http.check_page(&authorization.url)?;
        Ok(authorization)
    }

    // Asks the person, and exchanges the code.
    fn attempt(
        &self,
        client: &SignInClient,
        on_event: OnLoginEvent<'_>,
    ) -> Result<NewSignIn, LoginError> {
        let request = self.request;
        let authorization = Arc::new(self.authorize(client)?);
        flow::make_room(request.files)?;
        client.flow(request.files, &authorization).write(request.files, &authorization.state);
        if let CallbackPort::Ours(server) = self.callback {
            server.expect(Arc::clone(&authorization));
        }
        show(request, &authorization.url, on_event);
        let until = (self.deadline, client.oauth.origin);
        let code = wait_for_code(request, &authorization, self.callback, until, on_event);
        let signed_in = code.and_then(|code| self.exchange(client, &authorization, code));
        match signed_in {
            // The page is still open, and the next bridge may get its response.
            Err(error @ LoginError::TimedOut { .. }) => Err(error),
            done => {
                flow::remove(request.files, authorization.state.expose())?;
                done
            }
        }
    }

    fn exchange(
        &self,
        client: &SignInClient,
        authorization: &AuthorizationRequest,
        AuthorizationCode { code, flow }: AuthorizationCode,
    ) -> Result<NewSignIn, LoginError> {
        let ours = flow.as_ref().and_then(|flow| flow.ours.as_ref());
        let earlier = ours.and_then(|ours| ours.registration.clone());
        let oauth = earlier.as_ref().map_or_else(
            || client.oauth.clone(),
            |earlier| register::registered_client(earlier, &self.found.server),
        );
        let verifier = flow.as_ref().map_or(&authorization.verifier, |flow| &flow.verifier);
        let redirect_uri = ours.map_or(&authorization.redirect_uri, |ours| &ours.redirect_uri);
        let endpoint = token_endpoint(self.request, self.found, &oauth);
        let once = || exchange_code(endpoint, &code, verifier, redirect_uri);
        let mut tokens = once();
        for _ in 1..EXCHANGES {
            let refusal = tokens.as_ref().err().and_then(ExchangeError::refusal);
            let left = self.deadline.saturating_duration_since(Instant::now());
            match refusal.filter(|refusal| refusal.is_transient() && !left.is_zero()) {
                Some(busy) => {
                    sleep(busy.retry_after().unwrap_or(PAUSE).min(LONGEST_PAUSE).min(left));
                }
                None => break,
            }
            tokens = once();
        }
        Ok(NewSignIn { tokens: tokens?, registration: earlier.or_else(|| client.unwritten()) })
    }
}

fn rejects_client(error: &LoginError) -> bool {
    let refusal = match error {
        LoginError::Exchange(error) => error.refusal(),
        LoginError::Authorize(error) => error.refusal(),
        LoginError::Http(_)
        | LoginError::CallbackPort(_)
        | LoginError::Discover(_)
        | LoginError::Register(_)
        | LoginError::Device(_)
        | LoginError::Credential(_)
        | LoginError::Unattended(_)
        | LoginError::Cache(_)
        | LoginError::Fs(_)
        | LoginError::TimedOut { .. } => None,
    };
    refusal.is_some_and(ErrorResponse::rejects_client)
}

fn show(request: &LoginRequest<'_>, url: &str, on_event: OnLoginEvent<'_>) {
    let opened = match request.method {
        LoginMethod::Browser => browser::open(url, request.env),
        LoginMethod::Printed | LoginMethod::Device => {
            return on_event(LoginEvent::AuthorizationUrl(url, false));
        }
    };
    match opened {
        Ok(mut child) => {
            // Reap the process when it ends.
            std::thread::spawn(move || child.wait().ok());
            on_event(LoginEvent::AuthorizationUrl(url, true));
        }
        Err(error) => {
            on_event(LoginEvent::NoBrowser(one_line(&error)));
            on_event(LoginEvent::AuthorizationUrl(url, false));
        }
    }
}
