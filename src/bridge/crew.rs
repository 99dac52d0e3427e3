//! Threads that carry messages: as many as there are messages under way, each kept for the next one.
//!
//! A request holds its thread until its answer has come, and that may take minutes. Threads are cheap, and what
//! waits in them is stopped by the system, not by a scheduler of ours. What the client answers or tells is never
//! held up by what it asks: the answer to one may be waiting for the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

type Job = Box<dyn FnOnce() + Send>;

// Enough for TLS and JSON, and little where nothing is in it.
const STACK: usize = 512 << 10;
const IDLE: Duration = Duration::from_secs(10);
// As many requests are carried at once, each by a connection of its own; more of them wait. A server that takes
// connections one by one resets what it has no room for.
const MOST: usize = 256;
// File descriptors for other things: streams, files of the cache, a sign-in.
const KEPT: u64 = 32;
// As many bytes of messages may be held, and each of them takes some beside its own.
const MOST_BYTES: usize = 128 << 20;
const OVERHEAD: usize = 1 << 10;
/// How long a message waits for others to be answered where too much is held. What the client says next waits with
/// it, and an answer may be what the server waits for.
pub const FULL: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(100);

/// Holds the threads.
#[derive(Clone)]
pub struct Crew {
    shared: Arc<Shared>,
    most: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    freed: Condvar,
    timer: Mutex<Timer>,
    due: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    requests: usize,
    waiting: VecDeque<Box<dyn FnOnce(Place) + Send>>,
    bytes: usize,
    // Who waits for room: there is seldom anybody, and to wake nobody takes the system as long.
    waiters: usize,
    // Somebody has waited in vain, and nothing has been freed since: nobody else waits.
    stuck: bool,
}

#[derive(Default)]
struct Timer {
    jobs: BTreeMap<(Instant, u64), Job>,
    count: u64,
    runs: bool,
}

/// Holds the place of a request among those that are carried, until it is dropped.
#[derive(Debug)]
pub struct Place(Crew);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.next_request();
    }
}

/// Holds room for a message, until it is dropped.
#[derive(Debug)]
pub struct Held {
    crew: Crew,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.crew.lock();
        state.bytes -= self.bytes;
        state.stuck = false;
        let waiters = state.waiters;
        drop(state);
        if waiters > 0 {
            self.crew.shared.freed.notify_all();
        }
    }
}

impl Crew {
    /// Makes one that carries as many requests as so many file descriptors allow, and leaves half of them for
    /// answers.
    pub fn new(descriptors: u64) -> Self {
        let most = usize::try_from(descriptors.saturating_sub(KEPT) / 2).unwrap_or(MOST);
        Self { shared: Arc::default(), most: most.clamp(1, MOST) }
    }

    /// Makes room for a message of so many bytes, which waits a while where too much is held already. None: there
    /// is still no room.
    pub fn hold(&self, bytes: usize, patience: Duration) -> Option<Held> {
        let bytes = bytes + OVERHEAD;
        let full = |state: &mut State| state.bytes + bytes > MOST_BYTES;
        let mut state = self.lock();
        if full(&mut state) && !state.stuck {
            state.waiters += 1;
            let waited = self.shared.freed.wait_timeout_while(state, patience, full);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.waiters -= 1;
            state.stuck = full(&mut state);
        }
        if full(&mut state) {
            return None;
        }
        state.bytes += bytes;
        Some(Held { crew: self.clone(), bytes })
    }

