//! Requests to the server, and their credential.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::budget::{BufferReservation, LONG, SHORT, reserve, unmapped};
use super::credential_error::BridgeCredentialError;
use super::error::BridgeError;
use super::in_flight::SessionHeaders;
use super::log::BridgeLog;
use super::message::LIMIT;
use crate::auth::challenge::Challenge;
use crate::http::{CancelHandle, HttpError, HttpMethod, StreamingResponse, shown};

mod credential;
mod http;

pub use credential::BridgeCredential;
use credential::NewToken;
pub use http::{BridgeHttp, BridgeRequest, END_SESSION_TIMEOUT};

const AUTHORIZATION: &str = "Authorization";
// How often a refused token is replaced: by one from the cache, by a refreshed one, and by one from a new sign-in.
const REFUSALS: u32 = 3;
// Sign-ins for a wider scope. Together with the first sign-in, these are as many as the specification's own client
// makes (SEP-2350).
const STEP_UPS: u32 = 2;

/// A connection to one server.
#[derive(Debug)]
pub struct Connection {
    http: BridgeHttp,
    credential: BridgeCredential,
    log: BridgeLog,
}

impl Connection {
    pub fn new(http: BridgeHttp, credential: BridgeCredential, log: BridgeLog) -> Self {
        Self { http, credential, log }
    }

    pub fn url(&self) -> &str {
        self.http.url()
    }

    /// Returns the server's URL as messages show it.
    pub fn shown(&self) -> String {
        shown(self.http.url())
    }

    /// Sends a request. If the server refuses the credential, gets another one and sends the request again. `person`
    /// says whether the client waits for the response, so that a person may be prompted to sign in.
    ///
    /// # Errors
    /// Fails if no response comes, or if the server accepts no credential.
    pub fn send(
        &self,
        request: &BridgeRequest<'_>,
        cancel: &CancelHandle,
        person: bool,
    ) -> Result<StreamingResponse, BridgeError> {
        let since = Instant::now();
        let (mut refusals, mut step_ups, mut refreshed) = (0, 0, false);
        loop {
            let fixed = self.http.has(AUTHORIZATION);
            let token = if fixed { None } else { self.credential.bearer() };
            let bearer = token.as_ref().map(|token| format!("Bearer {}", token.expose()));
            let mut headers = request.headers.to_vec();
            headers.extend(bearer.as_deref().map(|bearer| (AUTHORIZATION, bearer)));
            let authorized = BridgeRequest { headers: &headers, ..*request };
            let response = self.http.send(&authorized, cancel)?;
            self.log.debug_with(|| format!("the server responds {}", response.summary()));
            let challenge = Challenge::from_headers(response.header_values("www-authenticate"));
            let narrow = challenge.error.as_deref() == Some("insufficient_scope");
            // RFC 6750, section 3.1: `invalid_token` should come with 401, but some servers send another status.
            let invalid = challenge.error.as_deref() == Some("invalid_token");
            let status = if invalid && response.status == 400 { 401 } else { response.status };
            match status {
                401 if fixed => return Err(BridgeCredentialError::Header(self.shown()).into()),
                401 if refusals < REFUSALS => {
                    refusals += 1;
                    cancel.note_resent();
                    match self.credential.refused(token.as_ref(), since, refreshed, person)? {
                        NewToken::Cached => {}
                        NewToken::Refreshed => refreshed = true,
                        // If the server refuses the token of a new sign-in too, another token does not help.
                        NewToken::SignedIn => refusals = REFUSALS,
                    }
                }
                403 if narrow && (fixed || !person) => return Ok(response),
                403 if narrow && step_ups < STEP_UPS => {
                    step_ups += 1;
                    cancel.note_resent();
                    self.credential.step_up(token.as_ref(), &challenge, since)?;
                }
                403 if narrow => return Err(BridgeCredentialError::Scope(self.shown()).into()),
                _other => return Ok(response),
            }
        }
    }

    /// Ends a session. A server need not support that.
    pub fn end_session(&self, session: &SessionHeaders) {
        let bearer = self.credential.known().map(|token| format!("Bearer {}", token.expose()));
        let mut headers: Vec<(&str, &str)> = session.pairs().collect();
        headers.extend(bearer.as_deref().map(|bearer| (AUTHORIZATION, bearer)));
        let cancel = CancelHandle::default();
        let (url, method) = (self.http.url(), HttpMethod::Delete);
        self.http.send(&BridgeRequest { url, method, headers: &headers }, &cancel).ok();
    }

    /// Waits until no token is being refreshed, or until the timeout.
    pub fn wait_refreshed(&self, timeout: Duration) {
        self.credential.wait_refreshed(timeout);
    }

    /// Removes every credential from a string.
    pub fn redact(&self, text: String) -> String {
        self.credential.redact(text)
    }

    /// Removes every credential from the message of a JSON-RPC error.
    pub fn redact_error(&self, error: Option<&mut Value>) {
        self.credential.redact_error(error);
    }

    /// Reads a response body that consists of one message.
    ///
    /// # Errors
    /// Fails if the body is cut off, or is longer than the limit for a message.
    pub fn read_body(
        &self,
        response: StreamingResponse,
    ) -> Result<(Vec<u8>, Option<BufferReservation>), BridgeError> {
        let length = response.length();
        let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(SHORT));
        let mut body = response.into_body().take(LIMIT as u64 + 1);
        let long = length.filter(|length| *length > LONG);
        let mut reserved = long.map(|length| reserve(Some(length)));
        let mut read = (&mut body).take(SHORT as u64).read_to_end(&mut bytes);
        if read.is_ok() && bytes.len() == SHORT {
            unmapped(&mut bytes);
            bytes.reserve_exact(length.unwrap_or_default().min(LIMIT).saturating_sub(SHORT));
            read = (&mut body).take((LONG - SHORT) as u64).read_to_end(&mut bytes);
        }
        if read.is_ok() && bytes.len() == LONG {
            reserved = reserved.or_else(|| Some(reserve(None)));
            read = body.read_to_end(&mut bytes);
        }
        if bytes.len() > LIMIT {
            return Err(BridgeError::TooLong { url: self.shown() });
        }
        match read {
            // RFC 8259, section 8.1: a parser may ignore a byte order mark.
            Ok(_) if bytes.starts_with(b"\xef\xbb\xbf") => Ok((bytes.split_off(3), reserved)),
            Ok(_) => Ok((bytes, reserved)),
            Err(error) => {
                let (why, remedy) = (error.to_string(), "try again");
                Err(HttpError::Unreachable { url: self.shown(), why, help: remedy }.into())
            }
        }
    }

    /// Makes an error from a response, and drains the response.
    pub fn refused(&self, response: StreamingResponse) -> BridgeError {
        let error = self.refusal(&response);
        response.drain();
        error
    }

    /// Makes an error from a response.
    pub fn refusal(&self, response: &StreamingResponse) -> BridgeError {
        let (status, answered) = (response.status, response.summary());
        BridgeError::Refused { url: self.shown(), status, answered, error: None }
    }

    /// Makes the error for a missing response.
    pub fn unanswered(&self) -> BridgeError {
        BridgeError::Unanswered { url: self.shown() }
    }
}
