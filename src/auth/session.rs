//! The first request to a server, `initialize`, and the end of the session that it opens.

use serde_json::{Value, json};

use super::http::{Http, HttpError, HttpMethod, HttpResponse, RedirectPolicy, Request};

const PROTOCOL: &str = "2025-11-25";

/// Sends `initialize`. Does not read the response body, since a stream would not end.
///
/// # Errors
/// Fails if there is no response, or if it redirects to another origin.
pub fn initialize(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
) -> Result<HttpResponse, HttpError> {
    let message = json!({
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": { "name": "mcpgen", "version": env!("CARGO_PKG_VERSION") },
        },
    });
    send(http, server, headers, json_body(&message))
}

/// Ends the session that a response opened, if any. Servers may refuse that, so errors are ignored.
pub fn end_session(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
    response: &HttpResponse,
) {
    if let Some(session) = response.header(SESSION_HEADER) {
        let mut headers = headers.to_vec();
        headers.push((SESSION_HEADER.to_owned(), session.to_owned()));
        send(http, server, &headers, HttpMethod::Delete).ok();
    }
}

/// The header with the session id.
pub const SESSION_HEADER: &str = "Mcp-Session-Id";

/// Makes a POST request of a message.
pub fn json_body(message: &Value) -> HttpMethod {
    HttpMethod::Post("application/json", message.to_string().into_bytes())
}

/// Sends a request with the headers of the Streamable HTTP transport.
///
/// # Errors
/// Fails if there is no response, or if it redirects to another origin.
pub fn send(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
    verb: HttpMethod,
) -> Result<HttpResponse, HttpError> {
    let mut headers = headers.to_vec();
    headers.push(("Accept".into(), "application/json, text/event-stream".into()));
    headers.push(("MCP-Protocol-Version".into(), PROTOCOL.into()));
    let url = server.split('#').next().unwrap_or_default();
    http.send(&Request {
        url,
        headers: &headers,
        verb,
        follow: RedirectPolicy::SameOrigin,
        read_body: false,
    })
}
