//! The state of messages in flight: requests without a response, the session that new requests wait for, the threads
//! that send messages, and the handles that cancel them.

pub mod id;
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
    /// `descriptors` is the number of file descriptors that the process may use.
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

    /// Ends all requests of the bridge itself, because their responses can no longer arrive. If one of them is opening
    /// a session, waits until this has been aborted.
    pub fn give_up_own(&self) {
        self.requests.clear_own();
        self.session.abort_reopening();
    }
}
