//! Jobs that run later, all of them on one thread.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::PoolJob;

// The minimum time between two wake-ups of the thread: each response on a stream adds a job.
const TICK: Duration = Duration::from_millis(100);

#[derive(Default)]
pub struct Timer {
    state: Mutex<TimerState>,
    due: Condvar,
}

#[derive(Default)]
struct TimerState {
    jobs: BTreeMap<(Instant, u64), PoolJob>,
    count: u64,
    runs: bool,
}

impl Timer {
    /// Adds a job, and returns whether the caller has to start [`Self::run`] on a thread.
    pub fn add(&self, after: Duration, job: PoolJob) -> bool {
        let when = Instant::now() + after;
        let mut state = self.state.lock();
        state.count += 1;
        let key = (when, state.count);
        state.jobs.insert(key, job);
        let starts = !std::mem::replace(&mut state.runs, true);
        let earliest = state.jobs.keys().next() == Some(&key);
        drop(state);
        if !starts && earliest {
            self.due.notify_one();
        }
        starts
    }

    /// Runs jobs until none is left.
    pub fn run(&self) {
        let mut state = self.state.lock();
        while let Some((next, _)) = state.jobs.keys().next().copied() {
            let now = Instant::now();
            if next > now {
                self.due.wait_until(&mut state, next);
                continue;
            }
            let later = state.jobs.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut state.jobs, later);
            drop(state);
            due.into_values().for_each(|job| job());
            std::thread::sleep(TICK);
            state = self.state.lock();
        }
        state.runs = false;
    }
}
