//! The token endpoint: exchanges a code, a device code or a refresh token for a token set (RFC
//! 6749, section 3.2).

use std::time::Duration;

use serde_json::{Map, Value};

use super::cache::{InvalidTokenSet, TokenSet};
use super::oauth_client::{ClientAuthMethod, OAuthClient};
use super::token_origin::TokenOrigin;
use super::{Token, now};
use crate::diagnostic::Help;
use crate::display::excerpt;
use crate::http::{self, BufferedResponse, HttpClient, HttpError, shown};
use crate::secret::redact;

/// An error response (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The error code, if any.
    pub code: Option<String>,
    text: String,
}

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
        /// What to do about it.
        help: &'static str,
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
            Self::Refused { help, .. } => Some((*help).to_owned()),
            Self::InvalidTokenSet { .. } => Some("ask the server's owner".to_owned()),
        }
    }
}

impl ExchangeError {
    /// Returns whether the response is not that of a token endpoint, which may have another URL now.
    pub fn may_have_moved(&self) -> bool {
        match self {
            Self::Http(_) => true,
            Self::Refused { error, .. } => error.code.is_none(),
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
    request_tokens(endpoint, &form, GRANT_TIMEOUT)
}

/// Exchanges a refresh token. Keeps the old values of fields that the response omits.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn refresh(
    endpoint: TokenEndpoint<'_>,
    old: &TokenSet,
    token: &Token,
) -> Result<TokenSet, ExchangeError> {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    form.extend(old.scope.as_deref().map(|scope| ("scope", scope)));
    let mut new = request_tokens(endpoint, &form, REFRESH_TIMEOUT)?;
    new.refresh_token = new.refresh_token.or_else(|| old.refresh_token.clone());
    new.id_token = new.id_token.or_else(|| old.id_token.clone());
    new.scope = new.scope.or_else(|| old.scope.clone());
    Ok(new)
}

// Parameters that are no secrets. Their values are words that a server's own text may contain.
const PUBLIC: [&str; 4] = ["grant_type", "redirect_uri", "resource", "scope"];

/// Requests a token set.
///
/// # Errors
/// Fails if the server refuses or sends an invalid token set.
pub fn request_tokens(
    endpoint: TokenEndpoint<'_>,
    form: &[(&str, &str)],
    timeout: Duration,
) -> Result<TokenSet, ExchangeError> {
    let mut form = form.to_vec();
    form.extend(endpoint.resource.map(|resource| ("resource", resource)));
    let response = post_form(endpoint.http, endpoint.url, endpoint.client, &form, Some(timeout))?;
    let (url, summary) = (shown(endpoint.url), response.summary());
    if !response.is_success() || is_error(&response) {
        let client = endpoint.client.secrets();
        let sent = form.iter().filter(|(name, _)| !PUBLIC.contains(name)).map(|(_, value)| *value);
        let hidden: Vec<&str> = client.iter().map(Token::expose).chain(sent).collect();
        let error = ErrorResponse::from_response(&response, &hidden);
        let help = help_for(&error);
        return Err(ExchangeError::Refused { url, error, help });
    }
    let fields: Map<String, Value> = response.json().unwrap_or_default();
    let read = if fields.is_empty() {
        Err(InvalidTokenSet::NotJson)
    } else {
        TokenSet::from_answer(fields, now())
    };
    let mut tokens =
        read.map_err(|cause| ExchangeError::InvalidTokenSet { url, summary, cause })?;
    tokens.issuer = Some(endpoint.issuer.to_owned());
    endpoint.origin().add_to(&mut tokens);
    Ok(tokens)
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
        ClientAuthMethod::Basic => {
            authorization = Some(format!("Basic {}", client.basic()));
        }
    }
    let headers: Vec<_> =
        authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
    let body = http::query(form);
    http.post_within(url, &headers, ("application/x-www-form-urlencoded", body.as_bytes()), timeout)
}

// Some servers (GitHub) send errors with status 200.
fn is_error(response: &BufferedResponse) -> bool {
    let fields = response.json().unwrap_or_default();
    fields.get("error").is_some_and(Value::is_string) && !fields.contains_key("access_token")
}

/// Returns what to do about an error of the authorization or the token endpoint.
pub fn help_for(error: &ErrorResponse) -> &'static str {
    // Entra ID says so with the code `invalid_request` (AADSTS900144).
    let asks_for = |name: &str| error.text.contains(&format!("parameter: '{name}'"));
    match error.code.as_deref() {
        Some("invalid_client" | "unauthorized_client") => {
            "check the client id and secret, or ask the server's owner"
        }
        Some("invalid_grant") => "sign in again",
        Some("invalid_scope") => SCOPE_HELP,
        Some(_) if asks_for("scope") => SCOPE_HELP,
        Some("invalid_target") => RESOURCE_HELP,
        Some(_) if RESOURCE_CODES.iter().any(|code| error.text.contains(code)) => RESOURCE_HELP,
        Some("access_denied") => "sign in again and allow access",
        Some(_) | None => "try again, or ask the server's owner",
    }
}

const SCOPE_HELP: &str =
    "declare the scope that the server accepts as `scope` under `auth` (for a URL, pass `--scope`)";
const RESOURCE_HELP: &str = "declare the resource that the server accepts as `resource` under `auth`, or `resource = false` \
     (for a URL, pass `--resource` or `--disable-resource-parameter`)";
// Entra ID rejects a resource that does not match the scope, or that it does not know.
const RESOURCE_CODES: [&str; 3] = ["AADSTS9010010", "AADSTS500011", "AADSTS901002"];

impl ErrorResponse {
    /// Parses an error response, and hides what it echoes of the request.
    pub fn from_response(response: &BufferedResponse, hidden: &[&str]) -> Self {
        let map = response.json().unwrap_or_default();
        let member = |name: &str| map.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let code = member("error").map(str::to_owned);
        let text = match (member("error"), member("error_description")) {
            (Some(code), Some(text)) => format!("{code}, {text}"),
            (Some(code), None) => code.to_owned(),
            (None, _) => format!("the response is {}", response.summary()),
        };
        Self { code, text: Self::shown(&text, hidden) }
    }

    /// Makes an error response from the parameters of a redirect.
    pub fn new(code: &str, description: Option<&str>, hidden: &[&str]) -> Self {
        let text = description.map_or(code.to_owned(), |text| format!("{code}, {text}"));
        Self { code: Some(code.to_owned()), text: Self::shown(&text, hidden) }
    }

    fn shown(text: &str, hidden: &[&str]) -> String {
        let text = redact(text, hidden);
        excerpt(text.trim_end_matches(['.', ' ', '\n']))
    }
}

impl std::fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
