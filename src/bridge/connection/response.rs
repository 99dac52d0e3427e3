//! A response whose body is read as it arrives.

use std::io::Read;

use ureq::http::HeaderMap;

/// Status and headers of a response, whose body is read as it arrives.
pub struct StreamingResponse {
    status: u16,
    headers: HeaderMap,
    body: Box<dyn Read + Send>,
}

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// One message, or a batch.
    Json,
    /// Server-sent events.
    Events,
    Other,
}

impl StreamingResponse {
    pub fn new(status: u16, headers: HeaderMap, body: Box<dyn Read + Send>) -> Self {
        Self { status, headers, body }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn all_headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns every value of a header.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn media(&self) -> Media {
        let media = self.header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/json" => Media::Json,
            "text/event-stream" => Media::Events,
            _ if media.ends_with("+json") => Media::Json,
            _other => Media::Other,
        }
    }

    /// Returns the length that the server declares.
    pub fn length(&self) -> Option<usize> {
        self.header("content-length")?.parse().ok()
    }

    /// Describes the response in a few words, without quoting it.
    pub fn described(&self) -> String {
        let media = self.header("content-type").unwrap_or_default();
        let what = match self.media() {
            Media::Json => "JSON",
            Media::Events => "an event stream",
            Media::Other if media.contains("html") => "a web page",
            Media::Other if self.length() == Some(0) => "an empty body",
            Media::Other if media.is_empty() => "a body without a Content-Type",
            Media::Other => "a body that is neither JSON nor an event stream",
        };
        format!("{} with {what}", self.status)
    }

    pub fn into_body(self) -> Box<dyn Read + Send> {
        self.body
    }
}

impl std::fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamingResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
