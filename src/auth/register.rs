//! Registration: as whom mcpgen speaks to an authorization server. In the specification's order: a client
//! registered beforehand, the address of a client metadata document, dynamic registration (RFC 7591).

use serde_json::{Map, Value, json};

use super::Token;
use super::cache::{NotARegistration, Registration};
use super::discover::AuthorizationServer;
use super::exchange::{Client, Method, Refusal};
use super::http::{Http, HttpError, shown};

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
    #[error("`{url}` registers no client: {refusal}; {remedy}")]
    Refused {
        /// The registration endpoint.
        url: String,
        /// What it said.
        refusal: Refusal,
        /// What to do about it.
        remedy: String,
    },
    /// The server says it has registered, and its answer is none.
    #[error("`{url}` answers {answered}, which is no registration: {why}; ask the server's owner")]
    NotARegistration {
        /// The registration endpoint.
        url: String,
        /// What it answered.
        answered: String,
        /// What is wrong with it.
        why: NotARegistration,
    },
}

/// Holds what a registration asks for.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The callback addresses, the base port's first.
    pub redirects: &'a [String],
    /// The scope that will be asked for.
    pub scope: Option<&'a str>,
    /// Whether the sign-in happens on another device.
    pub device: bool,
    /// What the user wants written in place of mcpgen's own words.
    pub metadata: &'a Map<String, Value>,
}

/// The grant of RFC 8628.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

const METHODS: [(&str, Method); 3] = [
    ("none", Method::None),
    ("client_secret_post", Method::Post),
    ("client_secret_basic", Method::Basic),
];

/// Registers a client.
///
/// # Errors
/// Fails where the server does not register, refuses, or answers something else.
pub fn register(
    http: &Http,
    server: &AuthorizationServer,
    wanted: &Wanted<'_>,
) -> Result<Registration, RegisterError> {
    let redirect = wanted.redirects.first().cloned().unwrap_or_default();
    let Some(url) = &server.registration_endpoint else {
        return Err(RegisterError::NoRegistration { issuer: server.issuer.clone(), redirect });
    };
    let asked = request(server, wanted);
    let body = Value::Object(asked.clone()).to_string().into_bytes();
    let answer = http.post(url, &[], ("application/json", body))?;
    let (url, answered) = (shown(url), answer.described());
    let Some(map) = answer.json().filter(|_| answer.is_success()) else {
        let refusal = Refusal::of(&answer, &[]);
        let remedy = format!(
            "ask its owner to register one with the callback address {redirect}, and declare its id \
             as `client-id`"
        );
        return Err(RegisterError::Refused { url, refusal, remedy });
    };
    let registered = Registration::from_answer(asked, map)
        .map_err(|why| RegisterError::NotARegistration { url, answered, why })?;
    Ok(Registration { issuer: Some(server.issuer.clone()), ..registered })
}

fn request(server: &AuthorizationServer, wanted: &Wanted<'_>) -> Map<String, Value> {
    let offered = METHODS.iter().find(|(name, _)| server.auth_methods.iter().any(|m| m == name));
    let mut grants = vec!["authorization_code", "refresh_token"];
    if wanted.device {
        grants.push(DEVICE_GRANT);
    }
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.into(), value);
    put("redirect_uris", wanted.redirects.into());
    put("token_endpoint_auth_method", offered.map_or("none", |(name, _)| name).into());
    put("grant_types", grants.into());
    put("response_types", json!(["code"]));
    put("application_type", "native".into());
    put("client_name", "mcpgen".into());
    put("software_id", "mcpgen".into());
    put("software_version", env!("CARGO_PKG_VERSION").into());
    if let Some(scope) = wanted.scope {
        put("scope", scope.into());
    }
    fields.extend(wanted.metadata.clone());
    fields
}

/// Makes a registration into the client that speaks.
pub fn registered(registration: &Registration, server: &AuthorizationServer) -> Client {
    let named = registration.token_endpoint_auth_method.as_deref();
    let method = METHODS.iter().find(|(name, _)| Some(*name) == named).map(|(_, method)| *method);
    let secret = registration.client_secret.clone();
    let method = method.unwrap_or_else(|| fallback(secret.as_ref(), &server.auth_methods));
    Client { id: registration.client_id.clone(), secret, method }
}

/// Makes a client that was registered beforehand. The method that it is registered with may be named; else one
/// of `offered` is chosen as mcp-remote chooses, which must authenticate in the same way later.
pub fn declared(
    id: &str,
    secret: Option<Token>,
    metadata: &Map<String, Value>,
    offered: &[String],
) -> Client {
    let named = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    let method = METHODS.iter().find(|(name, _)| Some(*name) == named).map(|(_, method)| *method);
    let method = method.unwrap_or_else(|| fallback(secret.as_ref(), offered));
    Client { id: id.to_owned(), secret, method }
}

fn fallback(secret: Option<&Token>, offered: &[String]) -> Method {
    let offers = |name: &str| offered.iter().any(|method| method == name);
    match secret {
        None => Method::None,
        Some(_) if offered.is_empty() || offers("client_secret_basic") => Method::Basic,
        Some(_) if offers("client_secret_post") => Method::Post,
        Some(_) => Method::Basic,
    }
}
