//! The session with the server: its headers, and the gate at which messages wait until the session is open.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use serde::Deserialize;
use serde_json::Value;

use crate::auth::session::SESSION_HEADER;
use crate::bridge::message;
use crate::http::CancelHandle;

/// The header that names the revision of the protocol.
pub const VERSION_HEADER: &str = "MCP-Protocol-Version";

// mcp-remote's timeout for delivering `notifications/initialized`.
const DELIVERED: Duration = Duration::from_secs(10);
// How long requests wait for the standalone stream. Before it is open, the server's requests on it are lost, and some
// servers open it late.
const STREAM: Duration = Duration::from_millis(300);

// No revision has a longer name.
const LONGEST_VERSION: usize = 64;

/// The session and its gate.
#[derive(Debug, Default)]
pub struct Session {
    state: Mutex<SessionState>,
    changed: Condvar,
    // Locked while a new session is opened in place of a lost one.
    reopening: Mutex<()>,
    // Cancels the request that opens the new session.
    reopening_cancel: Mutex<CancelHandle>,
}

#[derive(Debug, Default)]
struct SessionState {
    phase: SessionPhase,
    // The time until which requests wait for `notifications/initialized` and the standalone stream.
    settling: Option<Instant>,
    headers: SessionHeaders,
    // The session that is being replaced.
    lost: Option<SessionHeaders>,
    initialize: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum SessionPhase {
    // Nothing has been sent to the server.
    #[default]
    Fresh,
    // The first message is in flight, and all others wait for its result.
    Opening,
    Open,
    // A new session is being opened in place of a lost one.
    Reopening,
}

/// The session headers of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionHeaders {
    /// The session id, if the server assigned one.
    pub id: Option<String>,
    /// The negotiated revision of the protocol.
    pub version: Option<String>,
    /// How many sessions were opened before this one.
    pub generation: u64,
}

impl SessionHeaders {
    /// Returns the headers by their names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let id = self.id.as_deref().map(|id| (SESSION_HEADER, id));
        id.into_iter().chain(self.version_pair())
    }

    /// Returns the header for the revision alone.
    pub fn version_pair(&self) -> Option<(&str, &str)> {
        self.version.as_deref().map(|version| (VERSION_HEADER, version))
    }
}

impl Session {
    /// Returns whether the caller's message is the first: it opens the session, and all others wait for it.
    pub fn opens(&self) -> bool {
        let mut state = self.state.lock();
        if state.phase == SessionPhase::Fresh {
            state.phase = SessionPhase::Opening;
            return true;
        }
        false
    }

    /// Ends the wait for the first message. If it failed, the next message counts as the first.
    pub fn opened(&self, success: bool) {
        let mut state = self.state.lock();
        if state.phase == SessionPhase::Opening {
            state.phase = if success { SessionPhase::Open } else { SessionPhase::Fresh };
            self.changed.notify_all();
        }
    }

    /// Makes messages wait for a new session.
    pub fn reopens(&self) {
        self.state.lock().phase = SessionPhase::Reopening;
    }

    /// Ends the wait for a new session. If no session was opened, the old one is used again, and the next message finds
    /// that it is lost.
    pub fn reopened(&self, success: bool) {
        let mut state = self.state.lock();
        if let Some(lost) = state.lost.take().filter(|_| !success) {
            state.headers = lost;
        }
        if state.phase == SessionPhase::Reopening {
            state.phase = SessionPhase::Open;
        }
        self.changed.notify_all();
    }

    /// Waits for the result of the first message, without a timeout: a person may have to sign in for it.
    pub fn wait_first(&self) {
        let opening = |state: &mut SessionState| state.phase == SessionPhase::Opening;
        self.changed.wait_while(&mut self.state.lock(), opening);
    }

    /// Returns the headers for a message. If a session is being reopened, waits for it, unless the message itself opens
    /// a session. Returns `None` after the timeout.
    pub fn headers_for(&self, opens: bool, timeout: Duration) -> Option<SessionHeaders> {
        if opens {
            return Some(self.headers());
        }
        let reopening = |state: &mut SessionState| state.phase == SessionPhase::Reopening;
        let mut state = self.state.lock();
        self.changed.wait_while_for(&mut state, reopening, timeout);
        (state.phase != SessionPhase::Reopening).then(|| state.headers.clone())
    }

    /// Makes requests wait until `notifications/initialized` is delivered, because the server may refuse earlier
    /// requests.
    pub fn settles(&self) {
        self.state.lock().settling = Some(Instant::now() + DELIVERED);
    }

    /// Makes requests wait a little longer, until the standalone stream is open.
    pub fn delivered(&self) {
        let mut state = self.state.lock();
        state.settling = state.settling.map(|_| Instant::now() + STREAM);
        self.changed.notify_all();
    }

