//! Why a message could not be carried, in words for the client.

use serde_json::Value;

use super::access::AccessError;
use crate::auth::http::HttpError;

/// Says why a message could not be carried. Each is told to the client as the answer to what it asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// There is no credential that the server takes.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The server refuses.
    #[error("`{url}` refuses: it answers {answered}{}", said(.error.as_ref()))]
    Refused {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// What was answered.
        answered: String,
        /// The error of JSON-RPC that the server says about it.
        error: Option<Value>,
    },
    /// What was answered is no message.
    #[error(
        "`{url}` answers {answered}, which is no message; check that it is the address of an MCP server"
    )]
    NoMessage {
        /// The address.
        url: String,
        /// What was answered.
        answered: String,
    },
    /// A message is too long.
    #[error("`{url}` sends a message of more than 64 MiB, which is not carried")]
    TooLong {
        /// The address.
        url: String,
    },
    /// Too much is under way.
    #[error("more than 128 MiB of messages are under way; ask again when some are answered")]
    TooMuch,
    /// The answer broke off.
    #[error("`{url}` broke off before it answered; ask again")]
    Unanswered {
        /// The address.
        url: String,
    },
    /// The answer broke off, and the server knows the session no longer in which it was to be had.
    #[error("`{url}` has lost the session in which it was to answer; ask again")]
    SessionLost {
        /// The address.
        url: String,
    },
    /// The stream of an old server is away.
    #[error(
        "the server's stream is away, and nothing can be sent without it; ask again in a while"
    )]
    NoStream,
    /// An old server sends messages elsewhere.
    #[error(
        "`{url}` wants messages sent to another origin, which is not done; ask the server's owner"
    )]
    Endpoint {
        /// The address.
        url: String,
    },
}

impl Failure {
    /// Returns the status of a refusal.
    pub fn status(&self) -> Option<u16> {
        if let Self::Refused { status, .. } = self { Some(*status) } else { None }
    }

    /// Returns the error of JSON-RPC that the server refuses with.
    pub fn error(&self) -> Option<&Value> {
        if let Self::Refused { error, .. } = self { error.as_ref() } else { None }
    }

    /// Adds what the server says about a refusal.
    #[must_use]
    pub fn with(mut self, found: Option<Value>) -> Self {
        if let Self::Refused { error, .. } = &mut self {
            *error = found;
        }
        self
    }
}

// What a server says in an error; other texts are not quoted.
fn said(error: Option<&Value>) -> String {
    let text = error.and_then(|error| error.get("message")?.as_str()).unwrap_or_default();
    let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
    if text.is_empty() { text } else { format!(" that says: {text}") }
}
