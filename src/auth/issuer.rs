//! Which authorization server a sign-in belongs to. Its tokens and its client are sent to no other one.

use super::cache::{Registration, TokenSet};
use crate::diagnostic::Help;
use crate::display::excerpt;

/// Why a sign-in may not be sent to the authorization server that the server names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Another authorization server has issued it.
    #[error(
        "the sign-in is from `{stored}`, but the server now uses the authorization server `{found}`"
    )]
    Other {
        /// The issuer of the cached sign-in.
        stored: String,
        /// The issuer that the server names now.
        found: String,
    },
    /// The cache does not say who has issued it.
    #[error("the stored sign-in does not name the authorization server that issued its tokens")]
    Unknown {
        /// The issuer that the server names now.
        found: String,
    },
}

impl Help for IssuerError {
    fn note(&self) -> Option<String> {
        Some(match self {
            Self::Other { .. } => "tokens are not sent to another authorization server".to_owned(),
            Self::Unknown { found } => {
                format!("`{found}`, which the server names now, may be another one")
            }
        })
    }

    // The fix is to sign in, and only a command knows how.
    fn help(&self) -> Option<String> {
        None
    }
}

/// Returns the issuer of a sign-in, if the cache has it. Bridges before mcp-remote 0.14.5 do not store it, and later ones
/// drop it when they refresh the tokens.
pub fn of_sign_in(tokens: &TokenSet, registration: Option<&Registration>) -> Option<String> {
    tokens.issuer.clone().or_else(|| registration?.issuer.clone())
}

/// Checks that a sign-in belongs to the discovered issuer. `registration` is that of its client, unless the client is
/// declared.
///
/// # Errors
/// Fails if the sign-in belongs to another authorization server, or to an unknown one.
pub fn check(
    tokens: &TokenSet,
    registration: Option<&Registration>,
    found: &str,
) -> Result<(), IssuerError> {
    if let Some(registration) = registration {
        check_known(registration.issuer.as_deref(), found)?;
    }
    let claimed = || tokens.claimed_issuer().filter(|claimed| is_same(claimed, found));
    match of_sign_in(tokens, registration).or_else(claimed) {
        Some(stored) => check_known(Some(&stored), found),
        // Some servers name another issuer in a token than in their metadata, so that is not proof of a move.
        None => Err(IssuerError::Unknown { found: excerpt(found) }),
    }
}

/// Checks that an issuer, if it is known, is the discovered one.
///
/// # Errors
/// Fails if it is another one.
pub fn check_known(stored: Option<&str>, found: &str) -> Result<(), IssuerError> {
    match stored.filter(|stored| !is_same(stored, found)) {
        Some(stored) => Err(IssuerError::Other { stored: excerpt(stored), found: excerpt(found) }),
        None => Ok(()),
    }
}

/// Returns whether two issuers are the same. A trailing slash does not matter, since the bridge adds one.
pub fn is_same(stored: &str, found: &str) -> bool {
    stored.trim_end_matches('/') == found.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    const AS: &str = "https://as.example";

    #[test]
    fn a_sign_in_goes_to_its_own_authorization_server_only() {
        let jwt = |iss: &str| {
            format!("e30.{}.x", URL_SAFE_NO_PAD.encode(json!({ "iss": iss }).to_string()))
        };
        let (ours, other) = (jwt(AS), jwt("https://other.example"));
        let unknown = Err(IssuerError::Unknown { found: AS.into() });
        let moved =
            |stored: &str| Err(IssuerError::Other { stored: stored.into(), found: AS.into() });
        for (tokens, registered, want) in [
            (json!({ "issuer": AS }), None, Ok(())),
            (json!({ "issuer": "https://as.example/" }), None, Ok(())),
            (json!({ "issuer": "https://evil.example" }), None, moved("https://evil.example")),
            (json!({ "issuer": AS }), Some(Value::Null), Ok(())),
            (
                json!({ "issuer": AS }),
                Some(json!("https://old.example")),
                moved("https://old.example"),
            ),
            (json!({}), Some(json!(AS)), Ok(())),
            (json!({}), Some(json!("https://old.example")), moved("https://old.example")),
            (json!({}), Some(Value::Null), unknown.clone()),
            (json!({}), None, unknown.clone()),
            (json!({ "id_token": ours }), None, Ok(())),
            (json!({ "access_token": ours }), Some(Value::Null), Ok(())),
            (json!({ "id_token": other }), None, unknown.clone()),
            (json!({ "id_token": "e30.e30.x" }), None, unknown),
        ] {
            let mut fields = json!({ "access_token": "a", "token_type": "Bearer" });
            fields.as_object_mut().unwrap().extend(tokens.as_object().unwrap().clone());
            let tokens = TokenSet::from_file(fields.to_string().as_bytes()).unwrap();
            let registration = registered.map(|issuer| {
                let mut fields = json!({ "client_id": "c", "redirect_uris": [] });
                if !issuer.is_null() {
                    fields["issuer"] = issuer;
                }
                Registration::from_file(fields.to_string().as_bytes()).unwrap()
            });
            assert_eq!(
                check(&tokens, registration.as_ref(), AS),
                want,
                "{fields} {registration:?}"
            );
        }
    }
}
