//! The HTTP that the callback server needs: a request line, one header, and a page.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

const LIMIT: usize = 16 * 1024;
// For the whole request, so that a slow client does not block a connection.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A request to the callback server. `Debug` hides the query, which may hold a code.
#[derive(Default, PartialEq, Eq)]
pub struct CallbackRequest {
    /// The method.
    pub method: String,
    /// The path, encoded.
    pub path: String,
    /// The query, encoded.
    pub query: String,
    /// The host name and port that the client used.
    pub host: String,
}

impl std::fmt::Debug for CallbackRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackRequest").field("path", &self.path).finish_non_exhaustive()
    }
}

impl CallbackRequest {
    /// Reads a request up to its body.
    ///
    /// # Errors
    /// Fails if the client disconnects, is too slow, or sends too much.
    pub fn read(mut stream: &TcpStream) -> io::Result<Self> {
        let deadline = Instant::now() + TIMEOUT;
        let mut head = vec![];
        let mut chunk = [0; 2048];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let left = deadline.saturating_duration_since(Instant::now());
            if head.len() > LIMIT || left.is_zero() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            stream.set_read_timeout(Some(left))?;
            let count = stream.read(&mut chunk)?;
            if count == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            head.extend_from_slice(&chunk[..count]);
        }
        Ok(Self::parse(&String::from_utf8_lossy(&head)))
    }

    /// Parses the head of a request.
    pub fn parse(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut hosts = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
        });
        // A request with two Host headers has none.
        let host = hosts.next().filter(|_| hosts.next().is_none()).unwrap_or_default();
        Self { method: method.into(), path: path.into(), query: query.into(), host }
    }
}

/// A response of the callback server.
#[derive(Debug)]
pub struct CallbackPage {
    status: u16,
    media: &'static str,
    body: String,
    location: Option<String>,
}

impl CallbackPage {
    /// A redirect.
    pub fn moved(to: &str) -> Self {
        Self { location: Some(to.to_owned()), ..Self::text(302, "") }
    }

    /// A plain text page.
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, media: "text/plain; charset=utf-8", body: text.to_owned(), location: None }
    }

    /// The identity that bridges check.
    pub fn identity(key: &str) -> Self {
        // No system tells an ordinary user who holds the port of a process that cannot be dumped.
        let pid = std::process::id();
        let body = json!({ "mcpRemote": true, "serverUrlHash": key, "pid": pid }).to_string();
        Self { status: 200, media: "application/json", body, location: None }
    }

    /// The page after a successful redirect.
    pub fn good() -> Self {
        Self::html(200, "You can close this window. mcpgen finishes the sign-in in the terminal.")
    }

    /// The page for a rejected request.
    pub fn refused(text: &str) -> Self {
        Self::html(400, text)
    }

    fn html(status: u16, text: &str) -> Self {
        let body = format!(
            "<!doctype html><meta charset=\"utf-8\"><title>mcpgen</title>\
             <body style=\"font: 1.2rem system-ui; margin: 4rem; color-scheme: light dark\"><p>{text}</p>\n"
        );
        Self { status, media: "text/html; charset=utf-8", body, location: None }
    }

    /// Sends the page. Caches and other pages must not learn its URL, which holds a code.
    ///
    /// # Errors
    /// Fails if the client has disconnected.
    pub fn write(&self, mut stream: &TcpStream) -> io::Result<()> {
        let Self { status, media, body, location } = self;
        let length = body.len();
        let location = location.as_ref().map_or(String::new(), |to| format!("Location: {to}\r\n"));
        let head = format!(
            "HTTP/1.1 {status} \r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
             {location}Connection: close\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes())?;
        stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_far_as_it_matters() {
        let read = CallbackRequest::parse(
            "GET /cb?a=b%20c HTTP/1.1\r\nhost: localhost:1 \r\nX: y\r\n\r\n",
        );
        let want = CallbackRequest {
            method: "GET".into(),
            path: "/cb".into(),
            query: "a=b%20c".into(),
            host: "localhost:1".into(),
        };
        assert_eq!(read, want);
        assert!(!format!("{read:?}").contains("b%20c"));
        let two = CallbackRequest::parse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
        assert_eq!(two.host, "");
    }
}
