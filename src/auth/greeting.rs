//! The first words to a server, as every client says them: `initialize`, and the end of the session it opens.

use serde_json::{Value, json};

use super::http::{Answer, Follow, Http, HttpError, Request, Verb};

const PROTOCOL: &str = "2025-11-25";

/// Says `initialize`. The body of the answer is not read: a stream would not end.
///
/// # Errors
/// Fails where no answer comes, or one that leads elsewhere.
pub fn greet(http: &Http, server: &str, headers: &[(String, String)]) -> Result<Answer, HttpError> {
    let initialize = json!({
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": { "name": "mcpgen", "version": env!("CARGO_PKG_VERSION") },
        },
    });
    ask(http, server, headers, message(&initialize))
}

/// Ends the session that an answer opened, if any. A server need not let clients do that, so what it says is
/// of no account.
pub fn leave(http: &Http, server: &str, headers: &[(String, String)], answer: &Answer) {
    if let Some(session) = answer.header(SESSION) {
        let mut headers = headers.to_vec();
        headers.push((SESSION.to_owned(), session.to_owned()));
        ask(http, server, &headers, Verb::Delete).ok();
    }
}

/// The header that names a session.
pub const SESSION: &str = "Mcp-Session-Id";

/// Makes a message to be sent.
pub fn message(message: &Value) -> Verb {
    Verb::Post("application/json", message.to_string().into_bytes())
}

/// Asks a server, as the transport wants it.
///
/// # Errors
/// Fails where no answer comes, or one that leads elsewhere.
pub fn ask(
    http: &Http,
    server: &str,
    headers: &[(String, String)],
    verb: Verb,
) -> Result<Answer, HttpError> {
    let mut headers = headers.to_vec();
    headers.push(("Accept".into(), "application/json, text/event-stream".into()));
    headers.push(("MCP-Protocol-Version".into(), PROTOCOL.into()));
    let url = server.split('#').next().unwrap_or_default();
    http.send(&Request { url, headers: &headers, verb, follow: Follow::SameOrigin, whole: false })
}
