//! Device authorization (RFC 8628): the person enters a code on another device.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::Token;
use super::cache::TokenSet;
use super::error_response::ErrorResponse;
use super::register::DEVICE_GRANT;
use super::token_endpoint::{ExchangeError, GRANT_TIMEOUT, TokenEndpoint, post_form};
use crate::diagnostic::Help;
use crate::http::{HttpError, shown};

/// Why a device authorization failed.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The token endpoint gave no tokens.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The server has no device authorization endpoint.
    #[error("`{0}` does not support device authorization")]
    NotOffered(String),
    /// The server refused the device authorization request.
    #[error("`{url}` rejected the device authorization: {error}")]
    Refused {
        /// The device authorization endpoint.
        url: String,
        /// The error response.
        error: ErrorResponse,
    },
    /// Nobody entered the code in time.
    #[error("the code expired before anyone entered it")]
    Expired,
}

impl Help for DeviceError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::Exchange(error) => error.note(),
            Self::NotOffered(_) | Self::Refused { .. } | Self::Expired => None,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Http(error) => return error.help(),
            Self::Exchange(error) => return error.help(),
            Self::NotOffered(_) => "use `--no-browser`",
            Self::Refused { .. } => "use `--no-browser`, or ask the server's owner",
            Self::Expired => "sign in again",
        };
        Some(help.to_owned())
    }
}

impl DeviceError {
    /// Returns whether the server does not know the OAuth client.
    pub fn rejects_client(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error.rejects_client(),
            Self::Exchange(error) => error.refusal().is_some_and(ErrorResponse::rejects_client),
            Self::Http(_) | Self::NotOffered(_) | Self::Expired => false,
        }
    }
}

/// A device authorization in progress.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// The URL to open.
    pub verification_uri: String,
    /// The same URL with the code in it.
    pub verification_uri_complete: Option<String>,
    /// The code to enter.
    pub user_code: String,
    device_code: Token,
    interval: Duration,
    expires: Instant,
}

// Nobody enters more.
const LONGEST_CODE: usize = 64;
const DAY: u64 = 24 * 60 * 60;

/// Requests a device authorization.
///
/// # Errors
/// Fails if the server refuses or sends an invalid response.
pub fn request(
    token_endpoint: TokenEndpoint<'_>,
    endpoint: &str,
    scope: Option<&str>,
) -> Result<DeviceAuthorization, DeviceError> {
    let mut form = vec![];
    form.extend(scope.map(|scope| ("scope", scope)));
    form.extend(token_endpoint.resource.map(|resource| ("resource", resource)));
    let response = post_form(token_endpoint.http, endpoint, token_endpoint.client, &form, None)?;
    let refused = |error| DeviceError::Refused { url: shown(endpoint), error };
    let map: Map<String, Value> = response.json().unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let user_code = text("user_code").filter(|code| code.len() <= LONGEST_CODE);
    let (Some(verification_uri), Some(user_code), Some(device_code)) =
        (text("verification_uri"), user_code, text("device_code"))
    else {
        let secrets = token_endpoint.client.secrets();
        let hidden: Vec<&str> = secrets.iter().map(Token::expose).collect();
        return Err(refused(ErrorResponse::from_response(&response, &hidden)));
    };
    token_endpoint.http.check_page(&verification_uri)?;
    let verification_uri_complete =
        text("verification_uri_complete").filter(|uri| token_endpoint.http.check_page(uri).is_ok());
    let seconds = |name: &str| map.get(name).and_then(Value::as_u64);
    // The server chooses these numbers: limit them, and always pause.
    let life = Duration::from_secs(seconds("expires_in").unwrap_or(600).min(DAY));
    let interval = seconds("interval").unwrap_or(5).clamp(1, DAY);
    Ok(DeviceAuthorization {
        verification_uri,
        verification_uri_complete,
        user_code,
        device_code: device_code.into(),
        interval: Duration::from_secs(interval),
        expires: Instant::now() + life,
    })
}

/// Polls the token endpoint until the code was entered. `tick` gets the remaining time.
///
/// # Errors
/// Fails if the server refuses, or if nobody enters the code before the deadline.
pub fn poll(
    token_endpoint: TokenEndpoint<'_>,
    authorization: DeviceAuthorization,
    deadline: Instant,
    tick: &mut dyn FnMut(Duration),
) -> Result<TokenSet, DeviceError> {
    let DeviceAuthorization { device_code, mut interval, expires, .. } = authorization;
    let expires = expires.min(deadline);
    loop {
        let next = Instant::now() + interval;
        while Instant::now() < next {
            let left = expires.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DeviceError::Expired);
            }
            tick(left);
            sleep(
                left.min(Duration::from_millis(100))
                    .min(next.saturating_duration_since(Instant::now())),
            );
        }
        let form = [("grant_type", DEVICE_GRANT), ("device_code", device_code.expose())];
        match token_endpoint.request(GRANT_TIMEOUT, &form) {
            Ok(tokens) => return Ok(tokens),
            Err(error) => match error.code() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval += Duration::from_secs(5),
                Some("expired_token") => return Err(DeviceError::Expired),
                Some(_) | None => match error.refusal().filter(|refusal| refusal.is_transient()) {
                    Some(refusal) => interval += refusal.retry_after().unwrap_or_default(),
                    None => return Err(error.into()),
                },
            },
        }
    }
}
