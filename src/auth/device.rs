//! Signing in on another device (RFC 8628): a code is shown here and typed there.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::cache::TokenSet;
use super::exchange::{self, Desk, ExchangeError, Refusal};
use super::http::{HttpError, shown};
use super::register::DEVICE_GRANT;

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
    #[error("`{url}` begins no sign-in: {refusal}; use --no-browser, or ask the server's owner")]
    Refused {
        /// The endpoint.
        url: String,
        /// What it said.
        refusal: Refusal,
    },
    /// Nobody typed the code in time.
    #[error("the code was not used in time; sign in again")]
    Expired,
}

/// Holds what a person does on the other device.
#[derive(Debug)]
pub struct Errand {
    /// The address to open.
    pub uri: String,
    /// The same with the code in it.
    pub complete: Option<String>,
    /// The code to type.
    pub user_code: String,
    device_code: super::Token,
    interval: Duration,
    end: Instant,
}

const DAY: u64 = 24 * 60 * 60;

/// Asks for a code.
///
/// # Errors
/// Fails where the server refuses or answers something else.
pub fn begin(desk: Desk<'_>, endpoint: &str, scope: Option<&str>) -> Result<Errand, DeviceError> {
    let mut form = vec![];
    form.extend(scope.map(|scope| ("scope", scope)));
    form.extend(desk.resource.map(|resource| ("resource", resource)));
    let answer = exchange::post(desk.http, endpoint, desk.client, &form)?;
    let refused = |refusal| DeviceError::Refused { url: shown(endpoint), refusal };
    let map: Map<String, Value> = answer.json().unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(uri), Some(user_code), Some(device_code)) =
        (text("verification_uri"), text("user_code"), text("device_code"))
    else {
        return Err(refused(Refusal::of(&answer, &desk.client.secrets())));
    };
    desk.http.check_page(&uri)?;
    let complete =
        text("verification_uri_complete").filter(|uri| desk.http.check_page(uri).is_ok());
    let seconds = |name: &str| map.get(name).and_then(Value::as_u64);
    // A server may name any number: one that is too big is as good as none, and a pause there always is.
    let life = Duration::from_secs(seconds("expires_in").unwrap_or(600).min(DAY));
    let interval = seconds("interval").unwrap_or(5).clamp(1, DAY);
    Ok(Errand {
        uri,
        complete,
        user_code,
        device_code: device_code.into(),
        interval: Duration::from_secs(interval),
        end: Instant::now() + life,
    })
}

/// Asks again and again until the code was typed. `tick` is told how much time is left.
///
/// # Errors
/// Fails where the server refuses and where nobody types the code until the deadline.
pub fn wait(
    desk: Desk<'_>,
    errand: Errand,
    deadline: Instant,
    tick: &mut dyn FnMut(Duration),
) -> Result<TokenSet, DeviceError> {
    let Errand { device_code, mut interval, end, .. } = errand;
    let end = end.min(deadline);
    loop {
        let next = Instant::now() + interval;
        while Instant::now() < next {
            let left = end.saturating_duration_since(Instant::now());
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
        match exchange::ask(desk, &form) {
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
