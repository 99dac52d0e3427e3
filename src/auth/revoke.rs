//! Ending a sign-in at the server (RFC 7009).

use super::cache::TokenSet;
use super::discover::{AuthorizationServer, DiscoverError};
use super::http::{Http, HttpError, shown};
use super::token_endpoint::{ErrorResponse, OAuthClient, post_form};

/// Says why a sign-in could not be ended at the server.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The server refuses.
    #[error("`{url}` does not revoke the sign-in: {refusal}; end it on the server's account page")]
    Refused {
        /// The revocation endpoint.
        url: String,
        /// What it said.
        refusal: ErrorResponse,
    },
}

/// Revokes a token set, its refresh token first: with that most servers end the whole sign-in. Answers whether
/// the server revokes at all; a token that it no longer knows is revoked.
///
/// # Errors
/// Fails where no answer comes and where the server refuses.
pub fn revoke(
    http: &Http,
    server: &AuthorizationServer,
    client: &OAuthClient,
    tokens: &TokenSet,
) -> Result<bool, RevokeError> {
    let Some(endpoint) = &server.revocation_endpoint else { return Ok(false) };
    let refresh = tokens.refresh_token.as_ref().map(|token| ("refresh_token", token));
    for (hint, token) in refresh.into_iter().chain([("access_token", &tokens.access_token)]) {
        let form = [("token", token.expose()), ("token_type_hint", hint)];
        let answer = post_form(http, endpoint, client, &form)?;
        if !answer.is_success() {
            let hidden = [client.secrets(), vec![token.expose()]].concat();
            let refusal = ErrorResponse::from_response(&answer, &hidden);
            return Err(RevokeError::Refused { url: shown(endpoint), refusal });
        }
    }
    Ok(true)
}
