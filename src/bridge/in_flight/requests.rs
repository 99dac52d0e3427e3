//! Requests without a response: those of the client, and those of the bridge itself.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::id::key;
use super::outgoing::OutgoingMessage;
use super::own::OwnRequest;
use super::pending::{PendingRequest, RequestKind};
use crate::bridge::message::{JsonRpcMessage, OWN};
use crate::http::CancelHandle;

// Upper bound on remembered dismissed requests, because their responses may never arrive.
const DISMISSED: usize = 10_000;
// How long a cancellation waits until its request has been sent, which rarely takes longer than connecting.
const UNSENT: Duration = Duration::from_secs(10);
// How long a cancellation waits after its request: the server may read two connections in another order than they were
// written.
const RECEIVED: Duration = Duration::from_millis(100);

/// All requests without a response.
#[derive(Debug, Default)]
pub struct PendingRequests {
    state: Mutex<RequestsState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct RequestsState {
    by_id: HashMap<String, PendingRequest>,
    dismissed: HashSet<String>,
    count: u64,
    own: HashMap<String, Sender<Vec<u8>>>,
    own_count: u64,
    // Responses that are being written to the client.
    delivering: usize,
    // Open streams on which the server may deliver responses to any request.
    streams: usize,
    // Threads that wait for a change. If there are none, which is usual, no system call notifies them.
    waiters: usize,
}

impl RequestsState {
    fn has(&self, request: &PendingRequest) -> bool {
        self.by_id.get(&key(&request.id)).is_some_and(|known| known.serial == request.serial)
    }

    fn is_answered(&self, message: &OutgoingMessage) -> bool {
        let own = message.own.as_ref().is_some_and(|id| self.own.contains_key(id));
        !own && !message.requests.iter().any(|request| self.has(request))
    }
}

/// A request whose response is being written to the client, until the guard is dropped.
#[derive(Debug)]
pub struct DeliveryGuard<'a> {
    kind: RequestKind,
    requests: &'a PendingRequests,
}

impl DeliveryGuard<'_> {
    pub fn kind(&self) -> RequestKind {
        self.kind
    }
}

impl Drop for DeliveryGuard<'_> {
    fn drop(&mut self) {
        self.requests.change(|state| state.delivering -= 1);
    }
}

/// An open stream on which responses may arrive, until the guard is dropped.
#[derive(Debug)]
pub struct StreamGuard<'a>(&'a PendingRequests);

impl Drop for StreamGuard<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.streams -= 1);
    }
}

impl PendingRequests {
    /// Registers a message from the client, if it is a request.
    pub fn begin(
        &self,
        message: &JsonRpcMessage<'_>,
        cancel: &CancelHandle,
    ) -> Option<PendingRequest> {
        let kind = match message.method.as_deref() {
            Some("initialize") => RequestKind::Initialize,
            Some("tools/list") => RequestKind::ToolsList,
            Some(_) | None => RequestKind::Other,
        };
        message.request().map(|id| self.begin_with(id, cancel, kind))
    }

    /// Registers a request by its id.
    pub fn begin_with(&self, id: &str, cancel: &CancelHandle, kind: RequestKind) -> PendingRequest {
        let mut state = self.state.lock();
        state.count += 1;
        let (id, serial) = (id.to_owned(), state.count);
        let request = PendingRequest { id, cancel: cancel.clone(), kind, serial };
        state.dismissed.remove(&key(&request.id));
        state.by_id.insert(key(&request.id), request.clone());
        request
    }

