//! The errors that the client gets if a message cannot be sent.

use serde_json::Value;

use super::credential_error::BridgeCredentialError;
use crate::diagnostic::Help;
use crate::display::excerpt;
use crate::http::HttpError;

/// The reason why a message could not be sent. The client gets it as the response to each request in the message.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// No response came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server accepts no credential.
    #[error(transparent)]
    Credential(#[from] BridgeCredentialError),
    /// The server responded with an error status.
    #[error("`{url}` rejects the request ({answered}){}", said(.error.as_ref()))]
    Refused {
        url: String,
        status: u16,
        /// A description of the response.
        answered: String,
        /// The JSON-RPC error in its body.
        error: Option<Value>,
    },
    /// The response is not a message.
    #[error("`{url}` sends {answered} instead of a JSON-RPC message")]
    NoMessage {
        url: String,
        /// A description of the response.
        answered: String,
    },
    #[error("`{url}` sent a message longer than the limit of 64 MiB")]
    TooLong { url: String },
    #[error("more than 128 MiB of messages are in flight")]
    TooMuch,
    /// The response was cut off, or did not arrive.
    #[error("`{url}` closed the connection before it responded")]
    Unanswered { url: String },
    /// The response was cut off, and cannot be resumed because the server has lost the session.
    #[error("`{url}` lost the session before it responded")]
    SessionLost { url: String },
    /// The session id cannot be sent in a header.
    #[error(
        "`{url}` assigns a session id that is too long or contains characters other than visible ASCII"
    )]
    SessionId { url: String },
    /// The name of the protocol revision cannot be sent in a header.
    #[error("`{url}` responds with a `protocolVersion` that is not the name of an MCP revision")]
    Version { url: String },
    /// The stream of an HTTP+SSE server is closed.
    #[error("cannot send: the server's event stream is closed")]
    NoStream,
    /// An HTTP+SSE server names an endpoint on another origin.
    #[error(
        "`{url}` tells the client to send its messages to another origin, which could leak credentials"
    )]
    Endpoint { url: String },
}

impl Help for BridgeError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::Credential(error) => error.note(),
            Self::Refused { .. }
            | Self::NoMessage { .. }
            | Self::TooLong { .. }
            | Self::TooMuch
            | Self::Unanswered { .. }
            | Self::SessionLost { .. }
            | Self::SessionId { .. }
            | Self::Version { .. }
            | Self::NoStream
            | Self::Endpoint { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Http(error) => return error.help(),
            Self::Credential(error) => return error.help(),
            Self::Refused { .. } | Self::TooLong { .. } => return None,
            Self::NoMessage { .. } => "check that this is the URL of an MCP server",
            Self::TooMuch => "try again when some requests have responses",
            Self::Unanswered { .. } | Self::SessionLost { .. } => "try again",
            Self::NoStream => "try again in a minute",
            Self::SessionId { .. } | Self::Version { .. } | Self::Endpoint { .. } => {
                "ask the server's operator"
            }
        };
        Some(help.to_owned())
    }
}

impl BridgeError {
    /// Returns the status of an error response.
    pub fn status(&self) -> Option<u16> {
        if let Self::Refused { status, .. } = self { Some(*status) } else { None }
    }

    /// Returns the JSON-RPC error in the body of an error response.
    pub fn json_rpc_error(&self) -> Option<&Value> {
        if let Self::Refused { error, .. } = self { error.as_ref() } else { None }
    }

    /// Adds the JSON-RPC error in the body of an error response.
    #[must_use]
    pub fn with(mut self, found: Option<Value>) -> Self {
        if let Self::Refused { error, .. } = &mut self {
            *error = found;
        }
        self
    }
}

// Only the message of a JSON-RPC error is quoted.
fn said(error: Option<&Value>) -> String {
    let text = error.and_then(|error| error.get("message")?.as_str()).unwrap_or_default();
    let text = excerpt(text);
    if text.is_empty() { text } else { format!(": {text}") }
}
