//! Validates and splits the URL of a server. The URL itself is never changed: the cache key of the bridge depends
//! on its exact bytes.

/// The host of the redirect URL of a bridge, unless the declaration sets one.
pub const DEFAULT_REDIRECT_HOST: &str = "localhost";

/// The path of the redirect URL of a bridge, unless the declaration sets one.
pub const DEFAULT_CALLBACK_PATH: &str = "/oauth/callback";

/// Says why a string is not the URL of an MCP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlError {
    /// It does not start with `https://` or `http://`.
    Scheme,
    /// It has no host.
    Host,
    /// Its port is not a number up to 65535.
    Port,
    /// It is plain http to another machine.
    PlainHttp,
    /// It contains a user name or password.
    UserInfo,
    /// It contains white space or control characters.
    Space,
}

/// Validates a URL (RFC 3986, section 3.2).
///
/// # Errors
/// Fails if the URL is not usable for an MCP server.
pub fn validate(url: &str) -> Result<(), UrlError> {
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::Space);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
    let https = scheme.eq_ignore_ascii_case("https");
    if !https && !scheme.eq_ignore_ascii_case("http") {
        return Err(UrlError::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlError::UserInfo);
    }
    let host = host(authority);
    if host.is_empty() {
        return Err(UrlError::Host);
    }
    let port = authority[host.len()..].trim_start_matches(':');
    let number = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !port.is_empty() && !number {
        return Err(UrlError::Port);
    }
    if https || is_loopback(host) { Ok(()) } else { Err(UrlError::PlainHttp) }
}

/// Holds the parts of a valid URL as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Everything before the path.
    pub origin: &'a str,
    /// The host. An IPv6 address includes the brackets.
    pub host: &'a str,
    /// The path without query and fragment; may be empty.
    pub path: &'a str,
}

/// Splits a valid URL.
pub fn parts(url: &str) -> Parts<'_> {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
    let path = url[end..].split(['?', '#']).next().unwrap_or_default();
    Parts { origin: &url[..end], host: host(&url[authority..end]), path }
}

/// Returns whether two URLs have the same scheme, host and port (RFC 6454).
pub fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| {
        let origin = parts(url).origin.to_ascii_lowercase();
        let default = if origin.starts_with("https:") { ":443" } else { ":80" };
        origin.strip_suffix(default).map(str::to_owned).unwrap_or(origin)
    };
    origin(a) == origin(b)
}

/// Returns a URL as sent in a request. A URL with characters other than ASCII is encoded, and its host is converted
/// for DNS (URL Standard, section 4.5). Any other URL stays as written.
pub fn encoded(url: &str) -> String {
    let encoded = || ::url::Url::parse(url).ok().map(String::from);
    Some(url)
        .filter(|url| !url.is_ascii())
        .and_then(|_| encoded())
        .unwrap_or_else(|| url.to_owned())
}

fn host(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or("", |end| &authority[..=end]);
    }
    authority.split(':').next().unwrap_or_default()
}

/// Returns whether a host is a loopback host.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_https_or_loopback_without_user_names() {
        for good in [
            "https://mcp.atlassian.com/v1/mcp",
            "HTTPS://example.com",
            "http://localhost:3000/mcp",
            "http://127.0.0.2/",
            "http://[::1]:80/x?y#z",
        ] {
            assert_eq!(validate(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("mcp.example.com", UrlError::Scheme),
            ("ftp://example.com", UrlError::Scheme),
            ("https:///x", UrlError::Host),
            ("http://example.com", UrlError::PlainHttp),
            ("http://127.0.0.1.example.com", UrlError::PlainHttp),
            ("http://localhost@example.com", UrlError::UserInfo),
            ("https://a b", UrlError::Space),
            ("https://a:b/", UrlError::Port),
            ("https://[::1", UrlError::Host),
            ("https://[::1]x", UrlError::Port),
            ("https://a:+80", UrlError::Port),
            ("https://a:65536/", UrlError::Port),
        ] {
            assert_eq!(validate(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_url_is_split_as_written() {
        for (url, origin, host, path) in [
            ("https://Example.com", "https://Example.com", "Example.com", ""),
            ("https://a:8443/x/y?q=/#f", "https://a:8443", "a", "/x/y"),
            ("http://[::1]:80?x", "http://[::1]:80", "[::1]", ""),
        ] {
            assert_eq!(parts(url), Parts { origin, host, path });
        }
        assert!(same_origin("https://a/x", "HTTPS://A:443/y"));
        assert!(!same_origin("https://a", "http://a"));
        assert!(!same_origin("http://a:8080", "http://a"));
    }

    #[test]
    fn only_a_url_that_is_not_ascii_is_encoded() {
        for (url, to) in [
            ("https://a/%20{x}", "https://a/%20{x}"),
            ("https://bücher.example/ä?ö=%20", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%20"),
        ] {
            assert_eq!(encoded(url), to);
        }
    }
}
