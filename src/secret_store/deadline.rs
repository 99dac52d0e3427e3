//! How long resolving may take: a locked keyring can block forever.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::error::SecretError;

/// Says when resolving gives up.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    until: Instant,
    /// The timeout in seconds, for messages.
    seconds: u64,
}

impl Deadline {
    /// Starts a timeout.
    pub fn new(seconds: u64) -> Self {
        Self { until: Instant::now() + Duration::from_secs(seconds), seconds }
    }

    /// Returns a later deadline with the same message.
    #[must_use]
    pub fn extended_by(self, grace: Duration) -> Self {
        Self { until: self.until + grace, ..self }
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Returns the error for a deadline that has passed.
    pub fn timed_out(&self) -> SecretError {
        SecretError::TimedOut(self.seconds)
    }

    /// Runs a call that may block forever on a thread of its own, and abandons it at the deadline.
    ///
    /// # Errors
    /// Fails if the call fails or does not return in time.
    pub fn limit<T: Send + 'static>(
        self,
        call: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(call()));
        receiver.recv_timeout(self.left()).unwrap_or_else(|_| Err(self.timed_out()))
    }
}
