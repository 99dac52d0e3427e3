//! Finds out whether the authorization server still knows a stored registration. A server that does not know it
//! reports that on the page where the person would sign in, and nowhere else.

use std::time::Duration;

use crate::http::{self, BufferedResponse, HttpClient, HttpMethod, HttpRequest};

/// What the authorization endpoint says about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeVerdict {
    /// It shows a page, or the response does not tell.
    Usable,
    /// It reports an error that other servers give for a client that they have forgotten.
    PerhapsForgotten,
    /// It does not know the client.
    Forgotten,
}

// As long as mcp-remote 0.15.1 waits.
const TIMEOUT: Duration = Duration::from_secs(5);
// As a browser does: for JSON, some servers respond with 401 instead of a page to sign in.
const ACCEPT: &str = "text/html, application/json;q=0.9, */*;q=0.8";

/// Requests the authorization URL as a browser would, and follows no redirect.
pub fn probe_registration(http: &HttpClient, url: &str) -> ProbeVerdict {
    let headers = [("Accept", ACCEPT)];
    let request = HttpRequest::new(url, HttpMethod::Get, &headers);
    let request = HttpRequest { timeout: Some(TIMEOUT), ..request };
    http.fetch(&request).map_or(ProbeVerdict::Usable, |response| judge(&response))
}

fn judge(response: &BufferedResponse) -> ProbeVerdict {
    if (300..400).contains(&response.status) {
        return judge_redirect(response.header("location").unwrap_or_default());
    }
    // A busy server says nothing about the client; one that fails may do so because it does not know the client.
    if matches!(response.status, 408 | 425 | 429 | 501..) {
        return ProbeVerdict::Usable;
    }
    let members = response.json().unwrap_or_default();
    let code = members.get("error").and_then(|code| code.as_str()).unwrap_or_default();
    if response.status >= 400 && NAMES_CLIENT.contains(&code) {
        return ProbeVerdict::Forgotten;
    }
    let text = if members.is_empty() { visible(&response.text()) } else { response.text() };
    let error = match response.status {
        400 | 404 | 410 | 422 | 500 => !NAMES_OTHER.contains(&code),
        401 => !asks_for_password(response),
        _other => false,
    };
    if error || reports_unknown_client(&text) {
        return ProbeVerdict::PerhapsForgotten;
    }
    ProbeVerdict::Usable
}

const NAMES_CLIENT: [&str; 2] = ["invalid_client", "unauthorized_client"];
// Error codes that a new client would get too (RFC 6749, section 4.1.2.1; RFC 8707; OpenID Connect Core, 3.1.2.6).
const NAMES_OTHER: [&str; 10] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unsupported_response_type",
];

fn judge_redirect(location: &str) -> ProbeVerdict {
    let (page, query) = location.split_once(['?', '#']).unwrap_or((location, ""));
    let pairs: Vec<_> = query.split('#').flat_map(http::decode).collect();
    let code = pairs.iter().find(|(name, _)| name == "error").map(|(_, code)| code.as_str());
    if code.is_some_and(|code| NAMES_CLIENT.contains(&code)) {
        return ProbeVerdict::Forgotten;
    }
    let is_error = page.contains("error") || pairs.iter().any(|(name, _)| name.contains("error"));
    let mut words = format!("{page} ").replace(['/', '-', '_'], " ");
    words.extend(pairs.iter().map(|(_, value)| value.replace(['-', '_'], " ") + ". "));
    if is_error && reports_unknown_client(&words) {
        return ProbeVerdict::PerhapsForgotten;
    }
    ProbeVerdict::Usable
}

// Where a browser asks for a user name and password, or signs in with the system's, no page is shown.
fn asks_for_password(response: &BufferedResponse) -> bool {
    let schemes = ["basic", "digest", "negotiate", "ntlm"];
    response.header_values("www-authenticate").any(|value| {
        let scheme = value.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        schemes.contains(&scheme.as_str())
    })
}

const UNKNOWN: [&str; 13] = [
    "does not exist",
    "doesn't exist",
    "invalid",
    "no such",
    "no longer",
    "not exist",
    "not found",
    "not recognised",
    "not recognized",
    "not registered",
    "unknown",
    "unrecognised",
    "unrecognized",
];
// A sentence that is longer is not an error message.
const SENTENCE: usize = 300;

