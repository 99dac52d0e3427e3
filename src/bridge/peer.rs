//! The protocol that the server speaks. Each peer owns the state of its transport.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::error::BridgeError;
use super::in_flight::OutgoingMessage;
use super::message::{self, NotAMessage};
use super::options::TransportOrder;
use super::relay::Relay;
use crate::diagnostic::one_line;

mod modern;
mod sse;
mod streamable;

use modern::{ModernPeer, Negotiated, negotiate};
use sse::SsePeer;
use streamable::StreamablePeer;

/// The protocol that the server speaks.
#[derive(Debug)]
enum Peer {
    /// Streamable HTTP.
    Streamable(Arc<StreamablePeer>),
    /// HTTP+SSE, the transport of the revision 2024-11-05.
    Sse(Arc<SsePeer>),
    /// The revision 2026-07-28, over Streamable HTTP.
    Modern(Arc<ModernPeer>),
}

/// The peer, and the settings that are needed to find out which peer the server is.
#[derive(Debug)]
pub struct Peers {
    relay: Arc<Relay>,
    order: TransportOrder,
    // Whether to look for the revision 2026-07-28.
    negotiates: bool,
    ping: Option<Duration>,
    http: Arc<StreamablePeer>,
    peer: OnceLock<Peer>,
}

impl Peers {
    pub fn new(
        relay: Arc<Relay>,
        order: TransportOrder,
        negotiates: bool,
        ping: Option<Duration>,
    ) -> Self {
        let http = Arc::new(StreamablePeer::new(Arc::clone(&relay), KeepAlive::new(ping)));
        Self { relay, order, negotiates, ping, http, peer: OnceLock::new() }
    }

    /// If the server speaks 2026-07-28, translates a message and returns true. The order of messages does not matter
    /// then.
    pub fn translate(&self, bytes: &[u8]) -> bool {
        let Some(Peer::Modern(modern)) = self.peer.get() else { return false };
        modern.receive_from_client(bytes);
        true
    }

    /// Sends a message, and delivers the response.
    ///
    /// # Errors
    /// Fails if the server does not accept the message, or its response is incomplete.
    pub fn send(&self, message: &OutgoingMessage) -> Result<(), BridgeError> {
        match self.peer.get() {
            Some(peer) => peer.send(&self.relay, message),
            None => self.send_first(message),
        }
    }

    /// Starts to read the messages that the server sends without a request, and to ping the server. Returns whether
    /// this opens a stream.
    pub fn start_listening(&self) -> bool {
        match self.peer.get() {
            Some(Peer::Streamable(peer)) => {
                peer.start_listening();
                true
            }
            Some(Peer::Sse(peer)) => {
                peer.start_pinging();
                false
            }
            Some(Peer::Modern(_)) | None => false,
        }
    }

    // Sends the first message, and finds out which protocol the server speaks.
    fn send_first(&self, message: &OutgoingMessage) -> Result<(), BridgeError> {
        let http = matches!(self.order, TransportOrder::HttpFirst | TransportOrder::HttpOnly);
        if self.negotiates && http && message.opens && message.initialize {
            match negotiate(&self.relay, &self.http, &message.bytes)? {
                Negotiated::Legacy => {}
                Negotiated::Incompatible => {
                    answer(&self.relay, message);
                    return Ok(());
                }
                Negotiated::Modern(peer, actions) => {
                    self.peer.set(Peer::Modern(Arc::clone(&peer))).ok();
                    peer.perform(actions);
                    answer(&self.relay, message);
                    return Ok(());
                }
            }
        }
        match self.find_transport(message)? {
            Some(peer) => self.peer.get_or_init(|| peer).send(&self.relay, message),
            None => Ok(()),
        }
    }

    // Tries the transports in mcp-remote's order. Returns `None` if this has already sent the message.
    fn find_transport(&self, message: &OutgoingMessage) -> Result<Option<Peer>, BridgeError> {
        let streamable = || Peer::Streamable(Arc::clone(&self.http));
        let sse = || {
            let keep_alive = KeepAlive::new(self.ping);
            SsePeer::connect(&self.relay, keep_alive).map(Peer::Sse)
        };
        let other = |error: &BridgeError| matches!(error.status(), Some(404 | 405));
        Ok(Some(match self.order {
            TransportOrder::HttpOnly => streamable(),
            TransportOrder::SseOnly => sse()?,
            TransportOrder::HttpFirst => match self.http.probe(message) {
                Ok(()) => {
                    self.peer.set(streamable()).ok();
                    return Ok(None);
                }
                Err(error) if other(&error) => {
                    self.relay
                        .log()
                        .debug("the server does not speak Streamable HTTP; trying HTTP+SSE");
                    // The first error is more useful than the error of the fallback.
                    sse().map_err(|_| error)?
                }
                Err(error) => return Err(error),
            },
            TransportOrder::SseFirst => match sse() {
                Ok(peer) => peer,
                Err(error) if other(&error) => {
                    self.relay
                        .log()
                        .debug("the server does not speak HTTP+SSE; trying Streamable HTTP");
                    streamable()
                }
                Err(error) => return Err(error),
            },
        }))
    }
}

impl Peer {
    fn send(&self, relay: &Relay, message: &OutgoingMessage) -> Result<(), BridgeError> {
        match self {
            Self::Streamable(peer) => peer.send(message),
            Self::Sse(peer) => peer.send(message),
            Self::Modern(peer) => {
                answer(relay, message);
                peer.receive_from_client(&message.bytes);
                Ok(())
            }
        }
    }
}

// The bridge itself responds to the requests.
fn answer(relay: &Relay, message: &OutgoingMessage) {
    let requests = relay.in_flight().requests();
    message.requests.iter().for_each(|request| drop(requests.answered(&request.id)));
}

/// Where a transport delivers the messages that it receives.
struct Receiver<'a> {
    deliver: &'a dyn Fn(Vec<u8>) -> Result<(), NotAMessage>,
    // Whether the JSON-RPC body of an error response is delivered. Otherwise, the response is an error.
    error_bodies: bool,
}

/// Pings the server at an interval, if the user requested it.
#[derive(Debug)]
struct KeepAlive {
    interval: Option<Duration>,
    started: AtomicBool,
}

impl KeepAlive {
    fn new(interval: Option<Duration>) -> Self {
        Self { interval, started: AtomicBool::new(false) }
    }

    // Starts to ping, unless pings have already started.
    fn start(
        &self,
        relay: &Arc<Relay>,
        timeout: Duration,
        send: impl Fn(&OutgoingMessage) -> Result<(), BridgeError> + Send + 'static,
    ) {
        let Some(interval) = self.interval else { return };
        if self.started.swap(true, Ordering::SeqCst) {
            return;
        }
        let pinged = Arc::clone(relay);
        relay.in_flight().pool().run(move || {
            loop {
                std::thread::sleep(interval);
                if let Err(error) = ping(&pinged, timeout, &send) {
                    pinged.log().debug(&format!("a ping failed: {}", one_line(&error)));
                }
            }
        });
    }
}

fn ping(
    relay: &Relay,
    timeout: Duration,
    send: &dyn Fn(&OutgoingMessage) -> Result<(), BridgeError>,
) -> Result<(), BridgeError> {
    let own = relay.in_flight().requests().begin_own();
    let bytes = message::request(own.id(), "ping");
    // No person is prompted to sign in for a request that the client did not send.
    let message = OutgoingMessage { person: false, ..OutgoingMessage::own(bytes, Some(own.id())) };
    let sent = send(&message);
    relay.own_response(&own, sent, timeout).map(|_| ())
}
