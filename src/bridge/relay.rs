//! One message to the server, and what comes back for it.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::budget::{LONG, Room, room};
use super::exchanges::Exchange;
use super::legacy::Legacy;
use super::message::{self, LIMIT, Message};
use super::options::Order;
use super::session::Named;
use super::wire::{Grip, Media, Reply, Verb};
use super::{Bridge, Failure};
use crate::auth::http::{HttpError, shown};
use crate::auth::session::SESSION_HEADER;

mod signed;
mod streams;

/// The header that names the revision of the protocol.
pub const VERSION: &str = "MCP-Protocol-Version";
/// What an answer may be written in.
pub const ACCEPT: &str = "application/json, text/event-stream";
// As much of an answer is read past that says nothing.
const PIECE: usize = 16 << 10;
// How long an answer is waited for that may come by the server's own stream, and how often is looked whether that is
// still there.
const BY_STREAM: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_secs(1);

// How often a message is sent again that finds its session lost, and how long it waits for the next one.
const LOSSES: u32 = 3;
const REOPENS: Duration = Duration::from_secs(60);
// mcp-remote waits as long for a stream to come back.
const STREAM: Duration = Duration::from_secs(10);

/// Says which transport the server speaks.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Streamable HTTP.
    Http,
    /// HTTP+SSE, as up to the revision 2024-11-05.
    Sse(Arc<Legacy>),
}

/// Holds a message under way to the server.
#[derive(Debug)]
pub struct Task {
    /// The message.
    pub bytes: Vec<u8>,
    /// What the client asks in it.
    pub asks: Vec<Exchange>,
    /// The id of a question of the bridge's own.
    pub own: Option<String>,
    /// A grip on what comes back.
    pub grip: Grip,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Whether it is `initialize`, which goes without a session.
    pub initialize: bool,
    /// Whether a session is opened by it, which everything else waits for.
    pub opens: bool,
    /// Whether a person may be asked to sign in for it.
    pub person: bool,
}

impl Task {
    /// Makes the task of a message of the bridge's own.
    pub fn own(bytes: Vec<u8>, id: Option<&str>) -> Self {
        let (asks, grip, headers) = (vec![], Grip::default(), vec![]);
        let (own, initialize, opens, person) = (id.map(str::to_owned), false, false, true);
        Self { bytes, asks, own, grip, headers, initialize, opens, person }
    }
}

impl Bridge {
    /// Carries a message to the server and what comes back to the client.
    ///
    /// # Errors
    /// Fails where the server does not take it, or breaks off.
    pub fn carry(self: &Arc<Self>, task: &Task) -> Result<(), Failure> {
        match self.transport(task)? {
            Some(Transport::Http) => self.over_http(task),
            Some(Transport::Sse(legacy)) => self.over_sse(&legacy, task),
            // It has been carried to find out.
            None => Ok(()),
        }
    }

    // The first message finds out which transport the server speaks, in mcp-remote's order.
    fn transport(self: &Arc<Self>, task: &Task) -> Result<Option<Transport>, Failure> {
        if let Some(known) = self.transport.get() {
            return Ok(Some(known.clone()));
        }
        let other = |failure: &Failure| matches!(failure.status(), Some(404 | 405));
        let found = match self.order {
            Order::HttpOnly => Transport::Http,
            Order::SseOnly => Transport::Sse(Legacy::connect(self)?),
            Order::HttpFirst => match self.over_http(task) {
                Ok(()) => {
                    self.transport.set(Transport::Http).ok();
                    return Ok(None);
                }
                Err(failure) if other(&failure) => {
                    self.say.debug("no Streamable HTTP there; trying HTTP+SSE");
                    // What was refused first says more than that the fallback is refused as well.
                    Transport::Sse(Legacy::connect(self).map_err(|_| failure)?)
                }
                Err(failure) => return Err(failure),
            },
            Order::SseFirst => match Legacy::connect(self) {
                Ok(legacy) => Transport::Sse(legacy),
                Err(failure) if other(&failure) => {
                    self.say.debug("no HTTP+SSE there; trying Streamable HTTP");
                    Transport::Http
                }
                Err(failure) => return Err(failure),
            },
        };
        Ok(Some(self.transport.get_or_init(|| found).clone()))
    }

    /// Carries a message over Streamable HTTP.
    ///
    /// # Errors
    /// Fails where the server does not take it, or breaks off.
    pub fn over_http(self: &Arc<Self>, task: &Task) -> Result<(), Failure> {
        let mut losses = 0;
        loop {
            let mut named = self.session_for(task, REOPENS).ok_or_else(|| self.unanswered())?;
            let mut headers: Vec<(&str, &str)> =
                vec![("Content-Type", "application/json"), ("Accept", ACCEPT)];
            if !task.initialize {
                headers.extend(named.id.as_deref().map(|id| (SESSION_HEADER, id)));
                headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
            }
            headers.extend(task.headers.iter().map(|(name, value)| (&**name, &**value)));
            let reply = self.signed(
                self.wire.url(),
                Verb::Post(&task.bytes),
                &headers,
                &task.grip,
                task.person,
            )?;
            let lost = reply.status == 404 && named.id.is_some() && !task.opens;
            if lost && losses < LOSSES {
                // An answer to the very request is one, whatever its status.
                if self.take_refusal(reply, task).is_ok() {
                    return Ok(());
                }
                losses += 1;
                self.begin_anew(named.generation)?;
                continue;
            }
            if task.initialize && reply.is_success() {
                self.session.take_id(reply.header(SESSION_HEADER));
                named = self.session.named();
            }
            return self.take(reply, task, &named);
        }
    }

    // What opens a session waits for none.
    fn session_for(&self, task: &Task, patience: Duration) -> Option<Named> {
        if task.opens { Some(self.session.named()) } else { self.session.wait_open(patience) }
    }

