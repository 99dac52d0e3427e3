//! The client's requests that are under way, each until its answer has passed.

use std::collections::{HashMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::wire::Grip;

/// Holds a request under way.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The id as the client wrote it.
    pub id: String,
    /// A grip on its answer.
    pub grip: Grip,
    /// What the bridge has to do with the answer.
    pub kind: Kind,
    serial: u64,
}

/// Says what the bridge has to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It names the revision of the protocol.
    Initialize,
    /// It lists tools, of which some may not be seen.
    Tools,
    /// Nothing.
    Other,
}

impl Kind {
    /// Returns the kind of the answer to a method.
    pub fn of(method: Option<&str>) -> Self {
        match method {
            Some("initialize") => Self::Initialize,
            Some("tools/list") => Self::Tools,
            Some(_) | None => Self::Other,
        }
    }
}

// As many are remembered, if that many answers never come.
const DISMISSED: usize = 10_000;

/// Holds the requests under way.
#[derive(Debug, Default)]
pub struct Exchanges {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    by_id: HashMap<String, Exchange>,
    dismissed: HashSet<String>,
    count: u64,
    // Answers that are being written.
    passing: usize,
    // Threads that wait for one of them: there is seldom any, and to wake nobody takes the system as long.
    waiters: usize,
}

impl State {
    fn has(&self, exchange: &Exchange) -> bool {
        self.by_id.get(&key(&exchange.id)).is_some_and(|known| known.serial == exchange.serial)
    }
}

/// Holds a request whose answer is being written to the client, until it is.
#[derive(Debug)]
pub struct Passing<'a> {
    /// What the bridge has to do with the answer.
    pub kind: Kind,
    exchanges: &'a Exchanges,
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        let mut state = self.exchanges.lock();
        state.passing -= 1;
        let waiters = state.waiters;
        drop(state);
        if waiters > 0 {
            self.exchanges.done.notify_all();
        }
    }
}

impl Exchanges {
    /// Begins one.
    pub fn begin(&self, id: &str, grip: &Grip, kind: Kind) -> Exchange {
        let mut state = self.lock();
        state.count += 1;
        let (id, serial) = (id.to_owned(), state.count);
        let exchange = Exchange { id, grip: grip.clone(), kind, serial };
        state.dismissed.remove(&key(&exchange.id));
        state.by_id.insert(key(&exchange.id), exchange.clone());
        exchange
    }

    /// Ends the one that an answer is for, if it is still under way.
    pub fn answered(&self, id: &str) -> Option<Passing<'_>> {
        let mut state = self.lock();
        let kind = state.by_id.remove(&key(id))?.kind;
        state.passing += 1;
        Some(Passing { kind, exchanges: self })
    }

    /// Ends one without its answer, if it is still under way; an answer that comes later is one too many.
    pub fn dismissed(&self, exchange: &Exchange) -> Option<Passing<'_>> {
        if !self.waits(exchange) {
            return None;
        }
        let mut state = self.lock();
        if state.dismissed.len() >= DISMISSED {
            state.dismissed.clear();
        }
        state.dismissed.insert(key(&exchange.id));
        drop(state);
        self.answered(&exchange.id)
    }

    /// Returns whether an answer is to one that was ended without it.
    pub fn was_dismissed(&self, id: &str) -> bool {
        let mut state = self.lock();
        !state.dismissed.is_empty() && state.dismissed.remove(&key(id))
    }

    /// Returns whether one is still under way.
    pub fn waits(&self, exchange: &Exchange) -> bool {
        self.lock().has(exchange)
    }

    /// Waits a while for the answer to one.
    pub fn wait_for(&self, exchange: &Exchange, patience: Duration) {
        self.wait_while(patience, |state| state.has(exchange));
    }

    /// Finds the one with an id.
    pub fn find(&self, id: &str) -> Option<Exchange> {
        self.lock().by_id.get(&key(id)).cloned()
    }

    /// Counts those of one request.
    pub fn count(&self, grip: &Grip) -> usize {
        self.lock().by_id.values().filter(|exchange| exchange.grip.is(grip)).count()
    }

    /// Lists all of them.
    pub fn all(&self) -> Vec<Exchange> {
        self.lock().by_id.values().cloned().collect()
    }

    /// Waits a while until none is under way.
    pub fn wait_done(&self, patience: Duration) {
        self.wait_while(patience, |state| !state.by_id.is_empty() || state.passing > 0);
    }

    fn wait_while(&self, patience: Duration, waits: impl Fn(&State) -> bool) {
        let mut state = self.lock();
        state.waiters += 1;
        let waited = self.done.wait_timeout_while(state, patience, |state| waits(state));
        waited.unwrap_or_else(PoisonError::into_inner).0.waiters -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Servers read an id and write it again: `1.0` comes back as `1`, and a text with other escapes.
fn key(id: &str) -> String {
    if !id.contains(['\\', '.', 'e', 'E']) {
        return id.to_owned();
    }
    let read: Value = serde_json::from_str(id).unwrap_or_default();
    match read.as_f64().filter(|number| number.fract() == 0.0) {
        Some(number) => format!("{number:.0}"),
        None => read.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_however_it_is_written() {
        for (one, other) in [("1.0", "1"), ("1e2", "100"), (r#""\u0061""#, "\"a\""), ("7", "7")] {
            let exchanges = Exchanges::default();
            let exchange = exchanges.begin(one, &Grip::default(), Kind::Other);
            assert!(exchanges.waits(&exchange), "{one}");
            assert!(exchanges.answered(other).is_some());
            assert!(!exchanges.waits(&exchange));
        }
        let exchanges = Exchanges::default();
        exchanges.begin("1", &Grip::default(), Kind::Other);
        assert!(exchanges.answered("\"1\"").is_none());
    }
}
