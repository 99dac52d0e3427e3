//! Streamable HTTP: each message is a POST request, and its response is one message or an event stream.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;

use super::{KeepAlive, Receiver};
use crate::auth::session::SESSION_HEADER;
use crate::bridge::connection::BridgeRequest;
use crate::bridge::error::BridgeError;
use crate::bridge::in_flight::{OutgoingMessage, SessionHeaders};
use crate::bridge::message::{self, JsonRpcMessage};
use crate::bridge::relay::Relay;
use crate::http::{CancelHandle, HttpMethod, Media, StreamingResponse};

mod standalone;
mod streams;

// Content types that a response may have.
const ACCEPT: &str = "application/json, text/event-stream";
// Timeout for a response delivered on the standalone stream.
const BY_STREAM: Duration = Duration::from_secs(300);
// How often a message is sent again because the server has lost its session.
const LOSSES: u32 = 3;
// A session id may be a signed token of several kilobytes. Servers accept header lines of 8 KiB.
const LONGEST_SESSION_ID: usize = 7 << 10;
const REOPEN_TIMEOUT: Duration = Duration::from_secs(60);

/// What a response belongs to: a message, the session in which it was sent, and the receiver.
struct ResponseTo<'a> {
    message: &'a OutgoingMessage,
    session: &'a SessionHeaders,
    receiver: &'a Receiver<'a>,
}

/// A server that speaks Streamable HTTP.
#[derive(Debug)]
pub struct StreamablePeer {
    relay: Arc<Relay>,
    keep_alive: KeepAlive,
    // Cancels the standalone stream, which must not outlive its session.
    standalone: Mutex<CancelHandle>,
}

impl StreamablePeer {
    pub fn new(relay: Arc<Relay>, keep_alive: KeepAlive) -> Self {
        Self { relay, keep_alive, standalone: Mutex::default() }
    }

    /// Sends a message, and delivers the response to the client.
    ///
    /// # Errors
    /// Fails if the server does not accept the message, or its response is incomplete.
    pub fn send(self: &Arc<Self>, message: &OutgoingMessage) -> Result<(), BridgeError> {
        let deliver = |bytes| self.relay.deliver(bytes);
        self.send_to(message, &Receiver { deliver: &deliver, error_bodies: true })
    }

    /// Sends a message to find out whether the server speaks Streamable HTTP.
    ///
    /// # Errors
    /// Fails on any error response, because its body does not prove which protocol the server speaks.
    pub fn probe(self: &Arc<Self>, message: &OutgoingMessage) -> Result<(), BridgeError> {
        let deliver = |bytes| self.relay.deliver(bytes);
        self.send_to(message, &Receiver { deliver: &deliver, error_bodies: false })
    }

    /// Sends a message, and delivers the response to a receiver.
    ///
    /// # Errors
    /// Fails if the server does not accept the message, or its response is incomplete.
    pub fn send_to(
        self: &Arc<Self>,
        message: &OutgoingMessage,
        receiver: &Receiver<'_>,
    ) -> Result<(), BridgeError> {
        let (connection, session) = (self.relay.connection(), self.relay.in_flight().session());
        let mut losses = 0;
        loop {
            let mut current = session
                .headers_for(message.opens, REOPEN_TIMEOUT)
                .ok_or_else(|| connection.unanswered())?;
            let mut headers: Vec<(&str, &str)> =
                vec![("Content-Type", "application/json"), ("Accept", ACCEPT)];
            if !message.initialize {
                headers.extend(current.pairs());
            }
            headers.extend(message.headers.iter().map(|(name, value)| (&**name, &**value)));
            let call = HttpMethod::Post(&message.bytes);
            let request = BridgeRequest { url: connection.url(), method: call, headers: &headers };
            let response = connection.send(&request, &message.cancel, message.person)?;
            let lost = response.status == 404 && current.id.is_some() && !message.opens;
            if lost && losses < LOSSES {
                // The body may be the response to this request, whatever its status.
                if self.receive_error(response, message, receiver).is_ok() {
                    return Ok(());
                }
                losses += 1;
                self.reopen(current.generation)?;
                continue;
            }
            if message.initialize && response.is_success() {
                let id = session_id(&response);
                session.take_id(id.ok_or_else(|| self.unusable_session_id())?);
                current = session.headers();
            }
            return self.receive(response, &ResponseTo { message, session: &current, receiver });
        }
    }

