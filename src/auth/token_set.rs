//! A token set, as in the cache and in the response of a token endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Token;
use super::javascript::trim;

mod granted_scope;
mod granted_tokens;

/// The tokens of a sign-in and their expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet {
    /// The access token.
    pub access_token: Token,
    /// The token type: `Bearer`, in any case.
    pub token_type: String,
    /// The refresh token.
    pub refresh_token: Option<Token>,
    /// The ID token (OpenID Connect).
    pub id_token: Option<Token>,
    /// The scope to repeat when refreshing: the granted one, or empty if the server rejects a scope then.
    pub scope: Option<String>,
    /// The requested scope, if a bridge has stored it. mcpgen never writes it.
    pub asked_scope: Option<String>,
    /// When the access token expires, in milliseconds since 1970.
    pub expires_at: Option<u64>,
    /// The issuer.
    pub issuer: Option<String>,
    /// All other fields. They may hold secrets and are never shown.
    pub rest: Rest,
}

/// Fields that mcpgen preserves without using them; `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Rest(pub Map<String, Value>);

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest(…)")
    }
}

/// What is wrong with a token set. No value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTokenSet {
    /// It is not JSON, or incomplete.
    #[error("the content is not a complete JSON object")]
    NotJson,
    /// A field is missing or has the wrong type.
    #[error("`{0}` is missing or not a string")]
    Field(&'static str),
    /// A token contains a character that no request header can carry.
    #[error("`{0}` is empty or contains characters other than visible ASCII")]
    Characters(&'static str),
    /// A token or the scope is too long for a request.
    #[error("`{0}` is longer than 12 KiB")]
    Long(&'static str),
    /// The tokens are not bearer tokens.
    #[error("`token_type` is not `Bearer`")]
    Type,
    /// The tokens are bound to a key (RFC 9449), which no bridge supports.
    #[error("`token_type` is `DPoP`, but only `Bearer` tokens are supported")]
    Dpop,
    /// A time is not a number.
    #[error("`{0}` is not a number")]
    Time(&'static str),
    /// The access token has expired already.
    #[error("`expires_in` is negative")]
    Expired,
}

// What a header line of most servers may hold.
const MAX_TOKEN: usize = 12 << 10;
// Slack names its bearer tokens by who they belong to.
const BEARER: [&str; 3] = ["bearer", "user", "bot"];

impl TokenSet {
    /// Parses a file of the cache; rejects what mcp-remote rejects.
    ///
    /// # Errors
    /// Fails with the first reason.
    pub fn from_file(bytes: &[u8]) -> Result<Self, InvalidTokenSet> {
        let fields: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|_| InvalidTokenSet::NotJson)?;
        Self::from_fields(fields)
    }

    fn from_fields(mut fields: Map<String, Value>) -> Result<Self, InvalidTokenSet> {
        number(&fields, "expires_in")?;
        let expires_at = number(&fields, "expires_at")?;
        fields.remove("expires_at");
        let asked_scope = text(&mut fields, "requested_scope")?;
        let access_token = token(&mut fields, "access_token")?;
        let token_type = text(&mut fields, "token_type")?;
        let token_type = token_type.ok_or(InvalidTokenSet::Field("token_type"))?;
        check_type(&token_type)?;
        let scope = text(&mut fields, "scope")?;
        if scope.as_ref().is_some_and(|scope| scope.len() > MAX_TOKEN) {
            return Err(InvalidTokenSet::Long("scope"));
        }
        Ok(Self {
            access_token: access_token.ok_or(InvalidTokenSet::Field("access_token"))?,
            token_type,
            refresh_token: token(&mut fields, "refresh_token")?,
            id_token: token(&mut fields, "id_token")?,
            scope,
            asked_scope,
            // A bridge ignores an expiry of zero.
            expires_at: expires_at.filter(|at| *at != 0.0).map(|at| at.max(1.0) as u64),
            issuer: text(&mut fields, "issuer")?,
            rest: Rest(fields),
        })
    }

    /// Returns whether a bridge that requests `scope` keeps this sign-in. A bridge without a scope
    /// asks the server, so the answer is not known here.
    pub fn is_for(&self, scope: Option<&str>) -> bool {
        match (&self.asked_scope, scope) {
            (Some(asked), Some(scope)) => asked == scope,
            (Some(_) | None, _) => true,
        }
    }

    /// Returns the account, from the ID token (OpenID Connect Core 1.0, section 5.1). It is for
    /// display only, since its signature is not verified.
    pub fn account(&self) -> Option<String> {
        let claims = claims(self.id_token.as_ref()?)?;
        let said = ["email", "preferred_username", "name"].iter();
        said.filter_map(|name| claims.get(*name)?.as_str()).map(str::to_owned).next()
    }

    /// Returns the issuer that the ID token names (OpenID Connect Core 1.0, section 2), or the access token, if it is a JWT
    /// (RFC 9068).
    pub fn claimed_issuer(&self) -> Option<String> {
        let named = |token: &Token| Some(claims(token)?.get("iss")?.as_str()?.to_owned());
        self.id_token.as_ref().and_then(named).or_else(|| named(&self.access_token))
    }

    /// Returns the lifetime of the access token in milliseconds, if the server said so.
    pub fn lifetime(&self) -> Option<u64> {
        let seconds = number(&self.rest.0, "expires_in").ok()??;
        (seconds > 0.0).then(|| millis(seconds))
    }

    /// Returns the token set with the expiry and the lifetime of the ID token in place of those of the access token, if the
    /// ID token has an expiry.
    pub fn as_id_token(&self) -> Option<Self> {
        let claims = claims(self.id_token.as_ref()?)?;
        let end = claims.get("exp")?.as_f64().filter(|seconds| *seconds > 0.0)?;
        let mut sent = Self { expires_at: Some(millis(end)), ..self.clone() };
        if let Some(issued) = claims.get("iat").and_then(Value::as_f64) {
            sent.rest.0.insert("expires_in".to_owned(), (end - issued).max(0.0).into());
        }
        Some(sent)
    }

    /// Serializes a file of the cache, without `requested_scope`: a bridge would compare it, and
    /// delete a sign-in for another scope.
    pub fn to_file(&self) -> Vec<u8> {
        let Self {
            access_token,
            token_type,
            refresh_token,
            id_token,
            scope,
            asked_scope: _,
            expires_at,
            issuer,
            rest,
        } = self;
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                fields.insert(name.into(), value.into());
            }
        };
        put("access_token", Some(access_token.expose()));
        put("token_type", Some(token_type));
        put("refresh_token", refresh_token.as_ref().map(Token::expose));
        put("id_token", id_token.as_ref().map(Token::expose));
        put("scope", scope.as_deref());
        put("issuer", issuer.as_deref());
        fields.extend(expires_at.map(|at| ("expires_at".to_owned(), at.into())));
        fields.extend(rest.0.clone());
        file(&fields)
    }
}

