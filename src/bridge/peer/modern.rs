//! A server of the revision 2026-07-28: performs the actions of the state machine in `bridge/modern.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Receiver;
use super::streamable::StreamablePeer;
use crate::bridge::error::BridgeError;
use crate::bridge::in_flight::{
    OutgoingMessage, RESERVE_TIMEOUT, RequestKind, RequestSlot, VERSION_HEADER,
};
use crate::bridge::message::{self, JsonRpcMessage, NotAMessage};
use crate::bridge::modern::{self, Action, DiscoverOutcome, Modern};
use crate::bridge::relay::{Recipient, Relay};
use crate::diagnostic::one_line;
use crate::http::CancelHandle;

// mcp-remote's timeout for `server/discover`.
const DISCOVER: Duration = Duration::from_secs(10);
// A message that is forwarded unchanged may be nested deeper, because it is not parsed into a tree.
const UNREADABLE: &str = "cannot translate the message to another revision: the message is nested more than 128 levels deep, or contains a number that is out of range";

/// A server that speaks 2026-07-28.
#[derive(Debug)]
pub struct ModernPeer {
    relay: Arc<Relay>,
    http: Arc<StreamablePeer>,
    machine: Mutex<Modern>,
}

/// The meaning of the server's response to `server/discover`.
pub enum Negotiated {
    /// The server speaks 2026-07-28. The actions respond to the client's `initialize`.
    Modern(Arc<ModernPeer>, Vec<Action>),
    /// The server speaks an older revision, if any.
    Legacy,
    /// The server and the bridge have no common revision, and the client has received this error.
    Incompatible,
}

/// Finds out whether the server speaks 2026-07-28.
///
/// # Errors
/// Fails if the server cannot be reached, or no credential is accepted.
pub fn negotiate(
    relay: &Arc<Relay>,
    http: &Arc<StreamablePeer>,
    initialize: &[u8],
) -> Result<Negotiated, BridgeError> {
    let initialize = message::value(initialize).unwrap_or_default();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let response = discover(relay, http, &initialize)?;
        match modern::judge(&initialize, &response, attempts) {
            DiscoverOutcome::Again => {}
            DiscoverOutcome::Legacy => return Ok(Negotiated::Legacy),
            DiscoverOutcome::Incompatible(response) => {
                relay.deliver_own(response.to_string().into_bytes());
                return Ok(Negotiated::Incompatible);
            }
            DiscoverOutcome::Modern(machine, actions) => {
                relay.log().debug("the server speaks the revision 2026-07-28");
                relay.in_flight().session().set_version(Some(modern::VERSION.to_owned()));
                let (relay, http, machine) =
                    (Arc::clone(relay), Arc::clone(http), Mutex::new(*machine));
                return Ok(Negotiated::Modern(
                    Arc::new(ModernPeer { relay, http, machine }),
                    actions,
                ));
            }
        }
    }
}

fn discover(
    relay: &Arc<Relay>,
    http: &Arc<StreamablePeer>,
    initialize: &Value,
) -> Result<Value, BridgeError> {
    let own = relay.in_flight().requests().begin_own();
    let probe = modern::probe(initialize, own.id()).to_string().into_bytes();
    let message = OutgoingMessage {
        initialize: true,
        opens: true,
        headers: vec![
            (VERSION_HEADER.to_owned(), modern::VERSION.to_owned()),
            ("Mcp-Method".to_owned(), "server/discover".to_owned()),
        ],
        ..OutgoingMessage::own(probe, Some(own.id()))
    };
    abort_when_silent(relay, &message.cancel);
    let sent = http.probe(&message);
    match relay.own_response(&own, sent, Duration::ZERO) {
        Ok(response) => Ok(message::value(&response).unwrap_or_default()),
        Err(error @ (BridgeError::Http(_) | BridgeError::Credential(_)))
            if !message.cancel.is_aborted() =>
        {
            Err(error)
        }
        Err(error) => Ok(json!({ "error": json_rpc_error(&error) })),
    }
}

// Aborts the request if it gets no response within DISCOVER after it was sent. If the server requires a sign-in, the
// request is sent again after it, and the time starts again.
fn abort_when_silent(relay: &Arc<Relay>, cancel: &CancelHandle) {
    let rest = remaining(cancel.sent_at(), Instant::now());
    if rest.is_zero() {
        return cancel.abort();
    }
    let (later, cancel) = (Arc::clone(relay), cancel.clone());
    relay.in_flight().pool().later(rest, move || abort_when_silent(&later, &cancel));
}

fn remaining(sent: Option<Instant>, now: Instant) -> Duration {
    sent.map_or(DISCOVER, |sent| DISCOVER.saturating_sub(now.duration_since(sent)))
}

impl ModernPeer {
    /// Handles a message from the client.
    pub fn receive_from_client(self: &Arc<Self>, bytes: &[u8]) {
        match message::value(bytes) {
            Some(message) => self.step(|machine| machine.receive_from_client(message)),
            None => {
                let messages = message::parse(bytes).unwrap_or_default();
                for id in messages.iter().filter_map(JsonRpcMessage::request) {
                    self.relay.refuse(id, UNREADABLE);
                }
            }
        }
    }

