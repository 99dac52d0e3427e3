//! Signing in on another device (RFC 8628): a code is shown here and typed there.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::cache::TokenSet;
use super::http::{HttpError, shown};
use super::register::DEVICE_GRANT;
use super::token_endpoint::{
    ErrorResponse, ExchangeError, TokenEndpoint, post_form, request_tokens,
};

/// Says why a sign-in on another device did not begin or end.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// No tokens came.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The server knows no such sign-in.
    #[error("`{0}` offers no sign-in on another device; use --no-browser")]
    NotOffered(String),
    /// The server refuses, or answers something else.
    #[error("`{url}` begins no sign-in: {error}; use --no-browser, or ask the server's owner")]
    Refused {
        /// The endpoint.
        url: String,
        /// What it said.
        error: ErrorResponse,
    },
    /// Nobody typed the code in time.
    #[error("the code was not used in time; sign in again")]
    Expired,
}

/// Holds what a person does on the other device.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// The address to open.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: Option<String>,
    /// The code to type.
    pub user_code: String,
    device_code: super::Token,
    interval: Duration,
    expires: Instant,
}

const DAY: u64 = 24 * 60 * 60;

/// Asks for a code.
///
/// # Errors
/// Fails where the server refuses or answers something else.
pub fn request(
    token_endpoint: TokenEndpoint<'_>,
    endpoint: &str,
    scope: Option<&str>,
) -> Result<DeviceAuthorization, DeviceError> {
    let mut form = vec![];
    form.extend(scope.map(|scope| ("scope", scope)));
    form.extend(token_endpoint.resource.map(|resource| ("resource", resource)));
    let response = post_form(token_endpoint.http, endpoint, token_endpoint.client, &form)?;
    let refused = |error| DeviceError::Refused { url: shown(endpoint), error };
    let map: Map<String, Value> = response.json().unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(verification_uri), Some(user_code), Some(device_code)) =
        (text("verification_uri"), text("user_code"), text("device_code"))
    else {
        return Err(refused(ErrorResponse::from_response(
            &response,
            &token_endpoint.client.secrets(),
        )));
    };
    token_endpoint.http.check_page(&verification_uri)?;
    let verification_uri_complete =
        text("verification_uri_complete").filter(|uri| token_endpoint.http.check_page(uri).is_ok());
    let seconds = |name: &str| map.get(name).and_then(Value::as_u64);
    // A server may name any number: one that is too big is as good as none, and a pause there always is.
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

/// Asks again and again until the code was typed. `tick` is told how much time is left.
///
/// # Errors
/// Fails where the server refuses and where nobody types the code until the deadline.
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
        match request_tokens(token_endpoint, &form) {
            Ok(tokens) => return Ok(tokens),
            Err(error) => match error.code() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval += Duration::from_secs(5),
                Some("expired_token") => return Err(DeviceError::Expired),
                Some(_) | None => return Err(error.into()),
            },
        }
    }
}
