//! The token endpoint: exchanges a code, a device code or a refresh token for a token set (RFC
//! 6749, section 3.2).

use std::time::{Duration, Instant};

use super::Token;
use super::cache::TokenSet;
use super::error_response::ErrorResponse;
use super::oauth_client::{ClientAuthMethod, ClientOrigin, OAuthClient};
use super::token_origin::TokenOrigin;
use crate::diagnostic::Help;
use crate::http::{self, BufferedResponse, HttpClient, HttpError};

mod assertion;
mod grant_request;

pub use assertion::{exchange_assertion, exchange_identity};

/// Why the token endpoint gave no token set.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server refused.
    #[error("`{url}` rejected the token request: {error}")]
    Refused {
        /// The URL.
        url: String,
        /// The error response.
        error: ErrorResponse,
        /// Where the client id of the request comes from.
        origin: ClientOrigin,
    },
    /// The response is a success but not a token set.
    #[error("`{url}` sent an invalid token response ({summary}): {cause}")]
    InvalidTokenSet {
        /// The token endpoint.
        url: String,
        /// A summary of the response.
        summary: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl Help for ExchangeError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::Refused { .. } | Self::InvalidTokenSet { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::Refused { error, origin, .. } => {
                Some(error.later().unwrap_or_else(|| error.help(*origin).to_owned()))
            }
            Self::InvalidTokenSet { .. } => Some("ask the server's owner".to_owned()),
        }
    }
}

impl ExchangeError {
    /// Returns whether the response is not that of a token endpoint, which may have another URL now.
    pub fn may_have_moved(&self) -> bool {
        match self {
            Self::Http(_) => true,
            Self::Refused { error, .. } => error.may_be_of_another_endpoint(),
            Self::InvalidTokenSet { .. } => false,
        }
    }

    /// Returns the error code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => error.code.as_deref(),
            Self::Http(_) | Self::InvalidTokenSet { .. } => None,
        }
    }

    /// Returns the error response of a refusal.
    pub fn refusal(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Refused { error, .. } => Some(error),
            Self::Http(_) | Self::InvalidTokenSet { .. } => None,
        }
    }

    /// Returns whether the server rejects the grant for good, so that only a new sign-in helps. If it rejects a
    /// declared client, a new sign-in fails too.
    pub fn ends_grant(&self) -> bool {
        match self {
            Self::Refused { error, origin, .. } => {
                let is_declared = *origin == ClientOrigin::Declared;
                let rejects_declared =
                    is_declared && error.code.as_deref() == Some("invalid_client");
                !error.is_transient() && !rejects_declared
            }
            Self::Http(_) | Self::InvalidTokenSet { .. } => false,
        }
    }
}

/// A token endpoint and the parameters of every request to it.
#[derive(Debug, Clone, Copy)]
pub struct TokenEndpoint<'a> {
    /// The HTTP client.
    pub http: &'a HttpClient,
    /// The token endpoint.
    pub url: &'a str,
    /// The issuer, which is stored with the tokens.
    pub issuer: &'a str,
    /// The OAuth client.
    pub client: &'a OAuthClient,
    /// The resource that the tokens are for.
    pub resource: Option<&'a str>,
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The timeout of a request for a new token set. The person has signed in already, and a server may take its time.
pub const GRANT_TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout of a request under the lease, which mcp-remote takes over after 30 seconds.
pub const REFRESH_TIMEOUT: Duration = Duration::from_secs(25);

/// Exchanges an authorization code.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn exchange_code(
    endpoint: TokenEndpoint<'_>,
    code: &Token,
    verifier: &Token,
    redirect: &str,
) -> Result<TokenSet, ExchangeError> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("code_verifier", verifier.expose()),
        ("redirect_uri", redirect),
    ];
    endpoint.request(GRANT_TIMEOUT, &form)
}

/// Requests tokens for the OAuth client itself.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn exchange_client_credentials(
    endpoint: TokenEndpoint<'_>,
    scope: Option<&str>,
) -> Result<TokenSet, ExchangeError> {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(scope.map(|scope| ("scope", scope)));
    endpoint.request(REFRESH_TIMEOUT, &form)
}

/// Exchanges a refresh token. Keeps the old values of fields that the response omits. If the server rejects the
/// `scope`, tries without it once, and remembers that.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn refresh(
    endpoint: TokenEndpoint<'_>,
    old: &TokenSet,
    token: &Token,
    scope: Option<&str>,
) -> Result<TokenSet, ExchangeError> {
    // Both requests together must end before the lease does.
    let http = endpoint.http.until(Instant::now() + REFRESH_TIMEOUT);
    let endpoint = TokenEndpoint { http: &http, ..endpoint };
    let request = |scope: Option<&str>| {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())];
        form.extend(scope.map(|scope| ("scope", scope)));
        endpoint.request(REFRESH_TIMEOUT, &form)
    };
    let scope = scope.filter(|scope| !scope.is_empty() && !old.refreshes_without_scope());
    let (new, without_scope) = match request(scope) {
        Err(error)
            if scope.is_some()
                && error.refusal().is_some_and(ErrorResponse::may_be_about_scope) =>
        {
            (request(None)?, true)
        }
        done => (done?, old.refreshes_without_scope()),
    };
    let granted = new.scope.clone().or_else(|| old.granted_scope().map(str::to_owned));
    let refresh_token = new.refresh_token.clone().or_else(|| old.refresh_token.clone());
    let id_token = new.id_token.clone().or_else(|| old.id_token.clone());
    let new = TokenSet { refresh_token, id_token, scope: granted, ..new };
    Ok(if without_scope { new.refreshing_without_scope() } else { new })
}

impl TokenEndpoint<'_> {
    fn origin(&self) -> TokenOrigin {
        let Self { http: _, url, issuer, client, resource } = self;
        TokenOrigin {
            issuer: (*issuer).to_owned(),
            token_endpoint: (*url).to_owned(),
            client_id: client.id.clone(),
            auth_method: client.method.name().to_owned(),
            resource: resource.map(str::to_owned),
        }
    }
}

/// Sends a form as an OAuth client, to the token endpoint or another that authenticates clients in
/// the same way.
///
/// # Errors
/// Fails if there is no response.
pub fn post_form(
    http: &HttpClient,
    url: &str,
    client: &OAuthClient,
    form: &[(&str, &str)],
    timeout: Option<Duration>,
) -> Result<BufferedResponse, HttpError> {
    let mut form = form.to_vec();
    let secret = client.secret.as_ref().map_or("", Token::expose);
    let mut authorization = None;
    match client.method {
        ClientAuthMethod::None => form.push(("client_id", &client.id)),
        ClientAuthMethod::Post => {
            form.extend([("client_id", client.id.as_str()), ("client_secret", secret)])
        }
        ClientAuthMethod::PrivateKeyJwt => form.extend([
            ("client_id", client.id.as_str()),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", secret),
        ]),
        ClientAuthMethod::Basic => {
            authorization = Some(format!("Basic {}", client.basic()));
        }
    }
    let headers: Vec<_> =
        authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
    let body = http::query(form);
    http.post_within(url, &headers, ("application/x-www-form-urlencoded", body.as_bytes()), timeout)
}