    // Handles a message from the server.
    fn receive_from_server(self: &Arc<Self>, bytes: Vec<u8>) -> Result<(), NotAMessage> {
        let messages = message::parse(&bytes)?;
        let _ended = match self.relay.recipient(&messages) {
            Recipient::Nobody => return Ok(()),
            Recipient::Bridge(sender) => {
                sender.send(bytes).ok();
                return Ok(());
            }
            Recipient::Client(ended) => ended,
        };
        match message::value(&bytes) {
            Some(mut message) => {
                let connection = self.relay.connection();
                for one in message.as_array_mut().into_iter().flatten() {
                    connection.redact_error(one.get_mut("error"));
                }
                connection.redact_error(message.get_mut("error"));
                self.step(|machine| machine.receive_from_server(message));
            }
            None => {
                for id in messages.iter().filter_map(JsonRpcMessage::answers) {
                    let id = serde_json::from_str(id).unwrap_or_default();
                    self.step(|machine| machine.ended(&id, UNREADABLE));
                }
            }
        }
        Ok(())
    }

    fn step(self: &Arc<Self>, step: impl FnOnce(&mut Modern) -> Vec<Action>) {
        let actions = step(&mut self.machine.lock());
        self.perform(actions);
    }

    /// Performs the actions of the state machine.
    pub fn perform(self: &Arc<Self>, actions: Vec<Action>) {
        let in_flight = self.relay.in_flight();
        for action in actions {
            match action {
                Action::ToClient(message) => {
                    self.relay.deliver_own(message.to_string().into_bytes());
                }
                Action::ToServer { message, headers } => self.send(&message, headers),
                Action::Abandon(id) => {
                    if let Some(request) = in_flight.requests().find(&id.to_string()) {
                        request.cancel.abort();
                        drop(in_flight.requests().answered(&request.id));
                    }
                }
                Action::Later(after, kind) => {
                    let peer = Arc::clone(self);
                    in_flight.pool().later(after, move || {
                        peer.step(|machine| machine.wake(kind));
                    });
                }
                Action::Log(text) => self.relay.log().line(&text),
            }
        }
    }

    fn send(self: &Arc<Self>, message: &Value, headers: Vec<(String, String)>) {
        let in_flight = self.relay.in_flight();
        let cancel = CancelHandle::default();
        let id = message.get("id").filter(|id| !id.is_null()).cloned();
        let begin = |id: &Value| {
            in_flight.requests().begin_with(&id.to_string(), &cancel, RequestKind::Other)
        };
        let requests: Vec<_> = id.iter().map(begin).collect();
        let bytes = message.to_string().into_bytes();
        let message =
            OutgoingMessage { requests, cancel, headers, ..OutgoingMessage::own(bytes, None) };
        let Some(reserved) = in_flight.pool().reserve(message.bytes.len(), RESERVE_TIMEOUT) else {
            return self.fail(&message, id.as_ref(), &BridgeError::TooMuch);
        };
        let (peer, has_requests) = (Arc::clone(self), id.is_some());
        let job = move |slot: Option<RequestSlot>| {
            if let Some(slot) = slot {
                message.cancel.keep(slot);
            }
            let deliver = |bytes| peer.receive_from_server(bytes);
            let receiver = Receiver { deliver: &deliver, error_bodies: false };
            if let Err(error) = peer.http.send_to(&message, &receiver) {
                peer.fail(&message, id.as_ref(), &error);
            }
            message.cancel.release();
            drop(reserved);
        };
        if has_requests {
            in_flight.pool().run_request(move |slot| job(Some(slot)));
        } else {
            in_flight.pool().run(move || job(None));
        }
    }

    fn fail(self: &Arc<Self>, message: &OutgoingMessage, id: Option<&Value>, error: &BridgeError) {
        let (connection, requests) = (self.relay.connection(), self.relay.in_flight().requests());
        let request = message.requests.first().filter(|_| !message.cancel.is_aborted());
        let Some(request) = request else { return };
        let Some(id) = id.filter(|_| requests.has(request)) else { return };
        let _ended = requests.answered(&request.id);
        let why = connection.redact(one_line(error));
        self.relay.log().debug(&why);
        self.step(|machine| match error.json_rpc_error() {
            Some(error) => {
                machine.receive_from_server(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
            }
            None => machine.ended(id, &why),
        });
    }
}

// Returns the error in the form in which a server could send it.
fn json_rpc_error(error: &BridgeError) -> Value {
    let sent = error.json_rpc_error().cloned();
    sent.unwrap_or_else(|| json!({ "code": message::CODE, "message": one_line(error) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_for_a_response_starts_when_the_request_is_sent_last() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        // While a person signs in, the request counts as not sent.
        assert_eq!(remaining(None, after(60)), DISCOVER);
        assert_eq!(remaining(Some(after(60)), after(61)), Duration::from_secs(9));
        assert_eq!(remaining(Some(after(60)), after(75)), Duration::ZERO);
    }
}
