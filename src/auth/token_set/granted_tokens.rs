//! The response of a token endpoint, as the `oauth2` crate reads it.

use std::time::Duration;

use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse, TokenType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{InvalidTokenSet, Rest, Token, TokenSet, jwt_end, millis, number};

/// A token type that means bearer tokens, as the server writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BearerType(String);

impl TokenType for BearerType {}

/// The tokens in a response. The crate's own type accepts only what RFC 6749 says; this one accepts what servers send.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct GrantedTokens {
    access_token: AccessToken,
    token_type: BearerType,
    expires_in: Option<Duration>,
    refresh_token: Option<RefreshToken>,
    scopes: Option<Vec<Scope>>,
    #[serde(skip_serializing)]
    id_token: Option<Token>,
    #[serde(skip_serializing)]
    rest: Rest,
}

// The lifetime if the server does not say: short with a refresh token, so that it is refreshed
// under the lease and not by five bridges at once; long without one, since a person would have to
// sign in again.
pub(super) const UNKNOWN_RENEWABLE: u64 = 60 * 60 * 1000;
pub(super) const UNKNOWN: u64 = 365 * 24 * 60 * 60 * 1000;

// Fields of the cache, which no server sets.
const OURS: [&str; 3] = ["expires_at", "issuer", "requested_scope"];
const OPTIONAL: [&str; 3] = ["refresh_token", "id_token", "scope"];

impl TryFrom<Map<String, Value>> for GrantedTokens {
    type Error = InvalidTokenSet;

    /// Reads the fields of a response. Null counts as missing, and so does an empty optional string.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, InvalidTokenSet> {
        let is_empty = |name: &str, value: &Value| OPTIONAL.contains(&name) && *value == "";
        fields.retain(|name, value| {
            !(OURS.contains(&name.as_str()) || value.is_null() || is_empty(name, value))
        });
        let seconds = number(&fields, "expires_in")?;
        if seconds.is_some_and(|seconds| seconds < 0.0) {
            return Err(InvalidTokenSet::Expired);
        }
        let lifetime = seconds.map(|seconds| Duration::from_millis(millis(seconds)));
        if let Some(lifetime) = lifetime {
            fields.insert("expires_in".into(), lifetime.as_secs().into());
        }
        let tokens = TokenSet::from_fields(fields)?;
        let scopes = |scope: String| scope.split(' ').map(|one| Scope::new(one.into())).collect();
        Ok(Self {
            access_token: AccessToken::new(tokens.access_token.expose().to_owned()),
            token_type: BearerType(tokens.token_type),
            expires_in: lifetime,
            refresh_token: tokens
                .refresh_token
                .map(|token| RefreshToken::new(token.expose().to_owned())),
            scopes: tokens.scope.map(scopes),
            id_token: tokens.id_token,
            rest: tokens.rest,
        })
    }
}

impl TokenResponse for GrantedTokens {
    type TokenType = BearerType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BearerType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scopes.as_ref()
    }
}

impl TokenSet {
    /// Makes a token set of tokens that were granted at `now`. It always has an expiry.
    pub fn granted(tokens: GrantedTokens, now: u64) -> Self {
        let access_token = Token::new(tokens.access_token().secret().clone());
        let refresh_token = tokens.refresh_token().map(|token| Token::new(token.secret().clone()));
        let words = tokens.scopes().map(|scopes| scopes.iter().map(|scope| scope.as_str()));
        let named = tokens.expires_in().filter(|lifetime| !lifetime.is_zero());
        let named = named.and_then(|lifetime| u64::try_from(lifetime.as_millis()).ok());
        let end = named.map(|lifetime| now.saturating_add(lifetime));
        let end = end.or_else(|| jwt_end(&access_token).filter(|end| *end > now));
        let unknown = if refresh_token.is_some() { UNKNOWN_RENEWABLE } else { UNKNOWN };
        Self {
            access_token,
            token_type: tokens.token_type().0.clone(),
            refresh_token,
            scope: words.map(|words| words.collect::<Vec<_>>().join(" ")),
            asked_scope: None,
            expires_at: Some(end.unwrap_or(now.saturating_add(unknown))),
            issuer: None,
            id_token: tokens.id_token,
            rest: tokens.rest,
        }
    }
}
