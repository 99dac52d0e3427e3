//! A response, whose body is either read as it arrives or complete.

use std::io::{self, Read};

use serde_json::{Map, Value};
use ureq::http::HeaderMap;

use super::error::HttpError;
use super::shown;

const MAX_BODY: usize = 1 << 20;
// Bytes of an ignored response body to read, so that the connection can be reused.
const MAX_DRAINED: u64 = 16 << 10;

/// A response with its body.
pub struct HttpResponse<B> {
    /// The status.
    pub status: u16,
    pub(super) headers: HeaderMap,
    body: B,
}

/// A response whose body is read as it arrives.
pub type StreamingResponse = HttpResponse<Box<dyn Read + Send>>;

/// A response whose body is complete.
pub type BufferedResponse = HttpResponse<Vec<u8>>;

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JSON.
    Json,
    /// Server-sent events.
    Events,
    /// Anything else.
    Other,
}

impl<B> HttpResponse<B> {
    /// Makes a response.
    pub fn new(status: u16, headers: HeaderMap, body: B) -> Self {
        Self { status, headers, body }
    }

    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the first value of a header, whatever bytes it contains.
    pub fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        Some(self.headers.get(name)?.as_bytes())
    }

    /// Returns every value of a header.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Returns whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the media type.
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
    pub fn summary(&self) -> String {
        let media = self.header("content-type").unwrap_or_default();
        let what = match self.media() {
            Media::Json => "JSON",
            Media::Events => "an event stream",
            Media::Other if self.length() == Some(0) => "an empty body",
            Media::Other if media.contains("html") => "a web page",
            Media::Other if media.is_empty() => "a body without a Content-Type",
            Media::Other => "a body that is neither JSON nor an event stream",
        };
        format!("{} with {what}", self.status)
    }
}

impl StreamingResponse {
    /// Returns the body.
    pub fn into_body(self) -> Box<dyn Read + Send> {
        self.body
    }

    /// Reads the rest of a body that is ignored, so that the connection can be reused.
    pub fn drain(self) {
        io::copy(&mut self.body.take(MAX_DRAINED), &mut io::sink()).ok();
    }

    /// Reads the body, of at most 1 MiB.
    ///
    /// # Errors
    /// Fails if it is longer or cut off.
    pub(super) fn buffered(self, url: &str) -> Result<BufferedResponse, HttpError> {
        let mut body = vec![];
        let read = self.body.take(MAX_BODY as u64 + 1).read_to_end(&mut body);
        read.map_err(|error| HttpError::from_body(url, error))?;
        if body.len() > MAX_BODY {
            return Err(HttpError::TooLong { url: shown(url) });
        }
        Ok(HttpResponse { status: self.status, headers: self.headers, body })
    }
}

impl BufferedResponse {
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

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl<B> std::fmt::Debug for HttpResponse<B> {
    // The body may contain tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
