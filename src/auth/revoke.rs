//! Revokes tokens (RFC 7009).

use super::Token;
use super::cache::TokenSet;
use super::discover::{AuthorizationServer, DiscoverError};
use super::error_response::ErrorResponse;
use super::oauth_client::OAuthClient;
use super::token_endpoint::post_form;
use crate::diagnostic::Help;
use crate::http::{HttpClient, HttpError, shown};

/// Why the server did not revoke a token.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Discovery failed.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The server refused.
    #[error("`{url}` rejected the request to revoke the token: {error}")]
    Refused {
        /// The revocation endpoint.
        url: String,
        /// The error response.
        error: ErrorResponse,
    },
}

impl Help for RevokeError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::Discover(error) => error.note(),
            Self::Refused { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Refused { .. } => {
                Some("revoke the access on the server's account page".to_owned())
            }
        }
    }
}

/// Revokes a token set. The refresh token goes first: most servers then end the whole sign-in.
/// Returns whether the server supports revocation.
///
/// # Errors
/// Fails if there is no response, or if the server refuses.
pub fn revoke(
    http: &HttpClient,
    server: &AuthorizationServer,
    client: &OAuthClient,
    tokens: &TokenSet,
) -> Result<bool, RevokeError> {
    let Some(endpoint) = &server.revocation_endpoint else { return Ok(false) };
    let refresh = tokens.refresh_token.as_ref().map(|token| ("refresh_token", token));
    for (hint, token) in refresh.into_iter().chain([("access_token", &tokens.access_token)]) {
        let form = [("token", token.expose()), ("token_type_hint", hint)];
        let answer = post_form(http, endpoint, client, &form, None)?;
        if !answer.is_success() {
            let secrets = client.secrets();
            let hidden: Vec<&str> = secrets.iter().chain([token]).map(Token::expose).collect();
            let error = ErrorResponse::from_response(&answer, &hidden);
            return Err(RevokeError::Refused { url: shown(endpoint), error });
        }
    }
    Ok(true)
}
