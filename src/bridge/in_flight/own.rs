//! What the bridge says to the server by itself: pings, and a new session in place of one that was lost.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::message;
use super::relay::{OutgoingMessage, Transport};
use super::wire::CancelHandle;
use super::{Bridge, BridgeError};

const ANSWER_TO_OWN: Duration = Duration::from_secs(30);

impl Bridge {
    /// Pings the server for as long as the bridge is there.
    pub fn keep_alive(self: &Arc<Self>, interval: Duration) {
        loop {
            std::thread::sleep(interval);
            if let Err(failure) = self.ask(|id| message::request(id, "ping")) {
                self.say.debug(&format!("a ping was not answered: {failure}"));
            }
        }
    }

    /// Finds who waits for an answer to a question of the bridge's own.
    pub fn take_asker(&self, id: &str) -> Option<Sender<Vec<u8>>> {
        let id = id.strip_prefix('"')?.strip_suffix('"')?;
        if !id.starts_with(message::OWN) {
            return None;
        }
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    // Asks the server something that the client knows nothing of.
    fn ask(self: &Arc<Self>, make: impl Fn(&str) -> Vec<u8>) -> Result<Vec<u8>, BridgeError> {
        let (id, answer) = self.own_id();
        // Nobody is asked to sign in for a question that nobody has put.
        let carried = self.carry(&OutgoingMessage { person: false, ..OutgoingMessage::own(make(&id), Some(&id)) });
        self.answer_to(&id, &answer, carried)
    }

    /// Makes an id of the bridge's own, and where its answer comes in.
    pub fn own_id(&self) -> (String, Receiver<Vec<u8>>) {
        let id = format!("{}{}", message::OWN, self.own_count.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = channel();
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        (id, answer)
    }

    /// Waits for the answer to a question of the bridge's own, which was carried or not.
    ///
    /// # Errors
    /// Fails where there is none.
    pub fn answer_to(
        &self,
        id: &str,
        answer: &Receiver<Vec<u8>>,
        carried: Result<(), BridgeError>,
    ) -> Result<Vec<u8>, BridgeError> {
        let by_stream = matches!(self.transport.get(), Some(Transport::Sse(_)));
        let patience = if by_stream && carried.is_ok() { ANSWER_TO_OWN } else { Duration::ZERO };
        let answered = answer.recv_timeout(patience);
        self.forget(id);
        carried?;
        answered.map_err(|_| BridgeError::Unanswered { url: self.shown() })
    }

    /// Returns whether a question of the bridge's own is unanswered.
    pub fn waits_for(&self, id: &str) -> bool {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    fn forget(&self, id: &str) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Fails all questions of the bridge's own: no answer to them comes any more. Returns when a session that was
    /// being opened by one of them has been given up.
    pub fn forget_own(&self) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.opening.lock().unwrap_or_else(PoisonError::into_inner).cut();
        drop(self.renewing.lock());
    }

    /// Opens another session in place of one that the server has lost.
    ///
    /// # Errors
    /// Fails where the server opens none.
    pub fn begin_anew(self: &Arc<Self>, lost: u64) -> Result<(), BridgeError> {
        let _one = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, answer) = self.own_id();
        let Some(bytes) = self.session.begin_anew(lost, &id) else {
            self.forget(&id);
            self.session.reopened(true);
            return Ok(());
        };
        self.say.debug("the server has lost the session; another one is opened");
        let opened = self.open_anew(bytes, &id, &answer);
        self.session.reopened(opened.is_ok());
        // Where none is opened, the old one may be there still, and its stream with it.
        opened?;
        self.own_stream.lock().unwrap_or_else(PoisonError::into_inner).cut();
        self.begin_listening();
        Ok(())
    }

    fn open_anew(
        self: &Arc<Self>,
        bytes: Vec<u8>,
        id: &str,
        answer: &Receiver<Vec<u8>>,
    ) -> Result<(), BridgeError> {
        let grip = CancelHandle::default();
        *self.opening.lock().unwrap_or_else(PoisonError::into_inner) = grip.clone();
        let opens = |task: OutgoingMessage| OutgoingMessage { opens: true, grip: grip.clone(), ..task };
        let initialize = opens(OutgoingMessage::own(bytes, Some(id)));
        let carried = self.carry(&OutgoingMessage { initialize: true, ..initialize });
        let answer = self.answer_to(id, answer, carried)?;
        let opened = message::read(&answer)
            .is_ok_and(|messages| messages.iter().all(|message| !message.is_error()));
        if !opened {
            return Err(BridgeError::Unanswered { url: self.shown() });
        }
        self.session.take_version(&answer);
        let initialized = message::notification("notifications/initialized");
        self.carry(&opens(OutgoingMessage::own(initialized, None)))
    }
}
