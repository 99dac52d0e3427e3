//! The first words to a server, as every client says them: `initialize`, and the end of the session it opens.

use serde_json::{Value, json};

use super::http::{Http, HttpError, HttpMethod, HttpResponse, RedirectPolicy, Request};

const PROTOCOL: &str = "2025-11-25";

/// Says `initialize`. The body of the answer is not read: a stream would not end.
///
/// # Errors
/// Fails where no answer comes, or one that leads elsewhere.
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

/// Ends the session that an answer opened, if any. A server need not let clients do that, so what it says is
/// of no account.
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

/// The header that names a session.
pub const SESSION_HEADER: &str = "Mcp-Session-Id";

/// Makes a message to be sent.
pub fn json_body(message: &Value) -> HttpMethod {
    HttpMethod::Post("application/json", message.to_string().into_bytes())
}

/// Asks a server, as the transport wants it.
///
/// # Errors
/// Fails where no answer comes, or one that leads elsewhere.
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
