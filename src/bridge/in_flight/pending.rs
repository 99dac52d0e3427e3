//! A request from the client that has no response yet.

use crate::http::CancelHandle;

/// A request of the client's.
#[derive(Debug, Clone)]
pub struct PendingRequest {
    /// The id as the client wrote it.
    pub id: String,
    pub cancel: CancelHandle,
    pub(super) kind: RequestKind,
    pub(super) serial: u64,
}

/// What the bridge does with the response to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Reads the revision of the protocol from it.
    Initialize,
    /// Hides tools.
    ToolsList,
    Other,
}
