//! The error response of an authorization server (RFC 6749, section 5.2), and what it ends.

use std::time::Duration;

use serde_json::Value;

use super::oauth_client::ClientOrigin;
use crate::display::excerpt;
use crate::http::BufferedResponse;
use crate::secret::redact;

/// An error response, or the error parameters of a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The error code, if any.
    pub code: Option<String>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    text: String,
}

// A server may ask for any pause, but a person waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl ErrorResponse {
    /// Parses an error response, and hides what it echoes of the request.
    pub fn from_response(response: &BufferedResponse, hidden: &[&str]) -> Self {
        let map = response.json().unwrap_or_default();
        let member = |name: &str| map.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let code = member("error").map(str::to_owned);
        let text = match (member("error"), member("error_description")) {
            (Some(code), Some(text)) => format!("{code}, {text}"),
            (Some(code), None) => code.to_owned(),
            (None, _) => format!("the response is {}", response.summary()),
        };
        let seconds = response.header("retry-after").and_then(|value| value.trim().parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE));
        let status = Some(response.status);
        Self { code, status, retry_after, text: masked(&text, hidden) }
    }

    /// Makes an error response from the parameters of a redirect.
    pub fn new(code: &str, description: Option<&str>, hidden: &[&str]) -> Self {
        let text = description.map_or(code.to_owned(), |text| format!("{code}, {text}"));
        let code = Some(code.to_owned());
        Self { code, status: None, retry_after: None, text: masked(&text, hidden) }
    }

    /// Returns whether the same request may succeed later. The status decides, whatever the body says.
    pub fn is_transient(&self) -> bool {
        match self.status {
            Some(408 | 425 | 429) => true,
            // GitHub sends errors with status 200.
            Some(status) => !(200..300).contains(&status) && !(400..500).contains(&status),
            None => {
                matches!(self.code.as_deref(), Some("temporarily_unavailable" | "server_error"))
            }
        }
    }

    /// Returns whether the server does not know the OAuth client.
    pub fn rejects_client(&self) -> bool {
        let code = self.code.as_deref();
        !self.is_transient() && code.is_some_and(|code| CLIENT_CODES.contains(&code))
    }

    /// Returns whether the response may be that of a server without this endpoint.
    pub fn may_be_of_another_endpoint(&self) -> bool {
        let busy = self.retry_after.is_some() || matches!(self.status, Some(408 | 425 | 429));
        self.code.is_none() && !busy
    }

    /// Returns whether the server may object to the scope, or to a scope at all.
    pub fn may_be_about_scope(&self) -> bool {
        let other = ["invalid_grant", "invalid_target", "unsupported_grant_type"];
        let other = self.code.as_deref().is_some_and(|code| other.contains(&code));
        matches!(self.status, Some(200 | 400 | 422)) && !other && !self.rejects_client()
    }

    /// Returns the pause that a server requests before the next attempt, if the error is transient.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after.filter(|_| self.is_transient())
    }

    /// Returns what to do about an error that is not transient.
    pub fn help(&self, client: ClientOrigin) -> &'static str {
        // Entra ID says so with the code `invalid_request` (AADSTS900144).
        let asks_for = |name: &str| self.text.contains(&format!("parameter: '{name}'"));
        match self.code.as_deref() {
            Some(code) if CLIENT_CODES.contains(&code) => client_help(client),
            Some("invalid_grant") => "sign in again",
            Some("invalid_scope") => SCOPE_HELP,
            Some(_) if asks_for("scope") => SCOPE_HELP,
            Some("invalid_target") => RESOURCE_HELP,
            Some(_) if RESOURCE_CODES.iter().any(|code| self.text.contains(code)) => RESOURCE_HELP,
            Some("access_denied") => "sign in again and allow access",
            Some(_) | None => "try again, or ask the server's owner",
        }
    }

    /// Says when to try again, if the error is transient.
    pub fn later(&self) -> Option<String> {
        let later = || match self.retry_after.map(|pause| pause.as_secs()).filter(|s| *s > 0) {
            Some(seconds) => format!("try again in {seconds} s"),
            None => "try again later".to_owned(),
        };
        self.is_transient().then(later)
    }
}

fn masked(text: &str, hidden: &[&str]) -> String {
    excerpt(redact(text, hidden).trim_end_matches(['.', ' ', '\n']))
}

const SCOPE_HELP: &str =
    "declare the scope that the server accepts as `scope` under `auth` (for a URL, pass `--scope`)";
const RESOURCE_HELP: &str = "declare the resource that the server accepts as `resource` under `auth`, or `resource = false` \
     (for a URL, pass `--resource` or `--disable-resource-parameter`)";
// Entra ID rejects a resource that does not match the scope, or that it does not know.
const RESOURCE_CODES: [&str; 3] = ["AADSTS9010010", "AADSTS500011", "AADSTS901002"];
const CLIENT_CODES: [&str; 2] = ["invalid_client", "unauthorized_client"];

fn client_help(client: ClientOrigin) -> &'static str {
    match client {
        ClientOrigin::Declared => {
            "check `client-id` and `client-secret` or `private-key` in the declaration (for a URL, check `--client-id` \
             and `--client-secret` or `--private-key`; for a bridge, `--static-oauth-client-info`)"
        }
        ClientOrigin::MetadataDocument => "check `client-metadata-url`, or ask the server's owner",
        ClientOrigin::Registered => "sign in again, which registers a new client",
    }
}

impl std::fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderMap, HeaderValue};

    use super::*;

    fn response(status: u16, body: &str, retry: Option<&'static str>) -> ErrorResponse {
        let mut headers = HeaderMap::new();
        if let Some(retry) = retry {
            headers.insert("retry-after", HeaderValue::from_static(retry));
        }
        ErrorResponse::from_response(&BufferedResponse::new(status, headers, body.into()), &[])
    }

    #[test]
    fn the_status_decides_whether_an_error_is_transient() {
        let bodies = [
            "",
            "<html>",
            r#"{ "message": "no" }"#,
            r#"{ "error": "invalid_grant" }"#,
            r#"{ "error": "temporarily_unavailable" }"#,
        ];
        for body in bodies {
            for status in [400, 401, 403, 404, 410, 422] {
                assert!(!response(status, body, None).is_transient(), "{status} {body}");
            }
            for status in [302, 408, 425, 429, 500, 502, 503, 504, 520] {
                let error = response(status, body, None);
                assert!(error.is_transient() && !error.rejects_client(), "{status} {body}");
            }
        }
        assert!(!response(200, r#"{ "error": "bad_refresh_token" }"#, None).is_transient());
    }

    #[test]
    fn a_server_may_request_a_pause() {
        for (status, retry, pause, later) in [
            (429, Some("7"), Some(7), Some("try again in 7 s")),
            (503, Some("86400"), Some(300), Some("try again in 300 s")),
            (503, Some("Wed, 21 Oct 2026 07:28:00 GMT"), None, Some("try again later")),
            (503, None, None, Some("try again later")),
            (400, Some("7"), None, None),
        ] {
            let error = response(status, "", retry);
            assert_eq!(error.retry_after(), pause.map(Duration::from_secs), "{status} {retry:?}");
            assert_eq!(error.later().as_deref(), later, "{status} {retry:?}");
        }
    }
}
