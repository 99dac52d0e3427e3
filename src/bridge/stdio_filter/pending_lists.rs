//! Requests for the list of tools that have no response yet.

use std::collections::BTreeSet;

use crate::bridge::in_flight::id;

/// The ids of the requests.
#[derive(Debug, Default)]
pub struct PendingLists(BTreeSet<String>);

impl PendingLists {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a request. A request without an id gets no response.
    pub fn begin(&mut self, id: Option<&str>) {
        self.0.extend(id.map(key));
    }

    /// Returns whether a response is for one of the requests, and removes this request.
    pub fn end(&mut self, id: &str) -> bool {
        self.0.remove(&key(id))
    }
}

// A server in JavaScript rounds long numbers.
fn key(id: &str) -> String {
    let rounded = || Some(format!("{:.0}", id.parse::<f64>().ok().filter(|it| it.fract() == 0.0)?));
    rounded().unwrap_or_else(|| id::key(id))
}
