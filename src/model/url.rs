//! What must be known of a server's address. The address itself stays as it was written, since the
//! bridge's cache key is made from its exact bytes.

/// Says why a text is no address of an MCP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnAddress {
    /// It does not start with `https://` or `http://`.
    Scheme,
    /// It has no host.
    Host,
    /// Its port is no number up to 65535.
    Port,
    /// It is plain http to another machine.
    PlainHttp,
    /// It has a user name or password in it.
    UserInfo,
    /// It has white space or control characters in it.
    Space,
}

/// Checks an address (RFC 3986, section 3.2, as far as it matters here).
///
/// # Errors
/// Fails with the first reason why it is none.
pub fn check(url: &str) -> Result<(), NotAnAddress> {
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(NotAnAddress::Space);
    }
    let (scheme, rest) = url.split_once("://").ok_or(NotAnAddress::Scheme)?;
    let https = scheme.eq_ignore_ascii_case("https");
    if !https && !scheme.eq_ignore_ascii_case("http") {
        return Err(NotAnAddress::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(NotAnAddress::UserInfo);
    }
    let host = host(authority);
    if host.is_empty() {
        return Err(NotAnAddress::Host);
    }
    let port = authority[host.len()..].trim_start_matches(':');
    let number = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !port.is_empty() && !number {
        return Err(NotAnAddress::Port);
    }
    if https || is_loopback(host) { Ok(()) } else { Err(NotAnAddress::PlainHttp) }
}

fn host(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or("", |end| &authority[..=end]);
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_loopback_without_user_names() {
        for good in [
            "https://mcp.atlassian.com/v1/mcp",
            "HTTPS://example.com",
            "http://localhost:3000/mcp",
            "http://127.0.0.2/",
            "http://[::1]:80/x?y#z",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("mcp.example.com", NotAnAddress::Scheme),
            ("ftp://example.com", NotAnAddress::Scheme),
            ("https:///x", NotAnAddress::Host),
            ("http://example.com", NotAnAddress::PlainHttp),
            ("http://127.0.0.1.example.com", NotAnAddress::PlainHttp),
            ("http://localhost@example.com", NotAnAddress::UserInfo),
            ("https://a b", NotAnAddress::Space),
            ("https://a:b/", NotAnAddress::Port),
            ("https://[::1", NotAnAddress::Host),
            ("https://[::1]x", NotAnAddress::Port),
            ("https://a:+80", NotAnAddress::Port),
            ("https://a:65536/", NotAnAddress::Port),
        ] {
            assert_eq!(check(bad), Err(why), "{bad}");
        }
    }
}
