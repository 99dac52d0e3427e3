//! A request of the bridge itself.

use std::sync::mpsc::Receiver;
use std::time::Duration;

/// A request that the bridge itself makes, for example a ping.
#[derive(Debug)]
pub struct OwnRequest {
    id: String,
    response: Receiver<Vec<u8>>,
}

impl OwnRequest {
    pub fn new(id: String, response: Receiver<Vec<u8>>) -> Self {
        Self { id, response }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the response until the timeout.
    pub fn wait(&self, timeout: Duration) -> Option<Vec<u8>> {
        self.response.recv_timeout(timeout).ok()
    }
}