fn reports_unknown_client(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(['.', '!', '\n']).filter(|sentence| sentence.len() <= SENTENCE).any(|sentence| {
        let names = ["client", "application"].iter().any(|word| sentence.contains(word));
        let client = NAMES_CLIENT.iter().any(|code| sentence.contains(code));
        client || (names && UNKNOWN.iter().any(|phrase| sentence.contains(phrase)))
    })
}

// The text of a page: a script may contain every error message of the site.
fn visible(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find('<').map(|offset| at + offset) {
        text.push_str(&page[at..start]);
        text.push('\n');
        let hidden = ["script", "style"].iter().find(|name| lower[start + 1..].starts_with(**name));
        let end = match hidden {
            Some(name) => {
                lower[start..].find(&format!("</{name}")).map(|offset| start + offset + 1)
            }
            None => lower[start..].find('>').map(|offset| start + offset + 1),
        };
        at = end.unwrap_or(page.len());
    }
    text + &page[at..]
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn response(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ProbeVerdict {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        judge(&BufferedResponse::new(status, map, body.into()))
    }

    #[test]
    fn an_error_about_the_client_is_told_from_a_page_to_sign_in() {
        use ProbeVerdict::{Forgotten, PerhapsForgotten, Usable};
        for (status, body, verdict) in [
            (400, r#"{ "error": "invalid_client" }"#, Forgotten),
            (401, r#"{ "error": "invalid_client" }"#, Forgotten),
            (403, r#"{ "error": "unauthorized_client" }"#, Forgotten),
            (
                400,
                r#"{ "error": "invalid_request", "error_description": "Client ID 'x' not found" }"#,
                PerhapsForgotten,
            ),
            (422, r#"{ "message": "Unrecognized client_id" }"#, PerhapsForgotten),
            (500, "<html><h1>Internal Server Error</h1>", PerhapsForgotten),
            (401, "", PerhapsForgotten),
            (404, "Not Found", PerhapsForgotten),
            (410, "", PerhapsForgotten),
            (400, "<html><body><p>Unknown client</p>", PerhapsForgotten),
            (403, "<p>This client is not registered.</p>", PerhapsForgotten),
            (200, "<html><title>Error</title><p>The client was not found</p>", PerhapsForgotten),
            (
                200,
                "<p>Application with identifier 'x' was not found in the directory",
                PerhapsForgotten,
            ),
            (200, "<html><form>Sign in to continue to this application</form>", Usable),
            (200, "<script>const e = { invalid_client: 'Unknown client' }</script><form>", Usable),
            (200, "<style>/* invalid client */</style><form>Password", Usable),
            (400, r#"{ "error": "invalid_scope" }"#, Usable),
            (400, r#"{ "error": "temporarily_unavailable" }"#, Usable),
            (403, "<html>Checking that you are not a robot", Usable),
            (405, "", Usable),
            (406, "", Usable),
            (429, r#"{ "error": "rate_limited" }"#, Usable),
            (429, r#"{ "error": "invalid_client" }"#, Usable),
            (503, r#"{ "error": "invalid_client" }"#, Usable),
            (502, "<html>Bad gateway", Usable),
            (503, "<html>Service unavailable", Usable),
        ] {
            assert_eq!(response(status, &[], body), verdict, "{status} {body}");
        }
        let negotiate = [("www-authenticate", "Negotiate"), ("www-authenticate", "NTLM")];
        assert_eq!(response(401, &negotiate, ""), Usable);
    }

    #[test]
    fn a_redirect_is_an_error_only_if_it_says_so() {
        use ProbeVerdict::{Forgotten, PerhapsForgotten, Usable};
        for (location, verdict) in [
            ("/login?client_id=unknown&return_to=%2Fauthorize", Usable),
            ("http://localhost:1/cb?code=x&state=y", Usable),
            ("http://localhost:1/cb?error=login_required&state=y", Usable),
            ("http://localhost:1/cb?error=invalid_client&state=y", Forgotten),
            ("http://localhost:1/cb#error=unauthorized_client", Forgotten),
            ("/oauth/error?message=Client+not+found", PerhapsForgotten),
            ("/error/unknown-client", PerhapsForgotten),
            (
                "https://a/?error=invalid_request&error_description=unknown%20client_id",
                PerhapsForgotten,
            ),
        ] {
            assert_eq!(judge_redirect(location), verdict, "{location}");
        }
    }
}
