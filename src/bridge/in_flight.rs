//! What is in flight: unanswered requests, the session that new ones wait for, the threads that carry them, and the
//! handles that cancel them.

mod id;
mod outgoing;
mod own;
mod pending;
mod pool;
mod requests;
mod session;

pub use outgoing::OutgoingMessage;
pub use own::OwnRequest;
pub use pending::{PendingRequest, RequestKind};
pub use pool::{RESERVE_TIMEOUT, RequestSlot, ThreadPool};
pub use requests::{DeliveryGuard, PendingRequests};
pub use session::{Session, SessionHeaders, VERSION_HEADER};

/// Everything that is in flight between one client and one server.
#[derive(Debug)]
pub struct InFlight {
    requests: PendingRequests,
    session: Session,
    pool: ThreadPool,
}

impl InFlight {
    /// `descriptors` is how many files the process may have open.
    pub fn new(descriptors: u64) -> Self {
        let (requests, session) = (PendingRequests::default(), Session::default());
        Self { requests, session, pool: ThreadPool::new(descriptors) }
    }

    pub fn requests(&self) -> &PendingRequests {
        &self.requests
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn pool(&self) -> &ThreadPool {
        &self.pool
    }

    /// Ends all requests of the bridge's own, because no response can come any more. Returns when a session that one
    /// of them was opening has been given up.
    pub fn give_up_own(&self) {
        self.requests.clear_own();
        self.session.abort_reopening();
    }
}
