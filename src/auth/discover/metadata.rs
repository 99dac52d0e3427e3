//! Parses and checks the two metadata documents.

use serde_json::{Map, Value};

use super::{DiscoverError, checked_endpoint};
use crate::diagnostic::excerpt;
use crate::http::{HttpClient, HttpError, check, shown};
use crate::model::url;

/// The metadata of an authorization server (RFC 8414). Its endpoints are safe to use.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    /// The issuer, byte for byte.
    pub issuer: String,
    /// The authorization endpoint.
    pub authorization_endpoint: String,
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
}

/// Gets and checks the metadata of an authorization server. A derived issuer is mcpgen's guess, so
/// its trailing slash does not matter.
///
/// # Errors
/// Fails if there is no metadata, if it describes another server, or if it is unsafe.
pub fn authorization_server(
    http: &HttpClient,
    issuer: &str,
    derived: bool,
) -> Result<AuthorizationServer, DiscoverError> {
    check(issuer)?;
    let mut tried = vec![];
    for url in metadata_urls(issuer) {
        let response = http.get(&url)?;
        match response.json().filter(|map| response.is_success() && map.contains_key("issuer")) {
            Some(map) => return parse_metadata(&url, issuer, derived, &map),
            None => {
                tried.push((response.status, format!("{}: {}", shown(&url), response.summary())))
            }
        }
    }
    if derived && tried.iter().all(|(status, _)| *status == 404) {
        return Ok(default_metadata(issuer));
    }
    let tried: Vec<String> = tried.into_iter().map(|(_, what)| what).collect();
    Err(DiscoverError::NoMetadata { issuer: excerpt(issuer), tried: tried.join("; ") })
}

// The defaults for a server without metadata, from the MCP specification of 2025-03-26.
fn default_metadata(issuer: &str) -> AuthorizationServer {
    AuthorizationServer {
        issuer: issuer.to_owned(),
        authorization_endpoint: format!("{issuer}/authorize"),
        token_endpoint: format!("{issuer}/token"),
        registration_endpoint: Some(format!("{issuer}/register")),
        device_authorization_endpoint: None,
        revocation_endpoint: None,
        scopes: vec![],
        auth_methods: vec![],
        supports_client_metadata_documents: false,
        sends_iss: false,
    }
}

// RFC 8414, section 3.1, and OpenID Connect Discovery. For an issuer with a path, the root is not
// tried.
fn metadata_urls(issuer: &str) -> Vec<String> {
    let parts = url::parts(issuer);
    let (origin, path) = (parts.origin, parts.path.trim_end_matches('/'));
    let mut found = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        found.push(format!("{origin}{path}/.well-known/openid-configuration"));
    }
    found
}

fn parse_metadata(
    url: &str,
    issuer: &str,
    derived: bool,
    map: &Map<String, Value>,
) -> Result<AuthorizationServer, DiscoverError> {
    let named = string(map, "issuer").unwrap_or_default();
    let same = named == issuer || (derived && named.trim_end_matches('/') == issuer);
    if !same {
        let (named, expected) = (excerpt(&named), excerpt(issuer));
        return Err(DiscoverError::OtherIssuer { url: shown(url), named, expected });
    }
    if !strings(map, "code_challenge_methods_supported").iter().any(|method| method == "S256") {
        return Err(DiscoverError::NoS256 { issuer: excerpt(&named) });
    }
    let optional = |name: &str| string(map, name).map(checked_endpoint).transpose();
    let required = |name: &'static str| {
        optional(name)?.ok_or_else(|| DiscoverError::NoEndpoint { url: shown(url), name })
    };
    let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or(false);
    Ok(AuthorizationServer {
        authorization_endpoint: required("authorization_endpoint")?,
        token_endpoint: required("token_endpoint")?,
        registration_endpoint: optional("registration_endpoint")?,
        device_authorization_endpoint: optional("device_authorization_endpoint")?,
        revocation_endpoint: optional("revocation_endpoint")?,
        scopes: strings(map, "scopes_supported"),
        auth_methods: strings(map, "token_endpoint_auth_methods_supported"),
        supports_client_metadata_documents: flag("client_id_metadata_document_supported"),
        sends_iss: flag("authorization_response_iss_parameter_supported"),
        issuer: named,
    })
}

/// Checks that protected resource metadata covers a server: its resource is the URL of the server
/// or a parent of it (RFC 9728, section 3.3, as mcp-remote implements it).
///
/// # Errors
/// Fails if it describes another resource.
pub fn check_resource(
    url: &str,
    server: &str,
    map: Map<String, Value>,
) -> Result<Map<String, Value>, DiscoverError> {
    let named = string(&map, "resource").unwrap_or_default();
    if covers(&named, server) {
        return Ok(map);
    }
    let named = excerpt(&named);
    Err(DiscoverError::OtherResource { url: shown(url), named, server: shown(server) })
}

fn covers(resource: &str, server: &str) -> bool {
    let folder = |url: &str| format!("{}/", url::parts(url).path.trim_end_matches('/'));
    let good: Result<(), HttpError> = check(resource);
    good.is_ok()
        && url::same_origin(resource, server)
        && folder(server).starts_with(&folder(resource))
}

/// Returns a string member.
pub fn string(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.get(name)?.as_str().map(str::to_owned)
}

/// Returns the strings of a list member; empty if it is missing.
pub fn strings(map: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = map.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_where_the_specification_says_and_nowhere_else() {
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
            ]
        );
    }

    #[test]
    fn a_resource_covers_what_lies_below_it() {
        for (resource, covered) in [
            ("https://h", true),
            ("https://h/", true),
            ("https://H:443/mcp", true),
            ("https://h/mcp/", true),
            ("https://h/mc", false),
            ("https://h/mcp/v1", false),
            ("http://h/mcp", false),
            ("https://g/mcp", false),
            ("", false),
            ("urn:x", false),
        ] {
            assert_eq!(covers(resource, "https://h/mcp"), covered, "{resource}");
        }
    }
}
