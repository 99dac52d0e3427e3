//! A request and its redirect policy.

use std::time::Duration;

use super::shown;

/// Which redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPolicy {
    /// None: the redirect is the response.
    Never,
    /// Only to the same origin, with the same request. Another origin is an error.
    SameOrigin,
    /// To any permitted URL.
    Any,
}

/// A method and its body.
#[derive(Clone, Copy)]
pub enum HttpMethod<'a> {
    /// GET.
    Get,
    /// POST with a body.
    Post(&'a [u8]),
    /// DELETE.
    Delete,
}

/// A request. `Debug` shows only the URL, because headers and body contain credentials.
#[derive(Clone, Copy)]
pub struct HttpRequest<'a> {
    /// The URL.
    pub url: &'a str,
    /// The method.
    pub method: HttpMethod<'a>,
    /// The headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The redirect policy.
    pub redirects: RedirectPolicy,
    /// The timeout, if it differs from that of the client.
    pub timeout: Option<Duration>,
}

/// Borrows owned headers, as a request has them.
pub fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl<'a> HttpRequest<'a> {
    /// Makes a request that follows no redirect.
    pub fn new(url: &'a str, method: HttpMethod<'a>, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { url, method, headers, redirects: RedirectPolicy::Never, timeout: None }
    }

    /// Returns whether the request has this header.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}

impl std::fmt::Debug for HttpRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest").field("url", &shown(self.url)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_part_that_may_be_secret() {
        let headers = [("Authorization", "SECRET")];
        let url = "https://a/b?code=SECRET";
        let request = HttpRequest::new(url, HttpMethod::Post(b"SECRET"), &headers);
        let debug = format!("{request:?}");
        let bytes = format!("{:?}", b"SECRET");
        assert!(!debug.contains("SECRET") && !debug.contains(&bytes), "{debug}");
    }
}