    /// Ends the wait for `notifications/initialized` and the standalone stream.
    pub fn settled(&self) {
        self.state.lock().settling = None;
        self.changed.notify_all();
    }

    /// Waits until `notifications/initialized` is delivered and the standalone stream is open.
    pub fn wait_settled(&self) {
        let mut state = self.state.lock();
        while let Some(until) = state.settling {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            self.changed.wait_for(&mut state, left);
        }
    }

    /// Returns the headers of the current session.
    pub fn headers(&self) -> SessionHeaders {
        self.state.lock().headers.clone()
    }

    /// Keeps the client's `initialize`, to open another session with it.
    pub fn keep_initialize(&self, bytes: &[u8]) {
        self.state.lock().initialize = Some(bytes.to_vec());
    }

    /// Keeps the session id from the response to `initialize`.
    pub fn take_id(&self, id: Option<&str>) {
        self.state.lock().headers.id = id.map(str::to_owned);
    }

    /// Keeps the revision from the response to `initialize`. Returns whether a header can contain the revision.
    pub fn take_version(&self, response: &[u8]) -> bool {
        // The rest of the response may be JSON that `Value` cannot represent.
        #[derive(Deserialize)]
        struct InitializeResponse {
            result: InitializeResult,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct InitializeResult {
            protocol_version: String,
        }
        let read: Option<InitializeResponse> = serde_json::from_slice(response).ok();
        let version = read.map(|response| response.result.protocol_version);
        let usable = version.as_deref().is_none_or(|version| {
            version.len() <= LONGEST_VERSION && version.bytes().all(|byte| byte.is_ascii_graphic())
        });
        if usable {
            self.set_version(version);
        }
        usable
    }

    pub fn set_version(&self, version: Option<String>) {
        let mut state = self.state.lock();
        state.headers.version = version.or(state.headers.version.take());
    }

    /// Starts to replace a session that the server has lost, and makes messages wait for the new session. Returns the
    /// client's `initialize` under the new id `id`. Returns `None` if the client never sent `initialize`, or if another
    /// thread has already replaced the session.
    pub fn begin_anew(&self, lost: u64, id: &str) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        if state.headers.generation != lost {
            return None;
        }
        let read = message::value(state.initialize.as_ref()?);
        // A batch cannot be sent again.
        let mut message = read.filter(Value::is_object)?;
        message["id"] = id.into();
        let headers = SessionHeaders { generation: lost + 1, ..SessionHeaders::default() };
        state.lost = Some(std::mem::replace(&mut state.headers, headers));
        state.phase = SessionPhase::Reopening;
        Some(message.to_string().into())
    }

    /// Waits until no other thread replaces the session.
    pub fn lock_reopening(&self) -> MutexGuard<'_, ()> {
        self.reopening.lock()
    }

    /// Sets the handle that cancels the request that opens the new session.
    pub fn set_reopening(&self, cancel: CancelHandle) {
        *self.reopening_cancel.lock() = cancel;
    }

    /// Aborts the request that opens a new session, and waits until its thread has given up.
    pub fn abort_reopening(&self) {
        self.reopening_cancel.lock().abort();
        drop(self.lock_reopening());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_session_is_replaced_once() {
        let session = Session::default();
        assert_eq!(session.begin_anew(0, "x"), None);
        session.keep_initialize(br#"{"id":1,"method":"initialize"}"#);
        session.take_id(Some("s"));
        assert!(session.take_version(br#"{"id":1,"result":{"protocolVersion":"2025-06-18"}}"#));
        assert!(!session.take_version(br#"{"id":1,"result":{"protocolVersion":"a\r\nX: y"}}"#));
        assert!(session.take_version(br#"{"id":1,"error":{"code":1}}"#));
        assert_eq!(session.headers().version.as_deref(), Some("2025-06-18"));
        let anew = session.begin_anew(0, "x").unwrap();
        assert_eq!(anew, br#"{"id":"x","method":"initialize"}"#);
        assert_eq!(
            session.headers(),
            SessionHeaders { generation: 1, ..SessionHeaders::default() }
        );
        assert_eq!(session.begin_anew(0, "y"), None);
        session.reopened(false);
        let headers = session.headers();
        assert_eq!((headers.id.as_deref(), headers.generation), (Some("s"), 0));
        assert_eq!(headers.version.as_deref(), Some("2025-06-18"));
        assert!(session.begin_anew(0, "z").is_some(), "the next message finds it lost");
    }

    #[test]
    fn an_initialize_with_a_lone_surrogate_can_be_sent_again() {
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
