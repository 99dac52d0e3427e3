//! Messages from the client, and the order in which they are sent to the server.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use parking_lot::Mutex;

use super::connection::END_SESSION_TIMEOUT;
use super::error::BridgeError;
use super::in_flight::{OutgoingMessage, PendingRequest, RESERVE_TIMEOUT};
use super::message::{self, JsonRpcMessage};
use super::peer::Peers;
use super::relay::Relay;
use super::stdio::{self, StdioLine};
use super::{EndReason, OnEnd};
use crate::http::CancelHandle;

// How long to wait for responses after the client has closed standard input.
const LAST_RESPONSES: Duration = Duration::from_millis(200);
// How long to wait for a refresh in progress. If the new refresh token were lost, a person would have to sign in again.
const REFRESH: Duration = Duration::from_secs(5);
// How long the bridge still waits for the response to a request that the client has cancelled.
const CANCELLED_GRACE: Duration = Duration::from_secs(30);
const TOO_LONG: &str = "the message is longer than the limit of 64 MiB";

type Work = Box<dyn FnOnce()>;

/// A running bridge.
pub struct Bridge {
    stdin: Mutex<Box<dyn BufRead + Send>>,
    on_end: Arc<OnEnd>,
    relay: Arc<Relay>,
    peers: Peers,
}

impl Bridge {
    pub(super) fn new(
        stdin: Box<dyn BufRead + Send>,
        on_end: Arc<OnEnd>,
        relay: Arc<Relay>,
        peers: Peers,
    ) -> Self {
        Self { stdin: Mutex::new(stdin), on_end, relay, peers }
    }

    /// Reads messages until standard input is closed. The thread that has read a message also sends it, and another
    /// thread continues to read, so that a message never waits for a thread to wake up.
    pub fn read_messages(self: &Arc<Self>) {
        loop {
            let line = {
                let mut stdin = self.stdin.lock();
                stdio::read_line(&mut *stdin, message::LIMIT)
            };
            match line {
                StdioLine::Message(bytes) => {
                    if let Some(work) = self.accept(bytes) {
                        let bridge = Arc::clone(self);
                        self.relay.in_flight().pool().run(move || bridge.read_messages());
                        return work();
                    }
                }
                StdioLine::TooLong(id) => {
                    self.relay.log().line(&format!("ignored a line from the client: {TOO_LONG}"));
                    if let Some(id) = id {
                        self.relay.refuse(&id, TOO_LONG);
                    }
                }
                StdioLine::End => return (self.on_end)(EndReason::InputClosed),
            }
        }
    }

    /// Ends the session with the server. First waits for the last responses if standard input was closed, and then
    /// waits for a refresh in progress.
    pub fn close(&self, reason: EndReason) {
        let in_flight = self.relay.in_flight();
        if reason == EndReason::InputClosed {
            in_flight.requests().wait_done(LAST_RESPONSES);
        }
        let session = in_flight.session().headers();
        if session.id.is_some() {
            let (done, ended) = channel();
            let relay = Arc::clone(&self.relay);
            in_flight.pool().run(move || {
                relay.connection().end_session(&session);
                done.send(()).ok();
            });
            ended.recv_timeout(END_SESSION_TIMEOUT).ok();
        }
        self.relay.connection().wait_refreshed(REFRESH);
    }

