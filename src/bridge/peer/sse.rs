//! HTTP+SSE, the transport of the revision 2024-11-05: the server sends all messages on one stream, which also names
//! the URL to send messages to.

use std::io::{BufReader, Read};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::KeepAlive;
use crate::bridge::connection::BridgeRequest;
use crate::bridge::error::BridgeError;
use crate::bridge::events::EventStream;
use crate::bridge::in_flight::OutgoingMessage;
use crate::bridge::relay::Relay;
use crate::diagnostic::one_line;
use crate::http::{CancelHandle, HttpMethod, Media};
use crate::model::url::same_origin;

type SseStream = EventStream<BufReader<Box<dyn Read + Send>>>;

const BUFFER: usize = 16 << 10;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
// mcp-remote's timeout for a stream to be opened again.
const STREAM: Duration = Duration::from_secs(10);
// The timeout for the response to a request of the bridge itself.
const OWN_RESPONSE: Duration = Duration::from_secs(30);
const ENDPOINT: &str = "endpoint";

/// A server that speaks HTTP+SSE.
#[derive(Debug)]
pub struct SsePeer {
    relay: Arc<Relay>,
    keep_alive: KeepAlive,
    // The URL to send messages to, or `None` if no stream is open.
    endpoint: Mutex<Option<String>>,
    opened: Condvar,
}

impl SsePeer {
    /// Opens the stream and starts to read it.
    ///
    /// # Errors
    /// Fails if the server offers no stream.
    pub fn connect(relay: &Arc<Relay>, keep_alive: KeepAlive) -> Result<Arc<Self>, BridgeError> {
        let (endpoint, opened) = (Mutex::default(), Condvar::new());
        let peer = Arc::new(Self { relay: Arc::clone(relay), keep_alive, endpoint, opened });
        let stream = peer.open(true)?;
        let reader = Arc::clone(&peer);
        relay.in_flight().pool().run(move || reader.read_streams(stream));
        Ok(peer)
    }

    /// Sends a message; the response comes on the stream.
    ///
    /// # Errors
    /// Fails if the server does not accept the message, or no stream is open.
    pub fn send(&self, message: &OutgoingMessage) -> Result<(), BridgeError> {
        let connection = self.relay.connection();
        // Each stream has its own session, which is opened after the stream, and lost with it.
        let timeout = if message.opens { Duration::ZERO } else { STREAM };
        self.wait_endpoint(timeout)?;
        let session = self.relay.in_flight().session().headers_for(message.opens, STREAM);
        let session = session.ok_or(BridgeError::NoStream)?;
        let endpoint = self.wait_endpoint(timeout)?;
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(session.version_pair());
        let call = HttpMethod::Post(&message.bytes);
        let request = BridgeRequest { url: &endpoint, method: call, headers: &headers };
        let response = connection.send(&request, &message.cancel, message.person)?;
        if !response.is_success() {
            return Err(connection.refused(response));
        }
        response.drain();
        Ok(())
    }

    pub fn start_pinging(self: &Arc<Self>) {
        let peer = Arc::clone(self);
        self.keep_alive.start(&self.relay, OWN_RESPONSE, move |message| peer.send(message));
    }

    fn wait_endpoint(&self, timeout: Duration) -> Result<String, BridgeError> {
        let closed = |endpoint: &mut Option<String>| endpoint.is_none();
        let mut endpoint = self.endpoint.lock();
        self.opened.wait_while_for(&mut endpoint, closed, timeout);
        endpoint.clone().ok_or(BridgeError::NoStream)
    }

    fn open(&self, person: bool) -> Result<SseStream, BridgeError> {
        let connection = self.relay.connection();
        let (url, headers) = (connection.url(), [("Accept", "text/event-stream")]);
        let cancel = CancelHandle::default();
        let request = BridgeRequest { url, method: HttpMethod::Get, headers: &headers };
        let response = connection.send(&request, &cancel, person)?;
        if !response.is_success() || response.media() != Media::Events {
            return Err(connection.refused(response));
        }
        let body = BufReader::with_capacity(BUFFER, response.into_body());
        let mut stream = EventStream::new(body, None);
        while let Ok(Some(event)) = stream.next_event() {
            if event.kind.as_deref() == Some(ENDPOINT) {
                let text = String::from_utf8_lossy(&event.data);
                let joined = url::Url::parse(url).ok().and_then(|base| base.join(&text).ok());
                // Messages may contain a credential.
                let endpoint = joined.map(String::from).filter(|to| same_origin(to, url));
                let endpoint =
                    endpoint.ok_or_else(|| BridgeError::Endpoint { url: connection.shown() })?;
                *self.endpoint.lock() = Some(endpoint);
                self.opened.notify_all();
                return Ok(stream);
            }
        }
        Err(BridgeError::NoStream)
    }

    fn read_streams(self: &Arc<Self>, mut stream: SseStream) {
        let in_flight = self.relay.in_flight();
        loop {
            while let Ok(Some(event)) = stream.next_event() {
                if event.is_message() && self.relay.deliver(event.data).is_err() {
                    self.relay.report_event();
                }
            }
            *self.endpoint.lock() = None;
            // A session that was being opened on this stream can no longer be opened.
            in_flight.give_up_own();
            in_flight.session().reopens();
            self.relay.fail_all(&self.relay.connection().unanswered());
            stream = self.open_again();
            // A new stream is a new session.
            let lost = in_flight.session().headers().generation;
            let peer = Arc::clone(self);
            in_flight.pool().run(move || peer.reopen(lost));
        }
    }

    fn reopen(self: &Arc<Self>, lost: u64) {
        match self.relay.reopen(lost, OWN_RESPONSE, &|message| self.send(message)) {
            Ok(true) => self.start_pinging(),
            Ok(false) => {}
            Err(error) => self.relay.log().line(&one_line(&error)),
        }
    }

    fn open_again(&self) -> SseStream {
        let mut pause = PAUSE;
        loop {
            std::thread::sleep(pause);
            match self.open(false) {
                Ok(stream) => return stream,
                Err(error) => self.relay.log().debug(&one_line(&error)),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
