//! The response of a token endpoint.

use serde_json::{Map, Value};

use super::{InvalidTokenSet, TokenSet, jwt_end, millis, number};

// The lifetime if the server does not say: short with a refresh token, so that it is refreshed
// under the lease and not by five bridges at once; long without one, since a person would have to
// sign in again.
pub(super) const UNKNOWN_RENEWABLE: u64 = 60 * 60 * 1000;
pub(super) const UNKNOWN: u64 = 365 * 24 * 60 * 60 * 1000;

// Fields of the cache, which no server sets.
const OURS: [&str; 3] = ["expires_at", "issuer", "requested_scope"];
const OPTIONAL: [&str; 3] = ["refresh_token", "id_token", "scope"];

impl TokenSet {
    /// Makes a token set of the fields of a response that came at `now`. Null counts as missing, and so does an empty
    /// optional string. The token set always has an expiry.
    ///
    /// # Errors
    /// Fails with the first reason.
    pub fn granted(mut fields: Map<String, Value>, now: u64) -> Result<Self, InvalidTokenSet> {
        let is_empty = |name: &str, value: &Value| OPTIONAL.contains(&name) && *value == "";
        fields.retain(|name, value| {
            !(OURS.contains(&name.as_str()) || value.is_null() || is_empty(name, value))
        });
        let seconds = number(&fields, "expires_in")?;
        if seconds.is_some_and(|seconds| seconds < 0.0) {
            return Err(InvalidTokenSet::Expired);
        }
        let lifetime = seconds.map(millis);
        if let Some(lifetime) = lifetime {
            fields.insert("expires_in".into(), (lifetime / 1000).into());
        }
        let tokens = Self::from_fields(fields)?;
        let named = lifetime.filter(|lifetime| *lifetime > 0);
        let end = named.map(|lifetime| now.saturating_add(lifetime));
        let end = end.or_else(|| jwt_end(&tokens.access_token).filter(|end| *end > now));
        let unknown = if tokens.refresh_token.is_some() { UNKNOWN_RENEWABLE } else { UNKNOWN };
        Ok(Self { expires_at: Some(end.unwrap_or(now.saturating_add(unknown))), ..tokens })
    }
}
