//! A thread pool for messages: each message in flight has a thread, which is then kept for the next message.
//!
//! A request blocks its thread until the response arrives, which may take minutes. Threads are cheap, and shutting down
//! the connection unblocks the thread. Notifications and the client's responses never wait for a slot, because the
//! server may need one of them before it responds to a request.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

#[cfg(test)]
mod tests;
mod timer;

use timer::Timer;

type PoolJob = Box<dyn FnOnce() + Send>;

// Enough for TLS and JSON. Stack pages that a thread never uses take no memory.
const STACK: usize = 512 << 10;
const IDLE: Duration = Duration::from_secs(10);
// Requests in flight, each on its own connection. A slow server resets connections that do not fit into its queue.
const MAX_REQUESTS: usize = 256;
// File descriptors reserved for streams, cache files and a sign-in.
const OTHER_DESCRIPTORS: u64 = 32;
// Upper bound on buffered message bytes; OVERHEAD is added per message.
const MAX_BYTES: usize = 128 << 20;
const OVERHEAD: usize = 1 << 10;
/// How long a message waits for buffer space. The client's next messages wait too, and the server may need one of them.
pub const RESERVE_TIMEOUT: Duration = Duration::from_secs(2);

/// A thread pool with a limit on requests, but none on other jobs.
#[derive(Clone)]
pub struct ThreadPool {
    shared: Arc<PoolShared>,
    max_requests: usize,
}

#[derive(Default)]
struct PoolShared {
    state: Mutex<PoolState>,
    freed: Condvar,
    timer: Timer,
}

#[derive(Default)]
struct PoolState {
    jobs: VecDeque<PoolJob>,
    // The condition variable of each idle thread. The thread that became idle last wakes first, so that after a busy
    // moment the other threads are idle for long enough to exit.
    idle: Vec<Arc<Condvar>>,
    requests: usize,
    waiting: VecDeque<Box<dyn FnOnce(RequestSlot) + Send>>,
    bytes: usize,
    // Threads that wait for buffer space. If there are none, which is usual, no system call notifies them.
    waiters: usize,
    // Whether a wait has timed out and no space was freed after it: further messages then do not wait.
    stuck: bool,
}

/// A slot for one request, freed on drop.
#[derive(Debug)]
pub struct RequestSlot(ThreadPool);

impl Drop for RequestSlot {
    fn drop(&mut self) {
        self.0.next_request();
    }
}

/// Buffer space for one message, freed on drop.
#[derive(Debug)]
pub struct ByteReservation {
    pool: ThreadPool,
    bytes: usize,
}

impl Drop for ByteReservation {
    fn drop(&mut self) {
        let mut state = self.pool.shared.state.lock();
        state.bytes -= self.bytes;
        state.stuck = false;
        let waiters = state.waiters;
        drop(state);
        if waiters > 0 {
            self.pool.shared.freed.notify_all();
        }
    }
}

impl ThreadPool {
    /// `descriptors` is the number of file descriptors that the process may use. After OTHER_DESCRIPTORS, half of them
    /// are for requests, and the other half are for the client's responses.
    pub fn new(descriptors: u64) -> Self {
        let most = descriptors.saturating_sub(OTHER_DESCRIPTORS) / 2;
        let most = usize::try_from(most).unwrap_or(MAX_REQUESTS);
        Self { shared: Arc::default(), max_requests: most.clamp(1, MAX_REQUESTS) }
    }

    /// Reserves buffer space for a message. Waits until the timeout, and returns `None` if there is no space.
    pub fn reserve(&self, bytes: usize, timeout: Duration) -> Option<ByteReservation> {
        let bytes = bytes + OVERHEAD;
        let full = |state: &mut PoolState| state.bytes + bytes > MAX_BYTES;
        let mut state = self.shared.state.lock();
        if full(&mut state) && !state.stuck {
            state.waiters += 1;
            self.shared.freed.wait_while_for(&mut state, full, timeout);
            state.waiters -= 1;
            state.stuck = full(&mut state);
        }
        if full(&mut state) {
            return None;
        }
        state.bytes += bytes;
        Some(ByteReservation { pool: self.clone(), bytes })
    }

    /// Runs a job at once.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.start(self.shared.state.lock(), Box::new(job));
    }

    /// Runs a request when a slot is free.
    pub fn run_request(&self, job: impl FnOnce(RequestSlot) + Send + 'static) {
        if let Some(job) = self.admit(job) {
            self.run(job);
        }
    }

    /// Returns the job of a request for the caller to run. If no slot is free, returns `None` and runs the job later.
    pub fn admit(
        &self,
        job: impl FnOnce(RequestSlot) + Send + 'static,
    ) -> Option<impl FnOnce() + Send + 'static> {
        let mut state = self.shared.state.lock();
        if state.requests >= self.max_requests {
            state.waiting.push_back(Box::new(job));
            return None;
        }
        state.requests += 1;
        let slot = RequestSlot(self.clone());
        Some(move || job(slot))
    }

    /// Runs a short job after a delay, at most a tenth of a second late.
    pub fn later(&self, after: Duration, job: impl FnOnce() + Send + 'static) {
        if self.shared.timer.add(after, Box::new(job)) {
            let shared = Arc::clone(&self.shared);
            self.run(move || shared.timer.run());
        }
    }

    // The next request takes over the slot.
    fn next_request(&self) {
        let mut state = self.shared.state.lock();
        match state.waiting.pop_front() {
            Some(job) => {
                let slot = RequestSlot(self.clone());
                self.start(state, Box::new(move || job(slot)));
            }
            None => state.requests -= 1,
        }
    }

    fn start(&self, mut state: MutexGuard<'_, PoolState>, job: PoolJob) {
        state.jobs.push_back(job);
        let idle = state.idle.pop();
        drop(state);
        if let Some(thread) = idle {
            thread.notify_one();
            return;
        }
        let pool = self.clone();
        let thread = std::thread::Builder::new().stack_size(STACK);
        // If no thread can be created, the next free thread runs the job.
        thread.spawn(move || pool.work()).ok();
    }

    fn work(&self) {
        let wake = Arc::default();
        while let Some(job) = self.next(&wake) {
            job();
        }
    }

    fn next(&self, wake: &Arc<Condvar>) -> Option<PoolJob> {
        let mut state = self.shared.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle.push(Arc::clone(wake));
            let idle = wake.wait_for(&mut state, IDLE);
            state.idle.retain(|other| !Arc::ptr_eq(other, wake));
            if idle.timed_out() && state.jobs.is_empty() {
                return None;
            }
        }
    }
}

impl std::fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThreadPool")
            .field("requests", &self.shared.state.lock().requests)
            .finish_non_exhaustive()
    }
}