    /// Ends the request that a response is for, if it is in flight.
    pub fn answered(&self, id: &str) -> Option<DeliveryGuard<'_>> {
        let mut state = self.state.lock();
        let request = state.by_id.remove(&key(id))?;
        state.delivering += 1;
        drop(state);
        request.cancel.note_ended();
        Some(DeliveryGuard { kind: request.kind, requests: self })
    }

    /// Ends a request without the server's response, if it is in flight. A later response is dropped.
    pub fn dismiss(&self, request: &PendingRequest) -> Option<DeliveryGuard<'_>> {
        if !self.has(request) {
            return None;
        }
        let mut state = self.state.lock();
        if state.dismissed.len() >= DISMISSED {
            state.dismissed.clear();
        }
        state.dismissed.insert(key(&request.id));
        drop(state);
        self.answered(&request.id)
    }

    /// Returns whether a response is for a dismissed request, and forgets that request.
    pub fn was_dismissed(&self, id: &str) -> bool {
        let mut state = self.state.lock();
        !state.dismissed.is_empty() && state.dismissed.remove(&key(id))
    }

    /// Returns whether a request is in flight.
    pub fn has(&self, request: &PendingRequest) -> bool {
        self.state.lock().has(request)
    }

    /// Returns whether no request of a message is in flight any more.
    pub fn is_answered(&self, message: &OutgoingMessage) -> bool {
        self.state.lock().is_answered(message)
    }

    /// Finds the client's request with an id.
    pub fn find(&self, id: &str) -> Option<PendingRequest> {
        self.state.lock().by_id.get(&key(id)).cloned()
    }

    /// Counts the requests of one message.
    pub fn count(&self, cancel: &CancelHandle) -> usize {
        self.state.lock().by_id.values().filter(|request| request.cancel.is_same(cancel)).count()
    }

    /// Lists the client's requests.
    pub fn all(&self) -> Vec<PendingRequest> {
        self.state.lock().by_id.values().cloned().collect()
    }

    /// Registers a request of the bridge itself under a new id.
    pub fn begin_own(&self) -> OwnRequest {
        let (sender, response) = channel();
        let mut state = self.state.lock();
        state.own_count += 1;
        let id = format!("{OWN}{}", state.own_count);
        state.own.insert(id.clone(), sender);
        OwnRequest::new(id, response)
    }

    /// Removes and returns the waiter for the response to a request of the bridge itself.
    pub fn take_own(&self, id: &str) -> Option<Sender<Vec<u8>>> {
        let id = id.strip_prefix('"')?.strip_suffix('"')?;
        if !id.starts_with(OWN) {
            return None;
        }
        self.change(|state| state.own.remove(id))
    }

    /// Waits for the response to a request of the bridge itself, and ends the request.
    pub fn end_own(&self, own: &OwnRequest, timeout: Duration) -> Option<Vec<u8>> {
        let response = own.wait(timeout);
        self.change(|state| state.own.remove(own.id()));
        response
    }

    /// Ends all requests of the bridge itself.
    pub fn clear_own(&self) {
        self.change(|state| state.own.clear());
    }

    /// Notes that a stream is open on which responses may arrive.
    pub fn stream_opened(&self) -> StreamGuard<'_> {
        self.state.lock().streams += 1;
        StreamGuard(self)
    }

    /// Waits until a message is answered on an open stream, no stream is open, or the timeout has passed.
    pub fn wait_answered_by_stream(&self, message: &OutgoingMessage, timeout: Duration) {
        self.wait_while(timeout, |state| state.streams > 0 && !state.is_answered(message));
    }

    /// Waits until no request from the client is in flight, or until the timeout.
    pub fn wait_done(&self, timeout: Duration) {
        self.wait_while(timeout, |state| !state.by_id.is_empty() || state.delivering > 0);
    }

    /// Waits until the server has received a request, because a server ignores the cancellation of an unknown request.
    /// Returns early if the request has ended.
    pub fn wait_received(&self, request: &PendingRequest) {
        request.cancel.wait_sent(RECEIVED, UNSENT, || !self.has(request));
    }

    fn wait_while(&self, timeout: Duration, waits: impl Fn(&RequestsState) -> bool) {
        let mut state = self.state.lock();
        state.waiters += 1;
        self.changed.wait_while_for(&mut state, |state| waits(state), timeout);
        state.waiters -= 1;
    }

    fn change<T>(&self, change: impl FnOnce(&mut RequestsState) -> T) -> T {
        let mut state = self.state.lock();
        let changed = change(&mut state);
        let waiters = state.waiters;
        drop(state);
        if waiters > 0 {
            self.changed.notify_all();
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_however_the_server_writes_its_id() {
        let requests = PendingRequests::default();
        let request = requests.begin_with("1.0", &CancelHandle::default(), RequestKind::Other);
        assert!(requests.has(&request));
        assert!(requests.answered("\"1\"").is_none());
        assert!(requests.answered("1").is_some());
        assert!(!requests.has(&request));
    }

    #[test]
    fn a_wait_for_a_stream_ends_when_the_response_arrives_or_the_stream_closes() {
        let long = Duration::from_secs(60);
        for answers in [true, false] {
            let requests = PendingRequests::default();
            let own = requests.begin_own();
            let message = OutgoingMessage::own(vec![], Some(own.id()));
            let stream = requests.stream_opened();
            std::thread::scope(|scope| {
                scope.spawn(|| requests.wait_answered_by_stream(&message, long));
                while requests.state.lock().waiters == 0 {
                    std::thread::yield_now();
                }
                if answers {
                    assert!(requests.take_own(&format!("\"{}\"", own.id())).is_some());
                } else {
                    drop(stream);
                }
            });
        }
    }
}
