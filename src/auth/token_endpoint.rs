//! The token endpoint: exchanges a code, a device code or a refresh token for a token set (RFC
//! 6749, section 3.2).

use serde_json::{Map, Value};

use crate::diagnostic::Help;

use super::cache::{InvalidTokenSet, TokenSet};
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
    let mut new = request_tokens(endpoint, &form)?;
    new.refresh_token = new.refresh_token.or_else(|| old.refresh_token.clone());
    new.id_token = new.id_token.or_else(|| old.id_token.clone());
    new.scope = new.scope.or_else(|| old.scope.clone());
    Ok(new)
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
        hidden.extend(form.iter().map(|(_, value)| *value));
        let error = ErrorResponse::from_response(&response, &hidden);
        let help = help_for(error.code.as_deref());
        return Err(ExchangeError::Refused { url, error, help });
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

fn help_for(code: Option<&str>) -> &'static str {
    match code {
        Some("invalid_client" | "unauthorized_client") => {
            "check the client id and secret, or ask the server's owner"
        }
        Some("invalid_grant") => "sign in again",
        Some("invalid_scope") => "request another scope",
        Some("invalid_target") => "request another resource",
        Some("access_denied") => "sign in again and allow access",
        Some(_) | None => "try again, or ask the server's owner",
    }
}

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
        let secrets = hidden.iter().filter(|secret| secret.len() >= 8);
        let text = secrets.fold(text.to_owned(), |text, secret| {
            text.replace(*secret, "…").replace(&http::encode(secret), "…")
        });
        let text: String = text.trim_end_matches(['.', ' ', '\n']).chars().take(300).collect();
        text
    }
}

impl std::fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
