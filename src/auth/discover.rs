//! Discovery: from a server's URL to its authorization server (RFC 9728, RFC 8414).
//!
//! Identifiers (`resource`, `issuer`) are compared and stored as raw strings: a trailing slash
//! makes a different one.

use std::time::{Duration, Instant};

use serde_json::json;

use super::call::BridgeCall;
use super::challenge::Challenge;
use super::session::{SESSION_HEADER, initialize, send};
use crate::http::{HttpClient, HttpMethod, StreamingResponse, borrowed, shown};

mod error;
mod member;
mod metadata;
mod resource;
mod server;

pub use error::DiscoverError;
pub use metadata::{AuthorizationServer, ExpectedIssuer, authorization_server, parse_metadata};
pub use resource::check_resource;
use resource::{ResourceLookup, ResourceMetadata, resource_metadata};
use server::find_server;

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

impl Discovery {
    /// Makes the result for an authorization server whose resource is not known.
    pub fn of_server(server: AuthorizationServer) -> Self {
        Self { resource: None, challenged_scope: None, resource_scopes: vec![], server }
    }
}

// For all requests and redirects together: a slow server must not keep a refresh waiting for minutes.
const TIMEOUT: Duration = Duration::from_secs(60);

// The scope with which a provider issues an ID token (OpenID Connect Core 1.0, section 3.1.2.1).
const OPENID: &str = "openid";

/// Discovers the authorization server of a server. An identity provider is its own.
///
/// # Errors
/// Fails if the server requires no sign-in, or if metadata is missing, describes another server, or
/// is unsafe.
pub fn discover(
    http: &HttpClient,
    call: &BridgeCall,
    headers: &[(String, String)],
) -> Result<Discovery, DiscoverError> {
    let http = &http.until(Instant::now() + TIMEOUT);
    if call.is_provider {
        let server = authorization_server(http, &call.url, ExpectedIssuer::Asked)?;
        let challenged_scope = Some(OPENID.to_owned());
        return Ok(Discovery { challenged_scope, ..Discovery::of_server(server) });
    }
    let probed = probe(http, &call.url, &borrowed(headers))?;
    let challenge = probed.challenge.clone();
    let (resource, broken) = match resource_metadata(http, &call.url, &challenge)? {
        ResourceLookup::Found(metadata) => (metadata, None),
        ResourceLookup::Broken(error) => (ResourceMetadata::default(), Some(error)),
        ResourceLookup::Missing if probed.requires_sign_in => (ResourceMetadata::default(), None),
        ResourceLookup::Missing => return Err(probed.no_challenge(&call.url)),
    };
    Ok(Discovery {
        server: find_server(http, call, &resource.authorization_servers, broken)?,
        resource: resource.resource,
        challenged_scope: challenge.scope,
        resource_scopes: resource.scopes,
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
