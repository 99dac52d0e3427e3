//! One message to the server, and what comes back for it.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::budget::{LONG, Room, room};
use super::events::Events;
use super::exchanges::Exchange;
use super::legacy::Legacy;
use super::message::{self, LIMIT, Message};
use super::options::Order;
use serde_json::Value;

use super::wire::{Grip, Media, Reply, Verb};
use super::{Bridge, Failure};
use crate::auth::greeting::SESSION;
use crate::auth::http::{HttpError, shown};

mod signed;

/// The header that names the revision of the protocol.
pub const VERSION: &str = "MCP-Protocol-Version";
/// What an answer may be written in.
pub const ACCEPT: &str = "application/json, text/event-stream";
const LAST_EVENT: &str = "Last-Event-ID";
// Events are read in pieces of this size.
const PIECE: usize = 16 << 10;
// How often a stream that was cut is taken up again before it is given up.
const RESUMPTIONS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
// How long an answer is waited for that may come by the server's own stream.
const BY_STREAM: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
    /// What is asked in it.
    pub asks: Vec<Exchange>,
    /// A grip on what comes back.
    pub grip: Grip,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Whether it is `initialize`, which goes without a session.
    pub initialize: bool,
    /// Whether a session is opened by it, which everything else waits for.
    pub opens: bool,
}

impl Task {
    /// Makes the task of a message of the bridge's own.
    pub fn own(bytes: Vec<u8>) -> Self {
        let (asks, grip, headers) = (vec![], Grip::default(), vec![]);
        Self { bytes, asks, grip, headers, initialize: false, opens: false }
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
        let mut anew = false;
        loop {
            let named = self.session.named();
            let mut headers: Vec<(&str, &str)> =
                vec![("Content-Type", "application/json"), ("Accept", ACCEPT)];
            if !task.initialize {
                headers.extend(named.id.as_deref().map(|id| (SESSION, id)));
                headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
            }
            headers.extend(task.headers.iter().map(|(name, value)| (&**name, &**value)));
            let reply =
                self.signed(self.wire.url(), Verb::Post(&task.bytes), &headers, &task.grip)?;
            let lost = reply.status == 404 && named.id.is_some() && !task.initialize;
            if lost && !std::mem::replace(&mut anew, true) {
                self.begin_anew(named.generation)?;
                continue;
            }
            if task.initialize && reply.is_success() {
                self.session.take_id(reply.header(SESSION));
            }
            return self.take(reply, task);
        }
    }

    fn over_sse(&self, legacy: &Arc<Legacy>, task: &Task) -> Result<(), Failure> {
        // Also a session that is opened anew, on a stream that was opened again.
        if !task.opens {
            self.session.wait_open();
        }
        let endpoint = legacy.endpoint()?;
        let named = self.session.named();
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
        let grip = Grip::default();
        let reply = self.signed(&endpoint, Verb::Post(&task.bytes), &headers, &grip)?;
        if !reply.is_success() {
            return Err(self.refused(reply));
        }
        // The answer comes by the stream; what is said here is read past, so that the connection can be used again.
        drain(reply);
        Ok(())
    }

