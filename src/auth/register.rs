//! Client registration, in the order of the MCP specification: a pre-registered client, a client
//! metadata document, dynamic registration (RFC 7591).

use serde_json::{Map, Value, json};

use super::Token;
use super::cache::{InvalidRegistration, Registration};
use super::discover::AuthorizationServer;
use super::error_response::ErrorResponse;
use super::oauth_client::{ClientAuthMethod, ClientOrigin, OAuthClient};
use crate::diagnostic::Help;
use crate::display::excerpt;
use crate::http::{HttpClient, HttpError, shown};

/// Why there is no OAuth client to sign in with.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server has no registration endpoint, and no client is declared.
    #[error("`{issuer}` does not support dynamic client registration")]
    NoRegistration {
        /// The authorization server.
        issuer: String,
        /// Whether it accepts client metadata documents.
        documents: bool,
        /// The redirect URI to register.
        redirect_uri: String,
    },
    /// The server now names another authorization server than the one that knows the declared client.
    #[error(
        "the OAuth client `{id}` is registered with `{stored}`, but the server now uses the authorization server `{found}`"
    )]
    OtherIssuer {
        /// The client id.
        id: String,
        /// The issuer of the cached sign-in.
        stored: String,
        /// The issuer that the server names now.
        found: String,
    },
    /// The server refused the registration.
    #[error("`{url}` rejected the client registration: {error}")]
    Refused {
        /// The registration endpoint.
        url: String,
        /// The error response.
        error: ErrorResponse,
        /// The redirect URI to register.
        redirect_uri: String,
    },
    /// The response is a success but not a registration.
    #[error("`{url}` sent an invalid response to the client registration ({summary}): {cause}")]
    InvalidRegistration {
        /// The registration endpoint.
        url: String,
        /// A summary of the response.
        summary: String,
        /// What is wrong with it.
        cause: InvalidRegistration,
    },
}

impl Help for RegisterError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::OtherIssuer { .. } => Some(
                "the client's id and secret are not sent to another authorization server"
                    .to_owned(),
            ),
            Self::NoRegistration { documents: true, .. } => Some(
                "the server identifies clients by the URL of a client metadata document".to_owned(),
            ),
            Self::NoRegistration { .. }
            | Self::Refused { .. }
            | Self::InvalidRegistration { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::NoRegistration { documents: true, redirect_uri, .. } => Some(format!(
                "publish a client metadata document with the redirect URI {redirect_uri}, and declare its URL \
                 as `client-metadata-url` (for a URL, pass `--client-metadata-url`)"
            )),
            Self::NoRegistration { redirect_uri, .. } => Some(ask_owner(redirect_uri)),
            Self::Refused { redirect_uri, error, .. } => {
                Some(error.later().unwrap_or_else(|| ask_owner(redirect_uri)))
            }
            Self::InvalidRegistration { .. } => Some("ask the server's owner".to_owned()),
            // The fix is to sign out, and only a command knows how.
            Self::OtherIssuer { .. } => None,
        }
    }
}

fn ask_owner(redirect_uri: &str) -> String {
    format!(
        "ask the server's owner to register a client with the redirect URI {redirect_uri}, and declare the id of that \
         client as `client-id` (without a declaration, pass `--client-id`)"
    )
}

/// The parameters of a registration.
#[derive(Debug, Clone)]
pub struct RegistrationRequest<'a> {
    /// The redirect URIs, that of the base port first.
    pub redirect_uris: &'a [String],
    /// The scope that will be requested.
    pub scope: Option<&'a str>,
    /// Whether the client will use device authorization.
    pub device: bool,
    /// Fields that override those of mcpgen.
    pub metadata: &'a Map<String, Value>,
}

