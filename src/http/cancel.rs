//! Cancels a request in flight from another thread.
//!
//! A cancelled request may never get a response, and the thread that reads it blocks in a system call. So each request
//! notes its connection (`cancellable.rs`), and `abort` shuts the connection down.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use ureq::unversioned::transport::ShutdownHandle;

/// How to shut a connection down.
pub type ConnectionHandle = Arc<Mutex<Option<Weak<dyn ShutdownHandle>>>>;

/// A cancellation handle of one HTTP request, which may contain several JSON-RPC requests.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle {
    state: Arc<CancelState>,
}

#[derive(Default)]
struct CancelState {
    aborted: AtomicBool,
    cancelled: AtomicBool,
    sent: Mutex<Sent>,
    changed: Condvar,
    connection: Mutex<Option<ConnectionHandle>>,
    kept: Mutex<Option<Box<dyn Any + Send>>>,
}

#[derive(Default)]
struct Sent {
    at: Option<Instant>,
    // Threads that wait. If there are none, which is usual, no system call notifies them.
    waiters: usize,
}

impl CancelHandle {
    /// Shuts down the connection of the request, so that reading the response fails at once.
    pub fn abort(&self) {
        self.state.aborted.store(true, Ordering::SeqCst);
        let connection = self.state.connection.lock().take();
        let handle = connection.and_then(|connection| connection.lock().clone());
        if let Some(handle) = handle.and_then(|handle| handle.upgrade()) {
            handle.shutdown();
        }
    }

    /// Returns whether the connection was shut down here.
    pub fn is_aborted(&self) -> bool {
        self.state.aborted.load(Ordering::SeqCst)
    }

    /// Notes that the client has cancelled the request, and returns whether this is the first time.
    pub fn mark_cancelled(&self) -> bool {
        !self.state.cancelled.swap(true, Ordering::SeqCst)
    }

    /// Keeps a value, such as a slot in a thread pool, while the request is in flight.
    pub fn keep(&self, value: impl Any + Send) {
        *self.state.kept.lock() = Some(Box::new(value));
    }

    /// Drops the kept value, because the request has its response, or because no thread waits for it.
    pub fn release(&self) {
        let kept = self.state.kept.lock().take();
        drop(kept);
    }

    /// Returns whether the whole request has been sent.
    pub fn is_sent(&self) -> bool {
        self.state.sent.lock().at.is_some()
    }

    /// Returns when the whole request was sent, or `None` if it has not been sent, or is to be sent again.
    pub fn sent_at(&self) -> Option<Instant> {
        self.state.sent.lock().at
    }

    /// Notes that the whole request has been sent.
    pub fn note_sent(&self) {
        let mut sent = self.state.sent.lock();
        sent.at.get_or_insert_with(Instant::now);
        self.wake(&sent);
    }

    /// Notes that the server refused the request and that the request is sent again.
    pub fn note_resent(&self) {
        self.state.sent.lock().at = None;
    }

    /// Notes that one of its JSON-RPC requests has ended.
    pub fn note_ended(&self) {
        self.wake(&self.state.sent.lock());
    }

    /// Waits until `since` has passed after the request was sent, until `ended` returns true, or until the timeout.
    /// `ended` is called again after each [`Self::note_ended`].
    pub fn wait_sent(&self, since: Duration, timeout: Duration, ended: impl Fn() -> bool) {
        let deadline = Instant::now() + timeout;
        let mut sent = self.state.sent.lock();
        sent.waiters += 1;
        loop {
            let now = Instant::now();
            let until = sent.at.map_or(deadline, |at| deadline.min(at + since));
            if until <= now || ended() {
                break;
            }
            self.state.changed.wait_until(&mut sent, until);
        }
        sent.waiters -= 1;
    }

    fn wake(&self, sent: &Sent) {
        if sent.waiters > 0 {
            self.state.changed.notify_all();
        }
    }

    /// Returns whether both cancel the same HTTP request.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    /// Notes the connection that the request uses.
    pub fn note_connection(&self, connection: &ConnectionHandle) {
        *self.state.connection.lock() = Some(Arc::clone(connection));
    }

    /// Forgets the connection, because another request uses it next.
    pub fn forget_connection(&self) {
        self.state.connection.lock().take();
    }
}

impl std::fmt::Debug for CancelState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CancelState").field("aborted", &self.aborted).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_waiter_wakes_when_the_request_is_sent_or_has_ended() {
        let (cancel, ended) = (CancelHandle::default(), Arc::new(AtomicBool::new(false)));
        for send in [true, false] {
            cancel.note_resent();
            let (other, over) = (cancel.clone(), Arc::clone(&ended));
            let waiting = std::thread::spawn(move || {
                other.wait_sent(Duration::ZERO, LONG, || over.load(Ordering::SeqCst));
            });
            while cancel.state.sent.lock().waiters == 0 {
                std::thread::yield_now();
            }
            if send {
                cancel.note_sent();
            } else {
                ended.store(true, Ordering::SeqCst);
                cancel.note_ended();
            }
            waiting.join().unwrap();
        }
    }

    #[test]
    fn a_wait_ends_at_the_timeout() {
        CancelHandle::default().wait_sent(LONG, Duration::from_millis(1), || false);
    }
}
