//! Delivers messages from the server to the client, or to the part of the bridge that waits for them.

use std::sync::mpsc::Sender;
use std::time::Duration;

use super::connection::Connection;
use super::error::BridgeError;
use super::in_flight::{InFlight, OutgoingMessage, OwnRequest, PendingRequest, RequestKind};
use super::log::BridgeLog;
use super::message::{self, JsonRpcMessage, NotAMessage};
use super::stdio::Output;
use super::tool_filter::{ToolFilter, UNREADABLE_LIST};
use crate::diagnostic::one_line;
use crate::http::CancelHandle;

/// The state that the client's reader and the peers share.
pub struct Relay {
    connection: Connection,
    in_flight: InFlight,
    output: Output,
    tools: ToolFilter,
    log: BridgeLog,
}

/// Who waits for a message from the server.
pub enum Recipient<'a> {
    /// No recipient: the bridge itself has responded to the request.
    Nobody,
    /// A request of the bridge itself.
    Bridge(Sender<Vec<u8>>),
    /// The client, with the requests that the message responds to.
    Client(Vec<super::in_flight::DeliveryGuard<'a>>),
}

impl Relay {
    pub fn new(
        connection: Connection,
        in_flight: InFlight,
        output: Output,
        tools: ToolFilter,
        log: BridgeLog,
    ) -> Self {
        Self { connection, in_flight, output, tools, log }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    pub fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    pub fn log(&self) -> &BridgeLog {
        &self.log
    }

    /// Finds the recipient of a message from the server, and ends the client's requests that the message responds to.
    pub fn recipient(&self, messages: &[JsonRpcMessage<'_>]) -> Recipient<'_> {
        self.log.messages("to the client:", messages);
        let requests = self.in_flight.requests();
        if let [message] = messages
            && message.answers().is_some_and(|id| requests.was_dismissed(id))
        {
            return Recipient::Nobody;
        }
        let mut ended = vec![];
        for id in messages.iter().filter_map(JsonRpcMessage::answers) {
            if let Some(sender) = requests.take_own(id) {
                return Recipient::Bridge(sender);
            }
            ended.extend(requests.answered(id));
        }
        Recipient::Client(ended)
    }

    /// Delivers a message from a server that speaks the client's revision.
    ///
    /// # Errors
    /// Fails if the bytes are not a message.
    pub fn deliver(&self, mut bytes: Vec<u8>) -> Result<(), NotAMessage> {
        let messages = message::parse(&bytes)?;
        let ended = match self.recipient(&messages) {
            Recipient::Nobody => return Ok(()),
            Recipient::Bridge(sender) => {
                sender.send(bytes).ok();
                return Ok(());
            }
            Recipient::Client(ended) => ended,
        };
        let answers = |kind: RequestKind| ended.iter().any(|request| request.kind() == kind);
        if answers(RequestKind::Initialize) {
            if !self.in_flight.session().take_version(&bytes) {
                let id = messages.iter().find_map(JsonRpcMessage::answers).unwrap_or("null");
                let why = BridgeError::Version { url: self.connection.shown() }.to_string();
                self.log.line(&why);
                self.refuse(id, &why);
                return Ok(());
            }
            self.in_flight.session().opened(true);
        }
        if answers(RequestKind::ToolsList) && !self.tools.is_empty() {
            bytes = match (self.tools.filter(&bytes), messages.as_slice()) {
                (Ok(None), _) => bytes,
                (Ok(Some(fewer)), _) => fewer,
                (Err(_), [message]) => {
                    message::failure(message.answers().unwrap_or("null"), UNREADABLE_LIST)
                }
                (Err(_), _) => return Err(NotAMessage::Other),
            };
        }
        message::on_one_line(&mut bytes);
        self.output.send(bytes);
        Ok(())
    }

    /// Delivers a message that the bridge has made, without hidden tools.
    pub fn deliver_own(&self, bytes: Vec<u8>) {
        let fewer = Some(&self.tools).filter(|tools| !tools.is_empty());
        let fewer = fewer.and_then(|tools| tools.filter(&bytes).ok()?);
        self.output.send(fewer.unwrap_or(bytes));
    }

    /// Logs that the server has sent an event that is not a message.
    pub fn report_event(&self) {
        let url = self.connection.shown();
        self.log.line(&format!("ignored an event from `{url}` that is not a JSON-RPC message"));
    }

    /// Responds to a request from the client with an error.
    pub fn refuse(&self, id: &str, why: &str) {
        self.output.send(message::failure(id, why));
    }

    /// Responds with an error to the requests of a message that could not be sent.
    pub fn fail(&self, message: &OutgoingMessage, error: &BridgeError) {
        let requests = self.in_flight.requests();
        if message.cancel.is_aborted() {
            // The client no longer waits for the response.
            return message.requests.iter().for_each(|request| drop(requests.dismiss(request)));
        }
        let why = self.connection.redact(one_line(error));
        self.log.line(&why);
        message.requests.iter().for_each(|request| self.dismiss(request, &why));
    }

    /// Responds with an error to every request from the client that is in flight.
    pub fn fail_all(&self, error: &BridgeError) {
        let why = self.connection.redact(one_line(error));
        self.in_flight.requests().all().iter().for_each(|request| self.dismiss(request, &why));
    }

    fn dismiss(&self, request: &PendingRequest, why: &str) {
        if let Some(_guard) = self.in_flight.requests().dismiss(request) {
            self.refuse(&request.id, why);
        }
    }

    /// Refuses calls of hidden tools, and all other requests in the same batch. Returns whether there was such a call.
    pub fn refuse_hidden(&self, messages: &[JsonRpcMessage<'_>]) -> bool {
        let Some(refusals) = self.tools.refusals(messages) else { return false };
        refusals.into_iter().for_each(|refusal| self.output.send(refusal));
        true
    }

    /// Waits for the response to a request of the bridge itself. `sent` is the result of sending the request.
    ///
    /// # Errors
    /// Fails if the request could not be sent, or no response comes within the timeout.
    pub fn own_response(
        &self,
        own: &OwnRequest,
        sent: Result<(), BridgeError>,
        timeout: Duration,
    ) -> Result<Vec<u8>, BridgeError> {
        let timeout = if sent.is_ok() { timeout } else { Duration::ZERO };
        let response = self.in_flight.requests().end_own(own, timeout);
        sent?;
        response.ok_or_else(|| self.connection.unanswered())
    }

    /// Opens a new session in place of a session that the server has lost. Returns whether it was opened here: another
    /// thread may have opened it already.
    ///
    /// # Errors
    /// Fails if the server opens none.
    pub fn reopen(
        &self,
        lost: u64,
        timeout: Duration,
        send: &dyn Fn(&OutgoingMessage) -> Result<(), BridgeError>,
    ) -> Result<bool, BridgeError> {
        let session = self.in_flight.session();
        let _one = session.lock_reopening();
        let own = self.in_flight.requests().begin_own();
        let Some(bytes) = session.begin_anew(lost, own.id()) else {
            self.in_flight.requests().end_own(&own, Duration::ZERO);
            session.reopened(true);
            return Ok(false);
        };
        self.log.debug("the server has lost the session; opening a new one");
        let opened = self.initialize(bytes, &own, timeout, send);
        session.reopened(opened.is_ok());
        opened.map(|()| true)
    }

    fn initialize(
        &self,
        bytes: Vec<u8>,
        own: &OwnRequest,
        timeout: Duration,
        send: &dyn Fn(&OutgoingMessage) -> Result<(), BridgeError>,
    ) -> Result<(), BridgeError> {
        let session = self.in_flight.session();
        let cancel = CancelHandle::default();
        session.set_reopening(cancel.clone());
        let opens = |message| OutgoingMessage { opens: true, cancel: cancel.clone(), ..message };
        let initialize = opens(OutgoingMessage::own(bytes, Some(own.id())));
        let sent = send(&OutgoingMessage { initialize: true, ..initialize });
        let response = self.own_response(own, sent, timeout)?;
        let opened = message::parse(&response)
            .is_ok_and(|messages| messages.iter().all(|message| !message.is_error()));
        if !opened {
            return Err(self.connection.unanswered());
        }
        if !session.take_version(&response) {
            return Err(BridgeError::Version { url: self.connection.shown() });
        }
        let initialized = message::notification("notifications/initialized");
        send(&opens(OutgoingMessage::own(initialized, None)))
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("connection", &self.connection).finish_non_exhaustive()
    }
}