    fn over_sse(&self, legacy: &Arc<Legacy>, task: &Task) -> Result<(), Failure> {
        // Each stream has a session of its own, which is opened when the stream is there, and is lost with it.
        let patience = if task.opens { Duration::ZERO } else { STREAM };
        legacy.endpoint(patience)?;
        let named = self.session_for(task, STREAM).ok_or(Failure::NoStream)?;
        let endpoint = legacy.endpoint(patience)?;
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
        let reply =
            self.signed(&endpoint, Verb::Post(&task.bytes), &headers, &task.grip, task.person)?;
        if !reply.is_success() {
            return Err(self.refused(reply));
        }
        // The answer comes by the stream; what is said here is read past, so that the connection can be used again.
        drain(reply);
        Ok(())
    }

    // What the server says to a message.
    fn take(self: &Arc<Self>, reply: Reply, task: &Task, named: &Named) -> Result<(), Failure> {
        if !reply.is_success() {
            return self.take_refusal(reply, task);
        }
        match reply.media() {
            Media::Json => {
                let (length, described) = (reply.length(), reply.described());
                match self.body(reply.into_body(), length)? {
                    (body, _) if body.is_empty() => {}
                    (body, _room) => {
                        // What is said to a notification is of no account.
                        let told = task.asks.is_empty() && task.own.is_none();
                        if self.pass(body).is_err() && !told {
                            let url = self.shown();
                            return Err(Failure::NoMessage { url, answered: described });
                        }
                    }
                }
            }
            Media::Events => return self.take_events(reply, task, named),
            Media::Other if self.is_done(task) => drain(reply),
            Media::Other if reply.status == 202 || reply.status == 204 => {
                drain(reply);
                // Some servers answer by the stream that they opened.
                let begun = Instant::now();
                while self.listens() && !self.is_done(task) && begun.elapsed() < BY_STREAM {
                    task.asks.iter().for_each(|ask| self.exchanges.wait_for(ask, LOOK));
                }
            }
            Media::Other => {
                let answered = reply.described();
                return Err(Failure::NoMessage { url: self.shown(), answered });
            }
        }
        if self.is_done(task) { Ok(()) } else { Err(self.unanswered()) }
    }

    // A refusal may be a message itself: the answer to what was asked.
    fn take_refusal(self: &Arc<Self>, reply: Reply, task: &Task) -> Result<(), Failure> {
        let (media, length) = (reply.media(), reply.length());
        let refused = self.refusal(&reply);
        if media != Media::Json {
            return Err(refused);
        }
        let Ok((body, _room)) = self.body(reply.into_body(), length) else { return Err(refused) };
        let theirs = message::read(&body).is_ok_and(|messages| {
            let ids = messages.iter().filter_map(Message::answers);
            ids.filter(|id| task.asks.iter().any(|ask| ask.id == **id)).count() > 0
        });
        // A transport that is looked for is not found by what is said there.
        let known = self.transport.get().is_some() && self.modern.get().is_none();
        if theirs && known {
            return self.pass(body).map_err(|_| refused);
        }
        let mut error =
            message::value(&body).and_then(|mut read| read.get_mut("error").map(Value::take));
        self.access.hide_in(error.as_mut());
        Err(refused.with(error))
    }

    fn body(
        &self,
        body: Box<dyn Read + Send>,
        length: Option<usize>,
    ) -> Result<(Vec<u8>, Option<Room>), Failure> {
        let mut bytes = Vec::with_capacity(length.unwrap_or_default().min(LIMIT));
        let mut body = body.take(LIMIT as u64 + 1);
        let mut held = length.filter(|length| *length > LONG).map(|length| room(Some(length)));
        let mut read = (&mut body).take(LONG as u64).read_to_end(&mut bytes);
        if read.is_ok() && bytes.len() == LONG {
            held = held.or_else(|| Some(room(None)));
            read = body.read_to_end(&mut bytes);
        }
        if bytes.len() > LIMIT {
            return Err(Failure::TooLong { url: self.shown() });
        }
        match read {
            // RFC 8259, section 8.1: nobody must send one, and whoever reads may pass over it.
            Ok(_) if bytes.starts_with(b"\xef\xbb\xbf") => Ok((bytes.split_off(3), held)),
            Ok(_) => Ok((bytes, held)),
            Err(error) => Err(self.broken(&error)),
        }
    }

    fn broken(&self, error: &io::Error) -> Failure {
        let (why, remedy) = (error.to_string(), "ask again");
        Failure::Http(HttpError::Unreachable { url: self.shown(), why, remedy })
    }

    /// Makes a refusal of an answer that is none.
    pub fn refused(&self, reply: Reply) -> Failure {
        let refusal = self.refusal(&reply);
        drain(reply);
        refusal
    }

    fn refusal(&self, reply: &Reply) -> Failure {
        let (status, answered) = (reply.status, reply.described());
        Failure::Refused { url: self.shown(), status, answered, error: None }
    }

    /// Makes a failure of an answer that did not come.
    pub fn unanswered(&self) -> Failure {
        Failure::Unanswered { url: self.shown() }
    }

    /// Returns the server's address, as messages show it.
    pub fn shown(&self) -> String {
        shown(self.wire.url())
    }

    /// Returns whether all that was asked in a message is answered.
    pub fn is_done(&self, task: &Task) -> bool {
        let own = task.own.as_ref().is_some_and(|id| self.waits_for(id));
        !own && !task.asks.iter().any(|ask| self.exchanges.waits(ask))
    }
}

// A connection whose answer was read to its end can be used again.
fn drain(reply: Reply) {
    io::copy(&mut reply.into_body().take(PIECE as u64), &mut io::sink()).ok();
}
