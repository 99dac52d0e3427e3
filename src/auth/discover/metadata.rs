//! Gets and checks the metadata of an authorization server (RFC 8414).

use serde_json::{Map, Value};

use super::DiscoverError;
use super::member::{string, strings};
use crate::display::excerpt;
use crate::http::{HttpClient, shown};
use crate::model::url;

/// The metadata of an authorization server (RFC 8414). A URL is checked when it is used.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    /// The issuer, byte for byte.
    pub issuer: String,
    /// The authorization endpoint.
    pub authorization_endpoint: Option<String>,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The registration endpoint.
    pub registration_endpoint: Option<String>,
    /// The device authorization endpoint (RFC 8628).
    pub device_authorization_endpoint: Option<String>,
    /// The revocation endpoint (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The supported scopes.
    pub scopes: Vec<String>,
    /// The supported client authentication methods; empty if not stated.
    pub auth_methods: Vec<String>,
    /// Whether a client id may be the URL of a client metadata document.
    pub supports_client_metadata_documents: bool,
    /// Whether authorization responses contain `iss` (RFC 9207).
    pub sends_iss: bool,
    /// Whether it says that it supports PKCE.
    pub states_pkce: bool,
}

impl AuthorizationServer {
    /// Returns the authorization endpoint, which only a sign-in in a browser needs.
    ///
    /// # Errors
    /// Fails if the metadata has none.
    pub fn authorization_endpoint(&self) -> Result<&str, DiscoverError> {
        let missing = || DiscoverError::NoEndpoint {
            issuer: self.issuer.clone(),
            name: "authorization_endpoint",
        };
        self.authorization_endpoint.as_deref().ok_or_else(missing)
    }
}

/// The issuer that metadata must name.
#[derive(Debug, Clone, Copy)]
pub enum ExpectedIssuer<'a> {
    /// The issuer that was asked.
    Asked,
    /// The issuer that was asked, which is mcpgen's guess: its trailing slash does not matter.
    Guessed,
    /// The declared issuer.
    Declared(&'a str),
}

/// Gets and checks the metadata of an authorization server.
///
/// # Errors
/// Fails if there is no metadata, if it describes another server, or if it is unsafe.
pub fn authorization_server(
    http: &HttpClient,
    issuer: &str,
    expected: ExpectedIssuer<'_>,
) -> Result<AuthorizationServer, DiscoverError> {
    http.check(issuer)?;
    let (mut tried, mut statuses) = (vec![], vec![]);
    let (mut failed, mut other) = (None, None);
    for url in metadata_urls(issuer) {
        let response = match http.get(&url) {
            Ok(response) => response,
            Err(error) => {
                failed = failed.or(Some(error));
                continue;
            }
        };
        match response.json().filter(|map| response.is_success() && map.contains_key("issuer")) {
            Some(map) => match parse_metadata(&url, issuer, expected, &map) {
                Err(
                    error @ (DiscoverError::OtherIssuer { .. }
                    | DiscoverError::NotDeclaredIssuer { .. }),
                ) => other = other.or(Some(error)),
                parsed => return parsed,
            },
            None => {
                statuses.push(response.status);
                tried.push(format!("{}: {}", shown(&url), response.summary()));
            }
        }
    }
    match (other, failed) {
        (Some(error), _) => Err(error),
        (None, Some(error)) => Err(error.into()),
        (None, None) => {
            let (issuer, tried) = (excerpt(issuer), tried.join("; "));
            Err(DiscoverError::NoMetadata { issuer, statuses, tried })
        }
    }
}

/// Returns the defaults for a server without metadata, from the MCP specification of 2025-03-26.
pub fn default_metadata(issuer: &str) -> AuthorizationServer {
    AuthorizationServer {
        issuer: issuer.to_owned(),
        authorization_endpoint: Some(format!("{issuer}/authorize")),
        token_endpoint: format!("{issuer}/token"),
        registration_endpoint: Some(format!("{issuer}/register")),
        device_authorization_endpoint: None,
        revocation_endpoint: None,
        scopes: vec![],
        auth_methods: vec![],
        supports_client_metadata_documents: false,
        sends_iss: false,
        states_pkce: false,
    }
}

