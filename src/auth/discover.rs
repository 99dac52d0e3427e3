//! Discovery: from a server's address to the authorization server that signs in to it (RFC 9728, RFC 8414).
//!
//! Identifiers (`resource`, `issuer`) are compared and kept as raw strings: a slash more is another one.

use serde_json::{Map, Value, json};

use super::challenge::Challenge;
use super::http::{self, Http, HttpError, HttpMethod, HttpResponse, shown};
use super::session::{SESSION_HEADER, initialize, json_body, send};
use crate::model::url;

mod metadata;

pub use metadata::{AuthorizationServer, authorization_server};
use metadata::{check_resource, string, strings};

/// Says why discovery stopped.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server wants no sign-in.
    #[error("`{url}` answers without a sign-in; declare it without `auth`")]
    Open {
        /// The server.
        url: String,
    },
    /// The server neither answers nor says where to sign in.
    #[error(
        "`{url}` answers {status}, and does not say where to sign in; check the address, or ask the \
         server's owner for its protected resource metadata (RFC 9728)"
    )]
    NoChallenge {
        /// The server.
        url: String,
        /// What it answered.
        status: String,
    },
    /// The metadata that a challenge names is not there.
    #[error(
        "`{url}` answers {status}, where the server says that its metadata is; ask the server's owner"
    )]
    NoResourceMetadata {
        /// The address of the metadata.
        url: String,
        /// What it answered.
        status: String,
    },
    /// The metadata is another resource's.
    #[error(
        "`{url}` describes the resource `{named}`, which is not `{server}`; nothing is signed in to on \
         another's behalf, so ask the server's owner, or declare the address it names"
    )]
    OtherResource {
        /// The address of the metadata.
        url: String,
        /// The resource it names.
        named: String,
        /// The server.
        server: String,
    },
    /// No authorization server metadata was found.
    #[error(
        "`{issuer}` publishes no authorization server metadata ({tried}); ask the server's owner"
    )]
    NoMetadata {
        /// The authorization server.
        issuer: String,
        /// What was asked and answered.
        tried: String,
    },
    /// The metadata is another authorization server's.
    #[error(
        "`{url}` names the issuer `{named}`, but was published for `{wanted}`; it could be another's, so \
         ask the server's owner"
    )]
    OtherIssuer {
        /// The address of the metadata.
        url: String,
        /// The issuer it names.
        named: String,
        /// The issuer it should name.
        wanted: String,
    },
    /// The metadata lacks an address.
    #[error("`{url}` has no `{name}`; ask the owner of the authorization server")]
    NoEndpoint {
        /// The address of the metadata.
        url: String,
        /// The missing member.
        name: &'static str,
    },
    /// The authorization server does not say that it can do PKCE.
    #[error(
        "`{issuer}` does not offer PKCE with S256 (`code_challenge_methods_supported`), without which a \
         code could be stolen; ask its owner"
    )]
    NoS256 {
        /// The authorization server.
        issuer: String,
    },
}

/// Holds what is known before anybody is asked to sign in.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The resource indicator to send, byte for byte as the server wrote it.
    pub resource: Option<String>,
    /// The scope that the server wants.
    pub challenged_scope: Option<String>,
    /// The scopes that the resource lists.
    pub resource_scopes: Vec<String>,
    /// Who signs in to it.
    pub server: AuthorizationServer,
}

/// Finds out where to sign in to a server.
///
/// # Errors
/// Fails where it wants no sign-in, and on metadata that is missing, another's, or not safe to use.
pub fn discover(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
) -> Result<Discovery, DiscoverError> {
    let probed = probe(http, server, headers)?;
    let challenge = probed.challenge.clone();
    let resource = match resource_metadata(http, server, &challenge)? {
        None if !probed.wanted => return Err(probed.unwanted(server)),
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
    // Without metadata the server signs in by itself, as in the specification of 2025-03-26.
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
    wanted: bool,
    open: bool,
    status: String,
    challenge: Challenge,
}

impl ServerProbe {
    fn unwanted(self, server: &str) -> DiscoverError {
        let url = shown(server);
        if self.open {
            return DiscoverError::Open { url };
        }
        DiscoverError::NoChallenge { url, status: self.status }
    }

    fn record(&mut self, response: &HttpResponse) {
        let values: Vec<&str> = response.headers("www-authenticate").collect();
        self.wanted |= response.status == 401 || (response.status == 403 && !values.is_empty());
        self.open = response.is_success();
        if self.status.is_empty() || !response.is_success() {
            self.status = response.status.to_string();
        }
        let challenge = std::mem::take(&mut self.challenge);
        self.challenge = challenge.or(Challenge::from_headers(values));
    }
}

// Some servers answer `initialize` to anybody and ask for a sign-in only behind it; those of the revision 2026-07-28
// do not know it; some answer a GET alone.
fn probe(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
) -> Result<ServerProbe, DiscoverError> {
    let mut probed = ServerProbe::default();
    let response = initialize(http, server, headers)?;
    probed.record(&response);
    if !probed.wanted {
        let mut headers = headers.to_vec();
        if let Some(session) = response.header(SESSION_HEADER) {
            headers.push((SESSION_HEADER.into(), session.into()));
        }
        let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
        probed.record(&send(http, server, &headers, json_body(&list))?);
    }
    if !probed.wanted && !probed.open {
        probed.record(&send(http, server, headers, HttpMethod::Get)?);
    }
    Ok(probed)
}

fn resource_metadata(
    http: &Http,
    server: &str,
    challenge: &Challenge,
) -> Result<Option<Map<String, Value>>, DiscoverError> {
    if let Some(url) = &challenge.resource_metadata {
        let response = http.get(url)?;
        let found = response.json().filter(|_| response.is_success());
        let status = response.summary();
        let missing = || DiscoverError::NoResourceMetadata { url: shown(url), status };
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

/// Checks that an endpoint may be used; the name says which one it is.
fn checked_endpoint(url: String) -> Result<String, DiscoverError> {
    http::check(&url)?;
    Ok(url)
}
