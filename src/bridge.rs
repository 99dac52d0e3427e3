//! The native bridge: what makes a remote server a stdio server, in mcp-remote's place.
//!
//! Messages pass by their bytes. Each one that goes to the server has a thread of its own until its answer has
//! passed, so that any number of them are under way; what comes back is written to the client a whole line at a
//! time. Nothing is said to the server before the client says something.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

mod access;
mod budget;
mod client;
mod crew;
mod descriptors;
mod era;
mod events;
mod exchanges;
mod failure;
mod glimpse;
mod legacy;
pub mod message;
pub mod modern;
pub mod options;
mod own;
mod relay;
pub mod say;
mod session;
mod start;
pub mod stdio;
mod tools;
mod wire;

use access::Access;
use crew::Crew;
use exchanges::{Exchange, Exchanges, Kind};
use failure::Failure;
use message::{Message, NotAMessage};
use modern::Modern;
use options::Order;
use relay::{Task, Transport};
use say::Say;
use session::Session;
pub use start::{Start, Values};
use stdio::{Line, Output};
use tools::Ignored;
use wire::{FAREWELL, Grip, Verb, Wire};

use crate::auth::session::SESSION_HEADER;

/// Says why a bridge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client says nothing more.
    Said,
    /// The client is gone, or somebody wants the bridge to end.
    Gone,
}

const UNREADABLE: &str = "the list of tools cannot be read, so none of them could be hidden";
// How long answers that are under way are waited for after the client has said its last.
const LAST_ANSWERS: Duration = Duration::from_millis(200);
// A token that is being renewed is spent already: the next one must be written, or a person is asked again.
const RENEWAL: Duration = Duration::from_secs(5);

/// Is told why a bridge ends.
pub type Ends = dyn Fn(End) + Send + Sync;

/// Holds a bridge at work.
pub struct Bridge {
    wire: Wire,
    access: Access,
    stdin: Mutex<Box<dyn BufRead + Send>>,
    output: Output,
    ends: Arc<Ends>,
    say: Say,
    order: Order,
    ping: Option<Duration>,
    pings: AtomicBool,
    ignored: Ignored,
    crew: Crew,
    session: Session,
    exchanges: Exchanges,
    transport: OnceLock<Transport>,
    // Whether a server of the revision 2026-07-28 is looked for, and the machine for one that was found.
    auto: bool,
    modern: OnceLock<Mutex<Modern>>,
    listening: AtomicUsize,
    // Answers to requests of the bridge's own go to whoever asked.
    own: Mutex<HashMap<String, Sender<Vec<u8>>>>,
    own_count: AtomicU64,
    renewing: Mutex<()>,
    // A grip on the server's own stream: the one of a session that is lost is read no further.
    own_stream: Mutex<Grip>,
    // And on what opens another session.
    opening: Mutex<Grip>,
}

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge").field("wire", &self.wire).finish_non_exhaustive()
    }
}

impl Bridge {
    /// Reads what the client says, to its end. Whoever has read a message carries it, and somebody else reads on:
    /// it need not wait for another thread to wake.
    pub fn read(self: &Arc<Self>) {
        loop {
            let line = {
                let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
                stdio::next(&mut *stdin, message::LIMIT)
            };
            match line {
                Line::Text(line) => {
                    if let Some(job) = self.from_client(line) {
                        let bridge = Arc::clone(self);
                        self.crew.run(move || bridge.read());
                        return job();
                    }
                }
                Line::TooLong(id) => self.too_long(id.as_deref()),
                Line::End => return (self.ends)(End::Said),
            }
        }
    }

    /// Ends the session, within a second.
    pub fn end(self: &Arc<Self>, end: End) {
        if end == End::Said {
            self.exchanges.wait_done(LAST_ANSWERS);
        }
        let Some(id) = self.session.named().id else { return self.access.wait_renewed(RENEWAL) };
        let (done, ended) = channel();
        let bridge = Arc::clone(self);
        self.crew.run(move || {
            let bearer = bridge.access.known().map(|token| format!("Bearer {}", token.expose()));
            let mut headers = vec![(SESSION_HEADER, id.as_str())];
            let named = bridge.session.named();
            headers.extend(named.version.as_deref().map(|version| (relay::VERSION, version)));
            headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
            // A server need not let clients do that.
            bridge.wire.send(bridge.wire.url(), Verb::Delete, &headers, &Grip::default()).ok();
            done.send(()).ok();
        });
        ended.recv_timeout(FAREWELL).ok();
        self.access.wait_renewed(RENEWAL);
    }

    /// Passes a message of the server on.
    ///
    /// # Errors
    /// Fails where it is none.
    fn pass(self: &Arc<Self>, mut bytes: Vec<u8>) -> Result<(), NotAMessage> {
        let messages = message::read(&bytes)?;
        self.say.passes("to the client:", &messages);
        let mut ended = vec![];
        // It came too late: the client has been told that it does not come.
        if let [message] = messages.as_slice()
            && message.answers().is_some_and(|id| self.exchanges.was_dismissed(id))
        {
            return Ok(());
        }
        for id in messages.iter().filter_map(Message::answers) {
            if let Some(asker) = self.take_asker(id) {
                asker.send(bytes).ok();
                return Ok(());
            }
            ended.extend(self.exchanges.answered(id));
        }
        if self.modern.get().is_some() {
            self.from_modern(&bytes);
            return Ok(());
        }
        let is = |kind: Kind| ended.iter().any(|passing| passing.kind == kind);
        if is(Kind::Initialize) {
            self.session.opened(true);
            self.session.take_version(&bytes);
        }
        if is(Kind::Tools) && !self.ignored.is_empty() {
            bytes = match (self.ignored.filter(&bytes), messages.as_slice()) {
                (Ok(None), _) => bytes,
                (Ok(Some(fewer)), _) => fewer,
                (Err(_), [message]) => {
                    message::failure(message.answers().unwrap_or("null"), UNREADABLE)
                }
                (Err(_), _) => return Err(NotAMessage::Other),
            };
        }
        message::on_one_line(&mut bytes);
        self.output.send(bytes);
        Ok(())
    }

    fn fail(&self, task: &Task, failure: &Failure) {
        if task.grip.is_cut() {
            // Nobody waits for the answer any more.
            return task.asks.iter().for_each(|ask| drop(self.exchanges.dismissed(ask)));
        }
        let why = self.access.hide(failure.to_string());
        self.say.line(&why);
        let waiting: Vec<_> = task.asks.iter().filter(|ask| self.exchanges.waits(ask)).collect();
        waiting.into_iter().for_each(|ask| self.answer_with(ask, &why));
    }

    fn fail_all(&self, failure: &Failure) {
        let why = self.access.hide(failure.to_string());
        self.exchanges.all().iter().for_each(|ask| self.answer_with(ask, &why));
    }

    fn answer_with(&self, ask: &Exchange, why: &str) {
        if let Some(_passing) = self.exchanges.dismissed(ask) {
            self.output.send(message::failure(&ask.id, why));
        }
    }

    fn listens(&self) -> bool {
        self.listening.load(Ordering::SeqCst) > 0
    }
}
