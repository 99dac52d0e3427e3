//! A request, and where its redirects are followed to.

use super::shown;

/// Says where a redirect is followed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPolicy {
    /// Nowhere: the redirect is the answer.
    Never,
    /// To the same origin, with the same request; another origin is an error.
    SameOrigin,
    /// Anywhere that an address may lead to.
    Any,
}

/// Says what is asked for.
pub enum HttpMethod {
    /// A document.
    Get,
    /// That something is taken: its media type and bytes.
    Post(&'static str, Vec<u8>),
    /// That something ends.
    Delete,
}

/// Holds a request. Its `Debug` shows the address alone: headers and body hold credentials.
pub struct Request<'a> {
    /// The address.
    pub url: &'a str,
    /// Headers.
    pub headers: &'a [(String, String)],
    /// What is asked for.
    pub verb: HttpMethod,
    /// What to do about redirects.
    pub follow: RedirectPolicy,
    /// Whether the body of the answer counts; a stream would not end.
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