    // Registers a message, and returns the job that sends it. Returns `None` if the job waits for a free slot, or if
    // nothing has to be sent.
    fn accept(self: &Arc<Self>, bytes: Vec<u8>) -> Option<Work> {
        if bytes.trim_ascii().is_empty() {
            return None;
        }
        let messages = match message::parse(&bytes) {
            Ok(messages) => messages,
            Err(error) => {
                self.relay.log().line(&format!("ignored a line from the client: {error}"));
                return None;
            }
        };
        self.relay.log().messages("to the server:", &messages);
        if self.relay.refuse_hidden(&messages) || self.peers.translate(&bytes) {
            return None;
        }
        let (requests, session) =
            (self.relay.in_flight().requests(), self.relay.in_flight().session());
        let initialize = messages.iter().any(|message| message.is("initialize"));
        let initialized = messages.iter().any(|message| message.is("notifications/initialized"));
        let cancel = CancelHandle::default();
        let pending = messages.iter().filter_map(|message| requests.begin(message, &cancel));
        let pending: Vec<_> = pending.collect();
        let cancelled = messages.iter().filter_map(|message| self.note_cancelled(message));
        let cancelled: Vec<_> = cancelled.collect();
        let opens = session.opens();
        let message = OutgoingMessage {
            requests: pending,
            cancel,
            initialize,
            opens,
            ..OutgoingMessage::own(bytes, None)
        };
        if initialize {
            session.keep_initialize(&message.bytes);
        }
        if initialized {
            session.settles();
        }
        self.schedule(message, cancelled, initialized)
    }

    fn schedule(
        self: &Arc<Self>,
        message: OutgoingMessage,
        cancelled: Vec<PendingRequest>,
        initialized: bool,
    ) -> Option<Work> {
        let pool = self.relay.in_flight().pool();
        let Some(reserved) = pool.reserve(message.bytes.len(), RESERVE_TIMEOUT) else {
            self.relay.fail(&message, &BridgeError::TooMuch);
            return None;
        };
        let (bridge, has_requests) = (Arc::clone(self), !message.requests.is_empty());
        let work = move |slot| {
            if let Some(slot) = slot {
                message.cancel.keep(slot);
            }
            let requests = bridge.relay.in_flight().requests();
            cancelled.iter().for_each(|request| requests.wait_received(request));
            // If a request was cancelled before it was sent, the server gets neither the request nor the cancellation.
            let unsent = |cancel: &CancelHandle| cancel.is_aborted() && !cancel.is_sent();
            if cancelled.iter().any(|request| unsent(&request.cancel)) {
                return;
            }
            bridge.carry(&message, initialized);
            message.cancel.release();
            drop(reserved);
        };
        if !has_requests {
            return Some(Box::new(move || work(None)));
        }
        let work = pool.admit(move |slot| work(Some(slot)));
        work.map(|work| Box::new(work) as Work)
    }

    // The first message opens the session, and the other messages wait for it.
    fn carry(&self, message: &OutgoingMessage, initialized: bool) {
        let session = self.relay.in_flight().session();
        if !message.opens {
            session.wait_first();
            if !initialized && !message.requests.is_empty() {
                session.wait_settled();
            }
        }
        let sent = self.peers.send(message);
        if message.opens {
            session.opened(sent.is_ok());
        }
        if initialized {
            session.delivered();
            let listens = sent.is_ok() && self.peers.start_listening();
            if !listens {
                session.settled();
            }
        }
        if let Err(error) = sent {
            self.relay.fail(message, &error);
        }
    }

    // The server may still respond to a cancelled request. The bridge stops waiting for the response after
    // CANCELLED_GRACE.
    fn note_cancelled(&self, message: &JsonRpcMessage<'_>) -> Option<PendingRequest> {
        let id = message.cancels().filter(|_| message.is("notifications/cancelled"))?;
        let requests = self.relay.in_flight().requests();
        let request = requests.find(id)?;
        // If the request is part of a batch, the client still waits for the other requests.
        let alone = requests.count(&request.cancel) == 1;
        if request.cancel.mark_cancelled() && alone {
            request.cancel.release();
            if !request.cancel.is_sent() {
                request.cancel.abort();
            }
            let (relay, late) = (Arc::clone(&self.relay), request.clone());
            self.relay.in_flight().pool().later(CANCELLED_GRACE, move || {
                late.cancel.abort();
                drop(relay.in_flight().requests().dismiss(&late));
            });
        }
        Some(request)
    }
}

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge").field("relay", &self.relay).finish_non_exhaustive()
    }
}