    /// Does a job at once.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.begin(self.lock(), Box::new(job));
    }

    /// Does a job that may take long, with so many others at most.
    pub fn run_request(&self, job: impl FnOnce(Place) + Send + 'static) {
        if let Some(job) = self.admit(job) {
            self.run(job);
        }
    }

    /// Returns a job that may take long, to be done by whoever asks; none where so many are under way already,
    /// and it waits.
    pub fn admit(
        &self,
        job: impl FnOnce(Place) + Send + 'static,
    ) -> Option<impl FnOnce() + Send + 'static> {
        let mut state = self.lock();
        if state.requests >= self.most {
            state.waiting.push_back(Box::new(job));
            return None;
        }
        state.requests += 1;
        let place = Place(self.clone());
        Some(move || job(place))
    }

    /// Does a small job after a while, by a tenth of a second. One thread does all of them, and wakes no oftener:
    /// there is one for each answer that comes in a stream.
    pub fn later(&self, after: Duration, job: impl FnOnce() + Send + 'static) {
        let when = Instant::now() + after;
        let mut timer = self.lock_timer();
        timer.count += 1;
        let key = (when, timer.count);
        timer.jobs.insert(key, Box::new(job));
        let begins = !std::mem::replace(&mut timer.runs, true);
        let earlier = timer.jobs.keys().next() == Some(&key);
        drop(timer);
        if begins {
            let crew = self.clone();
            self.run(move || crew.keep_time());
        } else if earlier {
            self.shared.due.notify_one();
        }
    }

    fn keep_time(&self) {
        let mut timer = self.lock_timer();
        while let Some((next, _)) = timer.jobs.keys().next().copied() {
            let now = Instant::now();
            if next > now {
                let waited = self.shared.due.wait_timeout(timer, next - now);
                timer = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let later = timer.jobs.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut timer.jobs, later);
            drop(timer);
            due.into_values().for_each(|job| job());
            std::thread::sleep(TICK);
            timer = self.lock_timer();
        }
        timer.runs = false;
    }

    fn lock_timer(&self) -> MutexGuard<'_, Timer> {
        self.shared.timer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The place of a request that is done is the next one's.
    fn next_request(&self) {
        let mut state = self.lock();
        match state.waiting.pop_front() {
            Some(job) => {
                let place = Place(self.clone());
                self.begin(state, Box::new(move || job(place)));
            }
            None => state.requests -= 1,
        }
    }

    fn begin(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.jobs.push_back(job);
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

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
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
        f.debug_struct("Crew").field("requests", &self.lock().requests).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn jobs_that_wait_for_each_other_are_all_done() {
        let crew = Crew::new(u64::MAX);
        let (to_first, from_second) = channel();
        let (done, ended) = channel();
        crew.run(move || done.send(from_second.recv()).unwrap());
        crew.run(move || to_first.send(7).unwrap());
        assert_eq!(ended.recv().unwrap(), Ok(7));
    }

    #[test]
    fn requests_beyond_the_most_wait_and_nothing_else_does() {
        let crew = Crew::new(u64::MAX);
        crew.lock().requests = MOST;
        let (sent, done) = channel();
        let (other, late) = (sent.clone(), sent.clone());
        crew.run_request(move |_place| sent.send("request").unwrap());
        crew.later(Duration::from_millis(1), move || late.send("late").unwrap());
        crew.run(move || other.send("answer").unwrap());
        let mut found = [done.recv().unwrap(), done.recv().unwrap()];
        found.sort_unstable();
        assert_eq!(found, ["answer", "late"]);
        drop(Place(crew));
        assert_eq!(done.recv(), Ok("request"));
    }

    #[test]
    fn few_descriptors_allow_few_requests() {
        for (descriptors, most) in [(0, 1), (256, 112), (1024, MOST), (u64::MAX, MOST)] {
            assert_eq!(Crew::new(descriptors).most, most);
        }
    }

    #[test]
    fn there_is_room_for_so_many_bytes() {
        let crew = Crew::new(u64::MAX);
        let held = crew.hold(MOST_BYTES - OVERHEAD, Duration::ZERO).unwrap();
        let waits = crew.clone();
        let waiting = std::thread::spawn(move || waits.hold(0, Duration::from_secs(60)).is_some());
        while crew.lock().waiters == 0 {
            std::thread::yield_now();
        }
        drop(held);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn where_one_has_waited_in_vain_nobody_waits() {
        let crew = Crew::new(u64::MAX);
        let held = crew.hold(MOST_BYTES - OVERHEAD, Duration::ZERO).unwrap();
        assert!(crew.hold(0, Duration::ZERO).is_none());
        assert!(crew.hold(0, Duration::MAX).is_none());
        drop(held);
        assert!(crew.hold(0, Duration::ZERO).is_some());
    }
}
