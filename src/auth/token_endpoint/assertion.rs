//! The two exchanges of enterprise-managed authorization: an ID token for an assertion (RFC 8693), and an assertion for an
//! access token (RFC 7523).

use serde_json::Value;

use super::{ExchangeError, REFRESH_TIMEOUT, TokenEndpoint};
use crate::auth::Token;
use crate::auth::cache::{InvalidTokenSet, TokenSet};

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// Exchanges an ID token for an assertion that the authorization server `audience` accepts, at the identity provider.
///
/// # Errors
/// Fails if the provider refuses, or if its response is not such an assertion.
pub fn exchange_identity(
    endpoint: TokenEndpoint<'_>,
    id_token: &Token,
    audience: &str,
    scope: Option<&str>,
) -> Result<Token, ExchangeError> {
    endpoint.http.check(endpoint.url)?;
    let mut form = vec![
        ("grant_type", TOKEN_EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("subject_token_type", ID_TOKEN),
        ("subject_token", id_token.expose()),
        ("audience", audience),
    ];
    form.extend(scope.map(|scope| ("scope", scope)));
    let (summary, mut fields) = endpoint.post(&form, REFRESH_TIMEOUT)?;
    if fields.get("issued_token_type").and_then(Value::as_str) != Some(ID_JAG) {
        return Err(endpoint.invalid(summary, &"`issued_token_type` is not that of an ID-JAG"));
    }
    match fields.remove("access_token") {
        Some(Value::String(jwt)) if is_jwt(&jwt) => Ok(Token::new(jwt)),
        Some(_) | None => {
            Err(endpoint.invalid(summary, &InvalidTokenSet::Characters("access_token")))
        }
    }
}

/// Exchanges an assertion for an access token.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn exchange_assertion(
    endpoint: TokenEndpoint<'_>,
    assertion: &Token,
    scope: Option<&str>,
) -> Result<TokenSet, ExchangeError> {
    let mut form = vec![("grant_type", JWT_BEARER), ("assertion", assertion.expose())];
    form.extend(scope.map(|scope| ("scope", scope)));
    endpoint.request(REFRESH_TIMEOUT, &form)
}

fn is_jwt(text: &str) -> bool {
    let good = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !part.is_empty() && part.chars().all(allowed)
    };
    text.split('.').count() == 3 && text.split('.').all(good)
}