    // What the server says to a message.
    fn take(self: &Arc<Self>, reply: Reply, task: &Task) -> Result<(), Failure> {
        if !reply.is_success() {
            return self.take_refusal(reply, task);
        }
        match reply.media() {
            Media::Json => {
                let (length, described) = (reply.length(), reply.described());
                match self.body(reply.into_body(), length)? {
                    (body, _) if body.is_empty() => {}
                    (body, _room) => self.pass(body).map_err(|_| Failure::NoMessage {
                        url: self.shown(),
                        answered: described,
                    })?,
                }
            }
            Media::Events => return self.take_events(reply, task),
            Media::Other if self.is_done(task) => drain(reply),
            Media::Other if reply.status == 202 || reply.status == 204 => {
                drain(reply);
                // Some servers answer by the stream that they opened.
                if self.listens() {
                    task.asks.iter().for_each(|ask| self.exchanges.wait_for(ask, BY_STREAM));
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
        let read: Option<Value> = serde_json::from_slice(&body).ok();
        Err(refused.with(read.and_then(|read| read.get("error").cloned())))
    }

    fn take_events(self: &Arc<Self>, reply: Reply, task: &Task) -> Result<(), Failure> {
        let mut events = Events::new(BufReader::with_capacity(PIECE, reply.into_body()));
        let mut in_vain = 0;
        loop {
            let before = events.last_id.clone();
            let cut = self.read_events(&mut events);
            if task.grip.is_cut() || self.is_done(task) {
                return Ok(());
            }
            if cut.is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge) {
                return Err(Failure::TooLong { url: self.shown() });
            }
            // A server that polls says when it is to be asked again, and is for as long as it does.
            let goes_on = events.last_id != before || events.retry.is_some();
            in_vain = if goes_on { 0 } else { in_vain + 1 };
            match events.last_id.clone() {
                Some(last) if in_vain <= RESUMPTIONS => {
                    events = self.take_up(&last, events.retry, &task.grip)?;
                }
                Some(_) | None => return Err(self.unanswered()),
            }
        }
    }

    // A stream that was cut goes on behind the last event that came.
    fn take_up(
        self: &Arc<Self>,
        last: &str,
        retry: Option<u64>,
        grip: &Grip,
    ) -> Result<Events<BufReader<Box<dyn Read + Send>>>, Failure> {
        let mut pause = PAUSE;
        for left in (0..RESUMPTIONS).rev() {
            std::thread::sleep(retry.map_or(pause, Duration::from_millis).min(LONGEST_PAUSE));
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.say.debug("a stream was cut; it is taken up again");
            let failure = match self.get_events(Some(last), grip) {
                Ok(reply) if reply.is_success() && reply.media() == Media::Events => {
                    let stream = BufReader::with_capacity(PIECE, reply.into_body());
                    return Ok(Events::resumed(stream, last, retry));
                }
                Ok(reply) => self.refused(reply),
                Err(failure) => failure,
            };
            if left == 0 || grip.is_cut() {
                return Err(failure);
            }
        }
        Err(self.unanswered())
    }

    fn read_events<R: io::BufRead>(self: &Arc<Self>, events: &mut Events<R>) -> io::Result<()> {
        while let Some(event) = events.next()? {
            let ours = event.kind.as_deref().is_none_or(|kind| kind == "message");
            if ours && !event.data.is_empty() && self.pass(event.data).is_err() {
                self.say.line(&format!("`{}` sends an event that is no message", self.shown()));
            }
        }
        Ok(())
    }

    fn get_events(&self, last: Option<&str>, grip: &Grip) -> Result<Reply, Failure> {
        let named = self.session.named();
        let mut headers = vec![("Accept", "text/event-stream")];
        headers.extend(named.id.as_deref().map(|id| (SESSION, id)));
        headers.extend(named.version.as_deref().map(|version| (VERSION, version)));
        headers.extend(last.map(|last| (LAST_EVENT, last)));
        self.signed(self.wire.url(), Verb::Get, &headers, grip)
    }

    /// Reads what the server sends by itself, for as long as it does and the session lasts.
    pub fn listen(self: &Arc<Self>) {
        self.listening.fetch_add(1, Ordering::SeqCst);
        self.listen_on();
        self.listening.fetch_sub(1, Ordering::SeqCst);
    }

    fn listen_on(self: &Arc<Self>) {
        let generation = self.session.named().generation;
        let (mut last, mut pause, mut failures) = (None, PAUSE, 0);
        loop {
            let begun = Instant::now();
            let reply = self.get_events(last.as_deref(), &Grip::default());
            if self.session.named().generation != generation {
                return;
            }
            let mut retry = None;
            match reply {
                Ok(reply) if reply.is_success() && reply.media() == Media::Events => {
                    failures = 0;
                    let mut events =
                        Events::new(BufReader::with_capacity(PIECE, reply.into_body()));
                    events.last_id = last;
                    let ended = self.read_events(&mut events);
                    self.say.debug(&format!("the server's own stream has ended: {ended:?}"));
                    (last, retry) = (events.last_id, events.retry);
                }
                // It offers none, or has lost the session, which the next message finds out.
                Ok(reply) if reply.status < 500 => return,
                Ok(_) | Err(_) if failures >= RESUMPTIONS => {
                    return self.say.line(&format!(
                        "`{}` breaks off its own stream again and again; nothing is read from it any more",
                        self.shown()
                    ));
                }
                Ok(_) | Err(_) => failures += 1,
            }
            pause = if begun.elapsed() > LONGEST_PAUSE {
                PAUSE
            } else {
                (pause * 2).min(LONGEST_PAUSE)
            };
            let wait = retry.map_or(pause / 2, Duration::from_millis).min(LONGEST_PAUSE);
            std::thread::sleep(wait);
            if self.session.named().generation != generation {
                return;
            }
        }
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

    fn unanswered(&self) -> Failure {
        Failure::Unanswered { url: self.shown() }
    }

    /// Returns the server's address, as messages show it.
    pub fn shown(&self) -> String {
        shown(self.wire.url())
    }

    fn is_done(&self, task: &Task) -> bool {
        !task.asks.iter().any(|ask| self.exchanges.waits(ask))
    }
}

// A connection whose answer was read to its end can be used again.
fn drain(reply: Reply) {
    io::copy(&mut reply.into_body().take(PIECE as u64), &mut io::sink()).ok();
}
