//! A request and its redirect policy.

use super::shown;

/// Which redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPolicy {
    /// None: the redirect is the response.
    Never,
    /// Only to the same origin, with the same request; another origin is an error.
    SameOrigin,
    /// To any permitted URL.
    Any,
}

/// A method and its body.
pub enum HttpMethod {
    /// GET.
    Get,
    /// POST: the media type and the body.
    Post(&'static str, Vec<u8>),
    /// DELETE.
    Delete,
}

/// A request. `Debug` shows the URL only: headers and body hold credentials.
pub struct Request<'a> {
    /// The URL.
    pub url: &'a str,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// The method.
    pub verb: HttpMethod,
    /// The redirect policy.
    pub follow: RedirectPolicy,
    /// Whether to read the response body; that of a stream would not end.
    pub read_body: bool,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("url", &shown(self.url)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_not_shown() {
        let headers = [("Authorization".to_owned(), "SECRET".to_owned())];
        let (verb, follow) =
            (HttpMethod::Post("text/plain", b"SECRET".to_vec()), RedirectPolicy::Never);
        let url = "https://a/b?code=SECRET";
        let request = Request { url, headers: &headers, verb, follow, read_body: true };
        let debug = format!("{request:?}");
        let bytes = format!("{:?}", b"SECRET");
        assert!(!debug.contains("SECRET") && !debug.contains(&bytes), "{debug}");
    }
}
