//! A message on its way to the server.

use super::pending::PendingRequest;
use crate::http::CancelHandle;

/// A message, with the data that is needed to send it.
#[derive(Debug)]
pub struct OutgoingMessage {
    pub bytes: Vec<u8>,
    /// The client's requests in it: several in a batch, none in a notification.
    pub requests: Vec<PendingRequest>,
    /// The id, if the message is a request of the bridge itself.
    pub own: Option<String>,
    pub cancel: CancelHandle,
    /// Additional HTTP headers.
    pub headers: Vec<(String, String)>,
    /// Whether the message is `initialize`, which is sent without a session.
    pub initialize: bool,
    /// Whether the message opens a session that all other messages wait for.
    pub opens: bool,
    /// Whether a person may be prompted to sign in for the message.
    pub person: bool,
}

impl OutgoingMessage {
    /// Makes a message of the bridge itself.
    pub fn own(bytes: Vec<u8>, id: Option<&str>) -> Self {
        let (requests, cancel, headers) = (vec![], CancelHandle::default(), vec![]);
        let (own, initialize, opens, person) = (id.map(str::to_owned), false, false, true);
        Self { bytes, requests, own, cancel, headers, initialize, opens, person }
    }
}