/// Serializes JSON as mcp-remote does.
pub(super) fn file(fields: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec_pretty(fields).expect("plain data")
}

// Removes a string from the fields; another type makes the token set invalid.
fn text(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, InvalidTokenSet> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        ) => Err(InvalidTokenSet::Field(name)),
    }
}

// Removes a token from the fields. RFC 6750, section 2.1, allows fewer characters, but all servers with Cloudflare's
// workers-oauth-provider put `:` into their tokens, and a header can carry every visible character.
fn token(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<Token>, InvalidTokenSet> {
    let Some(token) = text(fields, name)?.map(Token::from) else { return Ok(None) };
    if token.expose().len() > MAX_TOKEN {
        return Err(InvalidTokenSet::Long(name));
    }
    let visible = token.expose().bytes().all(|byte| byte.is_ascii_graphic());
    if token.expose().is_empty() || !visible {
        return Err(InvalidTokenSet::Characters(name));
    }
    Ok(Some(token))
}

// RFC 6749, section 7.1: a client must not use a token whose type it does not know.
fn check_type(token_type: &str) -> Result<(), InvalidTokenSet> {
    if BEARER.iter().any(|known| token_type.eq_ignore_ascii_case(known)) {
        Ok(())
    } else if token_type.eq_ignore_ascii_case("dpop") {
        Err(InvalidTokenSet::Dpop)
    } else {
        Err(InvalidTokenSet::Type)
    }
}

// Converts a field as `Number` does in JavaScript.
fn number(fields: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, InvalidTokenSet> {
    let read = match fields.get(name) {
        None => return Ok(None),
        Some(Value::Null) => Some(0.0),
        Some(Value::Bool(flag)) => Some(f64::from(u8::from(*flag))),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) if trim(text).is_empty() => Some(0.0),
        Some(Value::String(text)) => trim(text).parse().ok(),
        Some(Value::Array(_) | Value::Object(_)) => None,
    };
    read.filter(|number| number.is_finite()).map(Some).ok_or(InvalidTokenSet::Time(name))
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

/// Returns when a JSON Web Token (RFC 7519) expires, in milliseconds since 1970. Other tokens do not say.
pub fn jwt_end(token: &Token) -> Option<u64> {
    let seconds = claims(token)?.get("exp")?.as_f64()?;
    (seconds > 0.0).then(|| millis(seconds))
}

/// Returns the claims of a JSON Web Token, whose signature is not verified.
pub fn claims(token: &Token) -> Option<Value> {
    let payload = token.expose().split('.').nth(1)?.trim_end_matches('=');
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests;
