//! The session with the server: what names it, and who waits until it is there.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use super::message;

// mcp-remote waits as long for `notifications/initialized` to be delivered.
const DELIVERED: Duration = Duration::from_secs(10);
// What a server asks by its own stream is lost until the stream is there, and some say nothing there for long.
const STREAM: Duration = Duration::from_millis(300);

/// Holds the session.
#[derive(Debug, Default)]
pub struct Session {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    // Until when requests are held back.
    settling: Option<Instant>,
    named: Named,
    // The session that another one is opened for.
    lost: Option<Named>,
    initialize: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    // Nothing was ever said to the server.
    #[default]
    Fresh,
    // The first message is under way, and everything else waits for what comes of it.
    Opening,
    Open,
    // Another session is being opened in place of one that was lost.
    Reopening,
}

/// Holds what goes with every request of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The id that the server gave.
    pub id: Option<String>,
    /// The revision of the protocol that was agreed on.
    pub version: Option<String>,
    /// Which session it is, counted from the first.
    pub generation: u64,
}

impl Session {
    /// Returns whether a message is the first one; it then opens the session, and the others wait for it.
    pub fn opens(&self) -> bool {
        let mut state = self.lock();
        if state.phase == Phase::Fresh {
            state.phase = Phase::Opening;
            return true;
        }
        false
    }

    /// Says what came of the first message. Where nothing did, the next one is the first.
    pub fn opened(&self, well: bool) {
        let mut state = self.lock();
        if state.phase == Phase::Opening {
            state.phase = if well { Phase::Open } else { Phase::Fresh };
            self.changed.notify_all();
        }
    }

    /// Says that another session is being opened, and that everything else is to wait for it.
    pub fn reopens(&self) {
        self.lock().phase = Phase::Reopening;
    }

    /// Says what came of another session. Where nothing did, the next message finds the old one lost again.
    pub fn reopened(&self, well: bool) {
        let mut state = self.lock();
        if let Some(lost) = state.lost.take().filter(|_| !well) {
            state.named = lost;
        }
        if state.phase == Phase::Reopening {
            state.phase = Phase::Open;
        }
        self.changed.notify_all();
    }

    /// Waits until the first message has come through, however long a person takes to sign in for it.
    pub fn wait_first(&self) {
        let opening = |state: &mut State| state.phase == Phase::Opening;
        drop(self.changed.wait_while(self.lock(), opening));
    }

    /// Waits a while for a session that is being opened anew, and returns what goes with a request then; none where
    /// it does not come.
    pub fn wait_open(&self, patience: Duration) -> Option<Named> {
        let reopening = |state: &mut State| state.phase == Phase::Reopening;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, reopening);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        (!waited.timed_out()).then(|| state.named.clone())
    }

    /// Holds requests back while `notifications/initialized` is under way: the server may refuse them before.
    pub fn settles(&self) {
        self.lock().settling = Some(Instant::now() + DELIVERED);
    }

    /// Holds requests back a little longer, while the server's own stream is opened.
    pub fn delivered(&self) {
        let mut state = self.lock();
        state.settling = state.settling.map(|_| Instant::now() + STREAM);
        self.changed.notify_all();
    }

    /// Holds nothing back any more.
    pub fn settled(&self) {
        self.lock().settling = None;
        self.changed.notify_all();
    }

    /// Waits until the server knows that the client is there.
    pub fn wait_settled(&self) {
        let mut state = self.lock();
        while let Some(until) = state.settling {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns what goes with a request now.
    pub fn named(&self) -> Named {
        self.lock().named.clone()
    }

    /// Keeps what the client opened the session with.
    pub fn keep_initialize(&self, bytes: &[u8]) {
        self.lock().initialize = Some(bytes.to_vec());
    }

    /// Takes the id that the answer to `initialize` carries.
    pub fn take_id(&self, id: Option<&str>) {
        self.lock().named.id = id.map(str::to_owned);
    }

    /// Takes the revision that the answer to `initialize` names.
    pub fn take_version(&self, answer: &[u8]) {
        // Whatever else is in it need not be what serde_json can hold.
        #[derive(Deserialize)]
        struct Answer {
            result: Welcome,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Welcome {
            protocol_version: String,
        }
        let read: Option<Answer> = serde_json::from_slice(answer).ok();
        self.set_version(read.map(|answer| answer.result.protocol_version));
    }

    /// Sets the revision.
    pub fn set_version(&self, version: Option<String>) {
        let mut state = self.lock();
        state.named.version = version.or(state.named.version.take());
    }

    /// Begins anew after the server has lost the session, which everything else waits for: returns the client's
    /// own `initialize` under an id of the bridge's. None: the client never said it, or somebody else has begun
    /// anew already.
    pub fn begin_anew(&self, lost: u64, id: &str) -> Option<Vec<u8>> {
        let mut state = self.lock();
        if state.named.generation != lost {
            return None;
        }
        let read = message::value(state.initialize.as_ref()?);
        // Nor can a batch be said again.
        let mut message = read.filter(Value::is_object)?;
        message["id"] = id.into();
        let named = Named { generation: lost + 1, ..Named::default() };
        state.lost = Some(std::mem::replace(&mut state.named, named));
        state.phase = Phase::Reopening;
        Some(message.to_string().into())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_is_lost_begins_anew_once() {
        let session = Session::default();
        assert_eq!(session.begin_anew(0, "x"), None);
        session.keep_initialize(br#"{"id":1,"method":"initialize"}"#);
        session.take_id(Some("s"));
        session.take_version(br#"{"id":1,"result":{"protocolVersion":"2025-06-18"}}"#);
        assert_eq!(session.named().version.as_deref(), Some("2025-06-18"));
        let anew = session.begin_anew(0, "x").unwrap();
        assert_eq!(anew, br#"{"id":"x","method":"initialize"}"#);
        assert_eq!(session.named(), Named { generation: 1, ..Named::default() });
        assert_eq!(session.begin_anew(0, "y"), None);
        session.reopened(false);
        let named = session.named();
        assert_eq!((named.id.as_deref(), named.generation), (Some("s"), 0));
        assert_eq!(named.version.as_deref(), Some("2025-06-18"));
        assert!(session.begin_anew(0, "z").is_some(), "the next message finds it lost");
    }

    #[test]
    fn a_client_that_says_half_a_surrogate_pair_gets_another_session_too() {
        let session = Session::default();
        session.keep_initialize(br#"{"id":1,"method":"initialize","params":"\ud83d"}"#);
        assert!(session.begin_anew(0, "x").is_some());
    }

    #[test]
    fn only_one_message_is_the_first() {
        let session = Session::default();
        assert!(session.opens() && !session.opens());
        session.opened(false);
        assert!(session.opens());
        session.opened(true);
        session.wait_first();
        assert!(!session.opens());
    }
}