// RFC 8414, section 3.1, and OpenID Connect Discovery. For an issuer with a path, some servers have the metadata below
// the path or at the root instead, where mcp-remote finds it too.
fn metadata_urls(issuer: &str) -> Vec<String> {
    let parts = url::parts(issuer);
    let (origin, path) = (parts.origin, parts.path.trim_end_matches('/'));
    let mut found = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        found.extend([
            format!("{origin}{path}/.well-known/openid-configuration"),
            format!("{origin}{path}/.well-known/oauth-authorization-server"),
            format!("{origin}/.well-known/oauth-authorization-server"),
        ]);
    }
    found
}

/// Checks a metadata document from a URL, and parses it.
///
/// # Errors
/// Fails if the document describes another server, or lacks what a sign-in needs.
pub fn parse_metadata(
    url: &str,
    issuer: &str,
    expected: ExpectedIssuer<'_>,
    map: &Map<String, Value>,
) -> Result<AuthorizationServer, DiscoverError> {
    let named = string(map, "issuer").unwrap_or_default();
    check_named(url, issuer, expected, &named)?;
    // Entra ID and Cognito support PKCE without saying so.
    let states_pkce = map.get("code_challenge_methods_supported").is_some_and(Value::is_array);
    let methods = strings(map, "code_challenge_methods_supported");
    if states_pkce && !methods.iter().any(|method| method == "S256") {
        return Err(DiscoverError::NoS256 { issuer: excerpt(&named) });
    }
    let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or(false);
    let missing = || DiscoverError::NoEndpoint { issuer: excerpt(&named), name: "token_endpoint" };
    Ok(AuthorizationServer {
        authorization_endpoint: string(map, "authorization_endpoint"),
        token_endpoint: string(map, "token_endpoint").ok_or_else(missing)?,
        registration_endpoint: string(map, "registration_endpoint"),
        device_authorization_endpoint: string(map, "device_authorization_endpoint"),
        revocation_endpoint: string(map, "revocation_endpoint"),
        scopes: strings(map, "scopes_supported"),
        auth_methods: strings(map, "token_endpoint_auth_methods_supported"),
        supports_client_metadata_documents: flag("client_id_metadata_document_supported"),
        sends_iss: flag("authorization_response_iss_parameter_supported"),
        states_pkce,
        issuer: named,
    })
}

fn check_named(
    url: &str,
    issuer: &str,
    expected: ExpectedIssuer<'_>,
    named: &str,
) -> Result<(), DiscoverError> {
    let same = match expected {
        ExpectedIssuer::Asked => named == issuer,
        ExpectedIssuer::Guessed => named.trim_end_matches('/') == issuer,
        ExpectedIssuer::Declared(declared) => named == declared,
    };
    let (url, named) = (shown(url), excerpt(named));
    match expected {
        _ if same => Ok(()),
        ExpectedIssuer::Asked | ExpectedIssuer::Guessed => {
            Err(DiscoverError::OtherIssuer { url, named, expected: excerpt(issuer) })
        }
        ExpectedIssuer::Declared(declared) => {
            Err(DiscoverError::NotDeclaredIssuer { url, named, declared: declared.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_where_the_specification_says_before_other_places() {
        let known = |name: &str, path: &str| format!("https://h/.well-known/{name}{path}");
        assert_eq!(
            metadata_urls("https://h/"),
            [known("oauth-authorization-server", ""), known("openid-configuration", "")]
        );
        assert_eq!(
            metadata_urls("https://h/t1"),
            [
                known("oauth-authorization-server", "/t1"),
                known("openid-configuration", "/t1"),
                "https://h/t1/.well-known/openid-configuration".to_owned(),
                "https://h/t1/.well-known/oauth-authorization-server".to_owned(),
                known("oauth-authorization-server", ""),
            ]
        );
    }
}
