//! Discovery: from a server's URL to its authorization server (RFC 9728, RFC 8414).
//!
//! Identifiers (`resource`, `issuer`) are compared and stored as raw strings: a trailing slash
//! makes a different one.
//!
//! Identifiers (`resource`, `issuer`) are compared and kept as raw strings: a slash more is another one.

use serde_json::{Map, Value, json};

use super::challenge::Challenge;
use super::session::{SESSION_HEADER, initialize, send};
use crate::diagnostic::Help;
use crate::http::{self, HttpClient, HttpError, HttpMethod, StreamingResponse, borrowed, shown};
use crate::model::url;

mod metadata;

pub use metadata::{AuthorizationServer, authorization_server};
use metadata::{check_resource, string, strings};

/// Why discovery failed.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server responds without a token.
    #[error("`{url}` does not require a sign-in")]
    Open {
        /// The server.
        url: String,
    },
    /// The server responds with a page instead of a message.
    #[error("`{url}` responds with a web page and requires no sign-in, so it is not an MCP server")]
    WebPage {
        /// The server.
        url: String,
    },
    /// The server neither responds nor says where to sign in.
    #[error("`{url}` responds with {status} and does not say where to sign in")]
    NoChallenge {
        /// The server.
        url: String,
        /// The status of its response.
        status: String,
    },
    /// The URL in the server's challenge does not lead to metadata.
    #[error("`{url}` responds with {summary} instead of protected resource metadata")]
    NoResourceMetadata {
        /// The URL from the challenge.
        url: String,
        /// A summary of the response.
        summary: String,
    },
    /// The metadata describes another resource.
    #[error("`{url}` describes the resource `{named}`, not `{server}`")]
    OtherResource {
        /// The URL of the metadata.
        url: String,
        /// The resource that it describes.
        named: String,
        /// The server.
        server: String,
    },
    /// The authorization server publishes no metadata.
    #[error("`{issuer}` publishes no authorization server metadata ({tried})")]
    NoMetadata {
        /// The authorization server.
        issuer: String,
        /// The URLs that were tried, and their responses.
        tried: String,
    },
    /// The metadata describes another authorization server.
    #[error("`{url}` names the issuer `{named}`, expected `{expected}`")]
    OtherIssuer {
        /// The URL of the metadata.
        url: String,
        /// The issuer that it names.
        named: String,
        /// The issuer that it should name.
        expected: String,
    },
    /// The metadata lacks a required endpoint.
    #[error("the metadata at `{url}` has no `{name}`")]
    NoEndpoint {
        /// The URL of the metadata.
        url: String,
        /// The missing member.
        name: &'static str,
    },
    /// The authorization server does not support PKCE with S256.
    #[error("`{issuer}` does not support PKCE with S256")]
    NoS256 {
        /// The authorization server.
        issuer: String,
    },
}

impl Help for DiscoverError {
    fn note(&self) -> Option<String> {
        let note = match self {
            Self::Http(error) => return error.note(),
            Self::NoResourceMetadata { .. } => "the server's challenge names this URL",
            Self::OtherResource { .. } => {
                "a sign-in to one resource must not give access to another"
            }
            Self::OtherIssuer { .. } => "the metadata may belong to another server",
            Self::NoS256 { .. } => {
                "without it (`code_challenge_methods_supported`), an authorization code could be stolen"
            }
            Self::Open { .. }
            | Self::WebPage { .. }
            | Self::NoChallenge { .. }
            | Self::NoMetadata { .. }
            | Self::NoEndpoint { .. } => return None,
        };
        Some(note.to_owned())
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Http(error) => return error.help(),
            Self::Open { .. } => "declare the server without `auth`",
            Self::WebPage { .. } => {
                "check the URL: the server's documentation has that of its MCP endpoint"
            }
            Self::NoChallenge { .. } => {
                "check the URL, or ask the server's owner for protected resource metadata (RFC 9728)"
            }
            Self::OtherResource { .. } => {
                "ask the server's owner, or declare the URL that it describes"
            }
            Self::OtherIssuer { .. } => "check the server's URL, or tell its owner",
            Self::NoResourceMetadata { .. } | Self::NoMetadata { .. } => "ask the server's owner",
            Self::NoEndpoint { .. } | Self::NoS256 { .. } => {
                "ask the owner of the authorization server"
            }
        };
        Some(help.to_owned())
    }
}

/// The result of discovery.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The resource indicator, byte for byte as the server wrote it.
    pub resource: Option<String>,
    /// The scope in the challenge.
    pub challenged_scope: Option<String>,
    /// The scopes that the resource lists.
    pub resource_scopes: Vec<String>,
    /// The authorization server.
    pub server: AuthorizationServer,
}

