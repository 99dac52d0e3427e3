//! The one rule for redirects.

use ureq::http::HeaderMap;

use super::error::HttpError;
use super::request::RedirectPolicy;
use super::response::StreamingResponse;
use super::shown;
use crate::model::url;

const MAX_REDIRECTS: usize = 4;

/// Sends a request to a URL, and to the URLs that it redirects to if the policy permits.
pub fn follow(
    url: &str,
    policy: RedirectPolicy,
    send: impl Fn(&str) -> Result<StreamingResponse, HttpError>,
) -> Result<StreamingResponse, HttpError> {
    let mut next = url::encoded(url);
    for _ in 0..=MAX_REDIRECTS {
        let response = send(&next)?;
        let to = redirect_target(&next, response.status, &response.headers);
        let Some(to) = to.filter(|_| policy != RedirectPolicy::Never) else { return Ok(response) };
        if policy == RedirectPolicy::SameOrigin && !url::same_origin(&to, &next) {
            return Err(HttpError::CrossOriginRedirect { url: shown(&next), to: shown(&to) });
        }
        next = to;
    }
    let why = format!("more than {MAX_REDIRECTS} redirects");
    Err(HttpError::Unreachable { url: shown(url), why, help: "check the URL" })
}

/// Returns the target of a redirect (RFC 3986, section 5), if the response is one.
pub fn redirect_target(from: &str, status: u16, headers: &HeaderMap) -> Option<String> {
    if ![301, 302, 303, 307, 308].contains(&status) {
        return None;
    }
    // Some servers send characters other than ASCII, which browsers encode.
    let to = std::str::from_utf8(headers.get("location")?.as_bytes()).ok()?;
    // A target that is not a URL stays unchanged, and the check before the next request rejects it.
    let joined = ::url::Url::parse(from).and_then(|from| from.join(to));
    Some(joined.map_or_else(|_| to.to_owned(), String::from))
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;

    #[test]
    fn the_location_of_a_redirect_is_relative_to_its_url() {
        let found = |status, location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("location", HeaderValue::from_str(location).unwrap());
            redirect_target("https://a:1/p/q?r", status, &headers)
        };
        for (location, to) in [
            ("https://b/x", "https://b/x"),
            ("//b/x", "https://b/x"),
            ("/x?y", "https://a:1/x?y"),
            ("/x?to=https://b", "https://a:1/x?to=https://b"),
            ("x", "https://a:1/p/x"),
            ("../x", "https://a:1/x"),
            ("?tenant=7", "https://a:1/p/q?tenant=7"),
            ("?", "https://a:1/p/q?"),
            ("", "https://a:1/p/q?r"),
            (".", "https://a:1/p/"),
            ("./y", "https://a:1/p/y"),
            ("../../../x", "https://a:1/x"),
            ("/p/../v2/./mcp", "https://a:1/v2/mcp"),
            ("HTTPS://B:443/x", "https://b/x"),
            ("https://0x7f.1/x", "https://127.0.0.1/x"),
            ("//b", "https://b/"),
            ("/ü?ö", "https://a:1/%C3%BC?%C3%B6"),
            (" /x\t", "https://a:1/x"),
        ] {
            assert_eq!(found(307, location).as_deref(), Some(to));
        }
        assert_eq!(found(200, "/x"), None);
    }
}
