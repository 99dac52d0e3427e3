//! A response.

use serde_json::{Map, Value};
use ureq::http::HeaderMap;
use url::Url;

/// A response.
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl HttpResponse {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns every value of a header.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Returns whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Parses the body as a JSON object.
    pub fn json(&self) -> Option<Map<String, Value>> {
        match serde_json::from_slice(&self.body).ok()? {
            Value::Object(map) => Some(map),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// Returns whether the body contains a word.
    pub fn mentions(&self, word: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(word)
    }

    /// Summarizes the response without quoting it.
    pub fn summary(&self) -> String {
        let what = match (self.header("content-type").unwrap_or_default(), self.body.is_empty()) {
            (_, true) => "nothing in it",
            (media, _) if media.contains("html") => "a web page",
            (media, _) if media.contains("json") => "JSON",
            _ => "some text",
        };
        format!("{} with {what}", self.status)
    }

    /// Returns the target of a redirect.
    pub(super) fn redirect_target(&self, from: &str) -> Option<String> {
        redirect(from, self.status, &self.headers)
    }
}

/// Returns the target of a redirect, if the response is one.
pub fn redirect(from: &str, status: u16, headers: &HeaderMap) -> Option<String> {
    if ![301, 302, 303, 307, 308].contains(&status) {
        return None;
    }
    let to = headers.get("location")?.to_str().ok()?;
    // A target that is not a URL stays as it is, for the check before the next request.
    let joined = Url::parse(from).and_then(|from| from.join(to));
    Some(joined.map_or_else(|_| to.to_owned(), String::from))
}

impl std::fmt::Debug for HttpResponse {
    // The body may hold tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, location: &str) -> HttpResponse {
        let mut headers = HeaderMap::new();
        headers.insert("location", location.parse().unwrap());
        HttpResponse { status, headers, body: vec![] }
    }

    #[test]
    fn a_redirect_leads_where_its_location_says_from_there() {
        for (location, to) in [
            ("https://b/x", "https://b/x"),
            ("//b/x", "https://b/x"),
            ("/x?y", "https://a:1/x?y"),
            ("/x?to=https://b", "https://a:1/x?to=https://b"),
            ("x", "https://a:1/p/x"),
        ] {
            let found = response(307, location).redirect_target("https://a:1/p/q?r");
            assert_eq!(found.as_deref(), Some(to));
        }
        assert_eq!(response(200, "/x").redirect_target("https://a"), None);
    }
}