/// Discovers the authorization server of a server.
///
/// # Errors
/// Fails if the server requires no sign-in, or if metadata is missing, describes another server, or
/// is unsafe.
pub fn discover(
    http: &HttpClient,
    server: &str,
    headers: &[(String, String)],
) -> Result<Discovery, DiscoverError> {
    let probed = probe(http, server, &borrowed(headers))?;
    let challenge = probed.challenge.clone();
    let resource = match resource_metadata(http, server, &challenge)? {
        None if !probed.requires_sign_in => return Err(probed.no_challenge(server)),
        found => found,
    };
    let root = url::parts(server).origin.to_owned();
    let (resource_id, scopes, issuer) = match &resource {
        Some(map) => {
            let servers = strings(map, "authorization_servers");
            (string(map, "resource"), strings(map, "scopes_supported"), servers.into_iter().next())
        }
        None => (None, vec![], None),
    };
    // Without metadata the server is its own authorization server, as in the MCP specification of
    // 2025-03-26.
    let derived = issuer.is_none();
    let server = authorization_server(http, &issuer.unwrap_or(root), derived)?;
    Ok(Discovery {
        resource: resource_id,
        challenged_scope: challenge.scope,
        resource_scopes: scopes,
        server,
    })
}

#[derive(Debug, Default)]
struct ServerProbe {
    requires_sign_in: bool,
    open: bool,
    page: bool,
    status: String,
    challenge: Challenge,
}

impl ServerProbe {
    fn no_challenge(self, server: &str) -> DiscoverError {
        let url = shown(server);
        if self.page {
            return DiscoverError::WebPage { url };
        }
        if self.open {
            return DiscoverError::Open { url };
        }
        DiscoverError::NoChallenge { url, status: self.status }
    }

    fn record(&mut self, response: &StreamingResponse) {
        let values: Vec<&str> = response.header_values("www-authenticate").collect();
        self.requires_sign_in |=
            response.status == 401 || (response.status == 403 && !values.is_empty());
        self.open = response.is_success();
        let media = response.header("content-type").unwrap_or_default();
        self.page = self.open && media.to_ascii_lowercase().starts_with("text/html");
        if self.status.is_empty() || !response.is_success() {
            self.status = response.status.to_string();
        }
        let challenge = std::mem::take(&mut self.challenge);
        self.challenge = challenge.or(Challenge::from_headers(values));
    }
}

// Some servers respond to `initialize` without a token and require one only afterwards. Servers of
// the 2026-07-28 revision do not know `initialize`. Some respond to GET only.
fn probe(
    http: &HttpClient,
    server: &str,
    headers: &[(&str, &str)],
) -> Result<ServerProbe, DiscoverError> {
    let mut probed = ServerProbe::default();
    let response = initialize(http, server, headers)?;
    probed.record(&response);
    if !probed.requires_sign_in {
        let mut headers = headers.to_vec();
        if let Some(session) = response.header(SESSION_HEADER) {
            headers.push((SESSION_HEADER, session));
        }
        let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
        let list = list.to_string();
        probed.record(&send(http, server, &headers, HttpMethod::Post(list.as_bytes()))?);
    }
    if !probed.requires_sign_in && !probed.open {
        probed.record(&send(http, server, headers, HttpMethod::Get)?);
    }
    Ok(probed)
}

fn resource_metadata(
    http: &HttpClient,
    server: &str,
    challenge: &Challenge,
) -> Result<Option<Map<String, Value>>, DiscoverError> {
    if let Some(url) = &challenge.resource_metadata {
        let response = http.get(url)?;
        let found = response.json().filter(|_| response.is_success());
        let summary = response.summary();
        let missing = || DiscoverError::NoResourceMetadata { url: shown(url), summary };
        return check_resource(url, server, found.ok_or_else(missing)?).map(Some);
    }
    let parts = url::parts(server);
    let root = format!("{}/.well-known/oauth-protected-resource", parts.origin);
    let at_path = (parts.path.len() > 1).then(|| format!("{root}{}", parts.path));
    for url in at_path.into_iter().chain([root]) {
        let response = http.get(&url)?;
        let found =
            response.json().filter(|map| response.is_success() && map.contains_key("resource"));
        if let Some(map) = found {
            return check_resource(&url, server, map).map(Some);
        }
    }
    Ok(None)
}

/// Checks that an endpoint is safe to use.
fn checked_endpoint(url: String) -> Result<String, DiscoverError> {
    http::check(&url)?;
    Ok(url)
}
