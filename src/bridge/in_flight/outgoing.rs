//! A message on its way to the server.

use super::pending::PendingRequest;
use crate::http::CancelHandle;

/// A message, and what is needed to carry it.
#[derive(Debug)]
pub struct OutgoingMessage {
    pub bytes: Vec<u8>,
    /// The client's requests in it: several in a batch, none in a notification.
    pub requests: Vec<PendingRequest>,
    /// The id, if it is a request of the bridge's own.
    pub own: Option<String>,
    pub cancel: CancelHandle,
    /// Additional HTTP headers.
    pub headers: Vec<(String, String)>,
    /// Whether it is `initialize`, which is sent without a session.
    pub initialize: bool,
    /// Whether it opens a session that everything else waits for.
    pub opens: bool,
    /// Whether a person may be asked to sign in for it.
    pub person: bool,
}

impl OutgoingMessage {
    /// Makes a message of the bridge's own.
    pub fn own(bytes: Vec<u8>, id: Option<&str>) -> Self {
        let (requests, cancel, headers) = (vec![], CancelHandle::default(), vec![]);
        let (own, initialize, opens, person) = (id.map(str::to_owned), false, false, true);
        Self { bytes, requests, own, cancel, headers, initialize, opens, person }
    }
}