    fn receive(&self, response: StreamingResponse, to: &ResponseTo<'_>) -> Result<(), BridgeError> {
        let ResponseTo { message, receiver, .. } = to;
        let (connection, requests) = (self.relay.connection(), self.relay.in_flight().requests());
        if !response.is_success() {
            return self.receive_error(response, message, receiver);
        }
        match response.media() {
            Media::Json => {
                let answered = response.summary();
                let (body, _reserved) = connection.read_body(response)?;
                // The body of a response to a notification is ignored if it is not a message.
                let notification = message.requests.is_empty() && message.own.is_none();
                if !body.is_empty() && (receiver.deliver)(body).is_err() && !notification {
                    return Err(BridgeError::NoMessage { url: connection.shown(), answered });
                }
            }
            Media::Events => return self.receive_events(response, to),
            Media::Other if requests.is_answered(message) => response.drain(),
            Media::Other if matches!(response.status, 202 | 204) => {
                response.drain();
                // Some servers respond on the standalone stream.
                requests.wait_answered_by_stream(message, BY_STREAM);
            }
            Media::Other => {
                let answered = response.summary();
                return Err(BridgeError::NoMessage { url: connection.shown(), answered });
            }
        }
        if requests.is_answered(message) { Ok(()) } else { Err(connection.unanswered()) }
    }

    // The body of an error response may be the JSON-RPC response to the message.
    fn receive_error(
        &self,
        response: StreamingResponse,
        message: &OutgoingMessage,
        receiver: &Receiver<'_>,
    ) -> Result<(), BridgeError> {
        let connection = self.relay.connection();
        let (media, refused) = (response.media(), connection.refusal(&response));
        if media != Media::Json {
            return Err(refused);
        }
        let Ok((body, _reserved)) = connection.read_body(response) else { return Err(refused) };
        let ours = message::parse(&body).is_ok_and(|messages| {
            let mut ids = messages.iter().filter_map(JsonRpcMessage::answers);
            ids.any(|id| message.requests.iter().any(|request| request.id == *id))
        });
        if ours && receiver.error_bodies {
            return (receiver.deliver)(body).map_err(|_| refused);
        }
        let mut error =
            message::value(&body).and_then(|mut body| body.get_mut("error").map(Value::take));
        connection.redact_error(error.as_mut());
        Err(refused.with(error))
    }

    fn unusable_session_id(&self) -> BridgeError {
        BridgeError::SessionId { url: self.relay.connection().shown() }
    }

    // Opens a new session, and a standalone stream in it.
    fn reopen(self: &Arc<Self>, lost: u64) -> Result<(), BridgeError> {
        let reopened = self.relay.reopen(lost, Duration::ZERO, &|message| self.send(message))?;
        if reopened {
            self.abort_standalone();
            self.start_listening();
        }
        Ok(())
    }
}

// Returns the session id. The inner `None` means that the server assigns no id. Returns `None` if no request header can
// contain the id: the specification allows visible ASCII.
fn session_id(response: &StreamingResponse) -> Option<Option<&str>> {
    let Some(id) = response.header_bytes(SESSION_HEADER).filter(|id| !id.is_empty()) else {
        return Some(None);
    };
    let usable = id.len() <= LONGEST_SESSION_ID && id.iter().all(u8::is_ascii_graphic);
    usable.then(|| std::str::from_utf8(id).ok())
}
