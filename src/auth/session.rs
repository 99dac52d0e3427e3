//! The first request to a server, `initialize`, and the end of the session that it opens.

use serde_json::json;

use crate::http::{
    CancelHandle, HttpClient, HttpError, HttpMethod, HttpRequest, RedirectPolicy, StreamingResponse,
};

/// The newest revision of MCP with a session.
pub const PROTOCOL: &str = "2025-11-25";

/// Sends `initialize`. Does not read the response body, since a stream would not end.
///
/// # Errors
/// Fails if there is no response, or if it redirects to another origin.
pub fn initialize(
    http: &HttpClient,
    server: &str,
    headers: &[(&str, &str)],
) -> Result<StreamingResponse, HttpError> {
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
    send(http, server, headers, HttpMethod::Post(message.to_string().as_bytes()))
}

/// Ends the session that a response opened, if any. Servers may refuse that, so errors are ignored.
pub fn end_session(
    http: &HttpClient,
    server: &str,
    headers: &[(&str, &str)],
    response: &StreamingResponse,
) {
    if let Some(session) = response.header(SESSION_HEADER) {
        let mut headers = headers.to_vec();
        headers.push((SESSION_HEADER, session));
        send(http, server, &headers, HttpMethod::Delete).ok();
    }
}

/// The header with the session id.
pub const SESSION_HEADER: &str = "Mcp-Session-Id";

/// Sends a request with the headers of the Streamable HTTP transport.
///
/// # Errors
/// Fails if there is no response, or if it redirects to another origin.
pub fn send(
    http: &HttpClient,
    server: &str,
    headers: &[(&str, &str)],
    method: HttpMethod<'_>,
) -> Result<StreamingResponse, HttpError> {
    let mut headers = headers.to_vec();
    if let HttpMethod::Post(_) = method {
        headers.push(("Content-Type", "application/json"));
    }
    headers.push(("Accept", "application/json, text/event-stream"));
    headers.push(("MCP-Protocol-Version", PROTOCOL));
    let url = server.split('#').next().unwrap_or_default();
    let request = HttpRequest::new(url, method, &headers);
    let request = HttpRequest { redirects: RedirectPolicy::SameOrigin, ..request };
    http.send(&request, &CancelHandle::default())
}
