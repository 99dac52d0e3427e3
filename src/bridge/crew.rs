//! Threads that carry messages: as many as there are messages under way, each kept for the next one.
//!
//! A request holds its thread until its answer has come, and that may take minutes. Threads are cheap, and what
//! waits in them is stopped by the system, not by a scheduler of ours.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

// Enough for TLS and JSON, and little where nothing is in it.
const STACK: usize = 512 << 10;
const IDLE: Duration = Duration::from_secs(10);
// As many messages may be under way, and as many bytes of them.
const MOST: usize = 512;
const MOST_BYTES: usize = 128 << 20;

/// Holds the threads.
#[derive(Clone, Default)]
pub struct Crew {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<(Job, usize)>,
    idle: usize,
    busy: usize,
    bytes: usize,
}

impl Crew {
    /// Does a job that holds so many bytes, at once.
    pub fn run(&self, bytes: usize, job: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.jobs.push_back((Box::new(job), bytes));
        state.busy += 1;
        state.bytes += bytes;
        let spawn = state.idle < state.jobs.len();
        drop(state);
        self.shared.work.notify_one();
        if spawn {
            let crew = self.clone();
            let thread = std::thread::Builder::new().stack_size(STACK);
            // Where the system has no thread left, the next one that is free does it.
            thread.spawn(move || crew.work()).ok();
        }
    }

    /// Does a job after a while.
    pub fn later(&self, after: Duration, job: impl FnOnce() + Send + 'static) {
        self.run(0, move || {
            std::thread::sleep(after);
            job();
        });
    }

    /// Waits a while for room for another job; false where there is none yet.
    pub fn has_room(&self, patience: Duration) -> bool {
        let full = |state: &mut State| state.busy >= MOST || state.bytes >= MOST_BYTES;
        let waited = self.shared.room.wait_timeout_while(self.lock(), patience, full);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn work(&self) {
        while let Some((job, bytes)) = self.next() {
            job();
            let mut state = self.lock();
            state.busy -= 1;
            state.bytes -= bytes;
            drop(state);
            self.shared.room.notify_one();
        }
    }

    fn next(&self) -> Option<(Job, usize)> {
        let mut state = self.lock();
        state.idle += 1;
        let none = |state: &mut State| state.jobs.is_empty();
        let waited = self.shared.work.wait_timeout_while(state, IDLE, none);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state.jobs.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crew").field("busy", &self.lock().busy).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn jobs_that_wait_for_each_other_are_all_done() {
        let crew = Crew::default();
        let (to_first, from_second) = channel();
        let (done, ended) = channel();
        crew.run(0, move || done.send(from_second.recv()).unwrap());
        crew.run(0, move || to_first.send(7).unwrap());
        assert_eq!(ended.recv().unwrap(), Ok(7));
    }

    #[test]
    fn there_is_no_room_while_too_much_is_under_way() {
        let crew = Crew::default();
        let (go, wait) = channel::<()>();
        crew.run(MOST_BYTES, move || wait.recv().unwrap());
        assert!(!crew.has_room(Duration::from_millis(1)));
        go.send(()).unwrap();
        assert!(crew.has_room(Duration::from_secs(10)));
    }
}
