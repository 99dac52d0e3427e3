//! Registration: as whom mcpgen speaks to an authorization server. In the specification's order: a client
//! registered beforehand, the address of a client metadata document, dynamic registration (RFC 7591).

use serde_json::{Map, Value, json};

use super::Token;
use super::cache::{InvalidRegistration, Registration};
use super::discover::AuthorizationServer;
use super::http::{Http, HttpError, shown};
use super::token_endpoint::{ClientAuthMethod, ErrorResponse, OAuthClient};

/// Says why there is no client to speak as.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server registers nobody, and no client is declared.
    #[error(
        "`{issuer}` registers no clients by itself; ask its owner to register one with the callback \
         address {redirect}, and declare its id as `client-id` (`--client-id` for an address)"
    )]
    NoRegistration {
        /// The authorization server.
        issuer: String,
        /// The callback address.
        redirect: String,
    },
    /// The server signs in elsewhere by now, and the declared client is registered where it did before.
    #[error(
        "the client `{id}` signed in at `{stored}`, and the server names `{found}` now; its id and secret \
         are not shown to another; if the server has moved, remove the old sign-in first"
    )]
    OtherIssuer {
        /// The client's id.
        id: String,
        /// Who gave the sign-in in the cache.
        stored: String,
        /// Who would be asked.
        found: String,
    },
    /// The server refuses to register.
    #[error("`{url}` registers no client: {error}; {remedy}")]
    Refused {
        /// The registration endpoint.
        url: String,
        /// What it said.
        error: ErrorResponse,
        /// What to do about it.
        remedy: String,
    },
    /// The server says it has registered, and its answer is none.
    #[error("`{url}` answers {summary}, which is no registration: {why}; ask the server's owner")]
    InvalidRegistration {
        /// The registration endpoint.
        url: String,
        /// What it answered.
        summary: String,
        /// What is wrong with it.
        why: InvalidRegistration,
    },
}

/// Holds what a registration asks for.
#[derive(Debug, Clone)]
pub struct RegistrationRequest<'a> {
    /// The callback addresses, the base port's first.
    pub redirect_uris: &'a [String],
    /// The scope that will be asked for.
    pub scope: Option<&'a str>,
    /// Whether the sign-in happens on another device.
    pub device: bool,
    /// What the user wants written in place of mcpgen's own words.
    pub metadata: &'a Map<String, Value>,
}

/// The grant of RFC 8628.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

const AUTH_METHODS: [(&str, ClientAuthMethod); 3] = [
    ("none", ClientAuthMethod::None),
    ("client_secret_post", ClientAuthMethod::Post),
    ("client_secret_basic", ClientAuthMethod::Basic),
];

/// Registers a client.
///
/// # Errors
/// Fails where the server does not register, refuses, or answers something else.
pub fn register(
    http: &Http,
    server: &AuthorizationServer,
    request: &RegistrationRequest<'_>,
) -> Result<Registration, RegisterError> {
    let redirect = request.redirect_uris.first().cloned().unwrap_or_default();
    let Some(url) = &server.registration_endpoint else {
        return Err(RegisterError::NoRegistration { issuer: server.issuer.clone(), redirect });
    };
    let asked = request_body(server, request);
    let body = Value::Object(asked.clone()).to_string().into_bytes();
    let response = http.post(url, &[], ("application/json", body))?;
    let (url, summary) = (shown(url), response.summary());
    let Some(map) = response.json().filter(|_| response.is_success()) else {
        let error = ErrorResponse::from_response(&response, &[]);
        let remedy = format!(
            "ask its owner to register one with the callback address {redirect}, and declare its id \
             as `client-id`"
        );
        return Err(RegisterError::Refused { url, error, remedy });
    };
    let registered = Registration::from_answer(asked, map)
        .map_err(|why| RegisterError::InvalidRegistration { url, summary, why })?;
    Ok(Registration { issuer: Some(server.issuer.clone()), ..registered })
}

fn request_body(
    server: &AuthorizationServer,
    request: &RegistrationRequest<'_>,
) -> Map<String, Value> {
    let offered =
        AUTH_METHODS.iter().find(|(name, _)| server.auth_methods.iter().any(|m| m == name));
    let mut grants = vec!["authorization_code", "refresh_token"];
    if request.device {
        grants.push(DEVICE_GRANT);
    }
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.into(), value);
    put("redirect_uris", request.redirect_uris.into());
    put("token_endpoint_auth_method", offered.map_or("none", |(name, _)| name).into());
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

/// Makes a registration into the client that speaks.
pub fn registered_client(registration: &Registration, server: &AuthorizationServer) -> OAuthClient {
    let named = registration.token_endpoint_auth_method.as_deref();
    let method =
        AUTH_METHODS.iter().find(|(name, _)| Some(*name) == named).map(|(_, method)| *method);
    let secret = registration.client_secret.clone();
    let method = method.unwrap_or_else(|| default_method(secret.as_ref(), &server.auth_methods));
    OAuthClient { id: registration.client_id.clone(), secret, method }
}

/// Makes a client that was registered beforehand. The method that it is registered with may be named; else one
/// of `offered` is chosen as mcp-remote chooses, which must authenticate in the same way later.
pub fn declared_client(
    id: &str,
    secret: Option<Token>,
    metadata: &Map<String, Value>,
    offered: &[String],
) -> OAuthClient {
    let named = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    let method =
        AUTH_METHODS.iter().find(|(name, _)| Some(*name) == named).map(|(_, method)| *method);
    let method = method.unwrap_or_else(|| default_method(secret.as_ref(), offered));
    OAuthClient { id: id.to_owned(), secret, method }
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