/// The device code grant (RFC 8628).
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Registers a client.
///
/// # Errors
/// Fails if the server does not register, refuses, or sends an invalid response.
pub fn register(
    http: &HttpClient,
    server: &AuthorizationServer,
    request: &RegistrationRequest<'_>,
) -> Result<Registration, RegisterError> {
    let redirect_uri = request.redirect_uris.first().cloned().unwrap_or_default();
    let Some(url) = &server.registration_endpoint else {
        let documents = server.supports_client_metadata_documents;
        let issuer = excerpt(&server.issuer);
        return Err(RegisterError::NoRegistration { issuer, documents, redirect_uri });
    };
    let asked = request_body(server, request);
    let body = Value::Object(asked.clone()).to_string();
    let response = http.post(url, &[], ("application/json", body.as_bytes()))?;
    let (url, summary) = (shown(url), response.summary());
    let Some(map) = response.json().filter(|_| response.is_success()) else {
        let error = ErrorResponse::from_response(&response, &[]);
        return Err(RegisterError::Refused { url, error, redirect_uri });
    };
    let registered = Registration::from_answer(asked, map)
        .map_err(|cause| RegisterError::InvalidRegistration { url, summary, cause })?;
    Ok(Registration { issuer: Some(server.issuer.clone()), ..registered })
}

fn request_body(
    server: &AuthorizationServer,
    request: &RegistrationRequest<'_>,
) -> Map<String, Value> {
    let offered = ClientAuthMethod::ALL
        .into_iter()
        .find(|method| server.auth_methods.iter().any(|name| name == method.name()));
    let mut grants = vec!["authorization_code", "refresh_token"];
    if request.device {
        grants.push(DEVICE_GRANT);
    }
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.into(), value);
    put("redirect_uris", request.redirect_uris.into());
    put("token_endpoint_auth_method", offered.unwrap_or(ClientAuthMethod::None).name().into());
    put("grant_types", grants.into());
    put("response_types", json!(["code"]));
    put("application_type", "native".into());
    put("client_name", "mcpgen".into());
    put("software_id", "mcpgen".into());
    put("software_version", env!("CARGO_PKG_VERSION").into());
    if let Some(scope) = request.scope {
        put("scope", scope.into());
    }
    fields.extend(request.metadata.clone());
    fields
}

/// Makes the OAuth client of a client metadata document.
pub fn document_client(url: &str) -> OAuthClient {
    let (id, origin) = (url.to_owned(), ClientOrigin::MetadataDocument);
    OAuthClient { id, secret: None, method: ClientAuthMethod::None, origin }
}

/// Makes an OAuth client of a registration.
pub fn registered_client(registration: &Registration, server: &AuthorizationServer) -> OAuthClient {
    let named = registration.token_endpoint_auth_method.as_deref();
    let method = named.and_then(ClientAuthMethod::named);
    let secret = registration.client_secret.clone();
    let method = method.unwrap_or_else(|| default_method(secret.as_ref(), &server.auth_methods));
    let id = registration.client_id.clone();
    OAuthClient { id, secret, method, origin: ClientOrigin::Registered }
}

/// Makes a pre-registered OAuth client that authenticates with an assertion.
pub fn asserting_client(id: &str, assertion: Token) -> OAuthClient {
    let (method, origin) = (ClientAuthMethod::PrivateKeyJwt, ClientOrigin::Declared);
    OAuthClient { id: id.to_owned(), secret: Some(assertion), method, origin }
}

/// Makes a pre-registered OAuth client. Without an explicit authentication method, one of `offered`
/// is chosen as mcp-remote does, which must authenticate in the same way later.
pub fn declared_client(
    id: &str,
    secret: Option<Token>,
    metadata: &Map<String, Value>,
    offered: &[String],
) -> OAuthClient {
    let named = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    let method = named.and_then(ClientAuthMethod::named);
    let method = method.unwrap_or_else(|| default_method(secret.as_ref(), offered));
    OAuthClient { id: id.to_owned(), secret, method, origin: ClientOrigin::Declared }
}

fn default_method(secret: Option<&Token>, offered: &[String]) -> ClientAuthMethod {
    let offers = |name: &str| offered.iter().any(|method| method == name);
    match secret {
        None => ClientAuthMethod::None,
        Some(_) if offered.is_empty() || offers("client_secret_basic") => ClientAuthMethod::Basic,
        Some(_) if offers("client_secret_post") => ClientAuthMethod::Post,
        Some(_) => ClientAuthMethod::Basic,
    }
}
