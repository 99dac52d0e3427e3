//! Gets and checks protected resource metadata (RFC 9728).

use serde_json::{Map, Value};

use super::DiscoverError;
use super::member::{string, strings};
use crate::auth::challenge::Challenge;
use crate::display::excerpt;
use crate::http::{BufferedResponse, HttpClient, shown};
use crate::model::url::{self, UrlError};

/// The metadata of a protected resource.
#[derive(Debug, Clone, Default)]
pub struct ResourceMetadata {
    /// The resource indicator, byte for byte.
    pub resource: Option<String>,
    /// The authorization servers, in the server's order.
    pub authorization_servers: Vec<String>,
    /// The scopes that the resource lists.
    pub scopes: Vec<String>,
}

/// The result of looking for protected resource metadata.
#[derive(Debug)]
pub enum ResourceLookup {
    /// The metadata.
    Found(ResourceMetadata),
    /// The challenge names a URL without metadata, and the well-known URLs have none either.
    Broken(DiscoverError),
    /// The server publishes no metadata.
    Missing,
}

/// Looks for the metadata of a server: at the URL in the challenge, then at the well-known URLs.
///
/// # Errors
/// Fails if the metadata describes another resource, or if a request fails and no URL has metadata.
pub fn resource_metadata(
    http: &HttpClient,
    server: &str,
    challenge: &Challenge,
) -> Result<ResourceLookup, DiscoverError> {
    let named = challenge.resource_metadata.as_ref();
    let (mut failed, mut broken) = (None, None);
    for url in candidates(server, named) {
        match http.get(&url) {
            Ok(response) => match document(&response) {
                Some(map) => return check_resource(&url, server, &map).map(ResourceLookup::Found),
                None if named == Some(&url) => {
                    let (url, summary) = (shown(&url), response.summary());
                    broken = Some(DiscoverError::NoResourceMetadata { url, summary });
                }
                None => {}
            },
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (failed, broken) {
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) => Ok(ResourceLookup::Broken(error)),
        (None, None) => Ok(ResourceLookup::Missing),
    }
}

fn candidates(server: &str, named: Option<&String>) -> Vec<String> {
    let parts = url::parts(server);
    let root = format!("{}/.well-known/oauth-protected-resource", parts.origin);
    let at_path = (parts.path.len() > 1).then(|| format!("{root}{}", parts.path));
    let mut found: Vec<String> = vec![];
    for url in named.cloned().into_iter().chain(at_path).chain([root]) {
        if !found.contains(&url) {
            found.push(url);
        }
    }
    found
}

// A document without a resource still names authorization servers: mcp-remote 0.15.1 uses it.
fn document(response: &BufferedResponse) -> Option<Map<String, Value>> {
    let usable = |map: &Map<String, Value>| {
        resource(map).is_some() || !strings(map, "authorization_servers").is_empty()
    };
    response.json().filter(|map| response.is_success() && usable(map))
}

fn resource(map: &Map<String, Value>) -> Option<String> {
    string(map, "resource").filter(|resource| !resource.is_empty())
}

/// Checks that protected resource metadata covers a server: its resource is the URL of the server
/// or a parent of it (RFC 9728, section 3.3, as mcp-remote implements it).
///
/// # Errors
/// Fails if the metadata describes another resource.
pub fn check_resource(
    url: &str,
    server: &str,
    map: &Map<String, Value>,
) -> Result<ResourceMetadata, DiscoverError> {
    let resource = resource(map);
    if let Some(named) = resource.clone().filter(|resource| !covers(resource, server)) {
        let named = excerpt(&named);
        return Err(DiscoverError::OtherResource { url: shown(url), named, server: shown(server) });
    }
    let authorization_servers = strings(map, "authorization_servers");
    Ok(ResourceMetadata {
        resource,
        authorization_servers,
        scopes: strings(map, "scopes_supported"),
    })
}

fn covers(resource: &str, server: &str) -> bool {
    let directory = |url: &str| format!("{}/", url::parts(url).path.trim_end_matches('/'));
    // If the resource has the origin of the server, plain http is as good for it as for the server.
    let valid = matches!(url::validate(resource), Ok(()) | Err(UrlError::PlainHttp));
    valid
        && url::same_origin(resource, server)
        && directory(server).starts_with(&directory(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn metadata_is_looked_for_at_the_url_in_the_challenge_then_at_the_well_known_urls() {
        let known = "https://h/.well-known/oauth-protected-resource";
        let at_path = format!("{known}/mcp");
        let other = "https://h/other".to_owned();
        for (named, urls) in [
            (None, vec![at_path.as_str(), known]),
            (Some(&other), vec![&other, &at_path, known]),
            (Some(&at_path), vec![&at_path, known]),
        ] {
            assert_eq!(candidates("https://h/mcp", named), urls);
        }
        assert_eq!(candidates("https://h/", None), [known]);
    }
}
