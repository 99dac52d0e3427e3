//! The token endpoint: exchanges a code, a device code or a refresh token for a token set (RFC
//! 6749, section 3.2).

use serde_json::{Map, Value};

use crate::diagnostic::Help;

use super::cache::{InvalidTokenSet, TokenSet};
use super::error_response::ErrorResponse;
use super::{Token, now};
use crate::http::{self, BufferedResponse, HttpClient, HttpError, shown};

/// The OAuth client that mcpgen acts as.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: Option<Token>,
    /// How it authenticates.
    pub method: ClientAuthMethod,
    /// Where its id comes from.
    pub origin: ClientOrigin,
}

/// Where a client id comes from, which decides who can replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOrigin {
    /// The user registered the client and declares its id.
    Declared,
    /// The id is the URL of a client metadata document.
    MetadataDocument,
    /// mcpgen or a bridge registered the client.
    Registered,
}

impl OAuthClient {
    /// Returns the values that must not be shown.
    pub fn secrets(&self) -> Vec<&str> {
        self.secret.iter().map(Token::expose).collect()
    }
}

/// How an OAuth client authenticates (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// It does not authenticate.
    None,
    /// With its secret in the form.
    Post,
    /// With its secret in the `Authorization` header.
    Basic,
}

/// Why the token endpoint gave no token set.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server refused.
    #[error("`{url}` refused the token request: {error}")]
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
        cause: InvalidTokenSet,
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
                Some(error.later().unwrap_or_else(|| help_for(error, *origin).to_owned()))
            }
            Self::InvalidTokenSet { .. } => Some("ask the server's owner".to_owned()),
        }
    }
}

impl ExchangeError {
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

// The form fields that an error must not repeat. The others, as `grant_type`, may be words of the server's text.
const SECRET_PARAMETERS: [&str; 4] = ["code", "code_verifier", "refresh_token", "device_code"];

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
    request_tokens(endpoint, &form)
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
    let request = |scope: Option<&str>| {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())];
        form.extend(scope.map(|scope| ("scope", scope)));
        request_tokens(endpoint, &form)
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

/// Requests a token set.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn request_tokens(
    endpoint: TokenEndpoint<'_>,
    form: &[(&str, &str)],
) -> Result<TokenSet, ExchangeError> {
    let mut form = form.to_vec();
    form.extend(endpoint.resource.map(|resource| ("resource", resource)));
    let response = post_form(endpoint.http, endpoint.url, endpoint.client, &form)?;
    let (url, summary) = (shown(endpoint.url), response.summary());
    if !response.is_success() || is_error(&response) {
        let mut hidden = endpoint.client.secrets();
        let secret = form.iter().filter(|(name, _)| SECRET_PARAMETERS.contains(name));
        hidden.extend(secret.map(|(_, value)| *value));
        let error = ErrorResponse::from_response(&response, &hidden);
        let origin = endpoint.client.origin;
        return Err(ExchangeError::Refused { url, error, origin });
    }
    let fields: Map<String, Value> = response.json().unwrap_or_default();
    let read = if fields.is_empty() {
        Err(InvalidTokenSet::NotJson)
    } else {
        TokenSet::from_answer(fields, now())
    };
    let tokens = read.map_err(|cause| ExchangeError::InvalidTokenSet { url, summary, cause })?;
    Ok(TokenSet { issuer: Some(endpoint.issuer.to_owned()), ..tokens })
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
) -> Result<BufferedResponse, HttpError> {
    let mut form = form.to_vec();
    let secret = client.secret.as_ref().map_or("", Token::expose);
    let mut authorization = None;
    match client.method {
        ClientAuthMethod::None => form.push(("client_id", &client.id)),
        ClientAuthMethod::Post => {
            form.extend([("client_id", client.id.as_str()), ("client_secret", secret)])
        }
        ClientAuthMethod::Basic => {
            let pair = format!("{}:{}", http::encode(&client.id), http::encode(secret));
            authorization = Some(format!("Basic {}", base64(pair.as_bytes())));
        }
    }
    let headers: Vec<_> =
        authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
    let body = http::query(form);
    http.post(url, &headers, ("application/x-www-form-urlencoded", body.as_bytes()))
}

// Some servers (GitHub) send errors with status 200.
fn is_error(response: &BufferedResponse) -> bool {
    let fields = response.json().unwrap_or_default();
    fields.get("error").is_some_and(Value::is_string) && !fields.contains_key("access_token")
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn help_for(error: &ErrorResponse, origin: ClientOrigin) -> &'static str {
    match error.code.as_deref() {
        Some("invalid_client" | "unauthorized_client") => match origin {
            ClientOrigin::Declared => {
                "check `client-id` and `client-secret` in the declaration (for a URL, check `--client-id` and \
                 `--client-secret`; for a bridge, `--static-oauth-client-info`)"
            }
            ClientOrigin::MetadataDocument => {
                "check `client-metadata-url`, or ask the server's owner"
            }
            ClientOrigin::Registered => "sign in again, which registers a new client",
        },
        Some("invalid_grant") => "sign in again",
        Some("invalid_scope") => "request another scope",
        Some("invalid_target") => "request another resource",
        Some("access_denied") => "sign in again and allow it",
        Some(_) | None => "try again, or ask the server's owner",
    }
}
