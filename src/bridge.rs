//! The native bridge: what makes a remote server a stdio server, in mcp-remote's place.
//!
//! Messages pass by their bytes. Each one that goes to the server has a thread of its own until its answer has
//! passed, so that any number of them are under way; what comes back is written to the client a whole line at a
//! time. Nothing is said to the server before the client says something.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::auth::http::HttpError;

mod access;
mod crew;
mod events;
mod exchanges;
mod legacy;
pub mod message;
pub mod options;
mod relay;
pub mod say;
mod session;
mod start;
pub mod stdio;
mod tools;
mod wire;

use access::{Access, AccessError};
use crew::Crew;
use exchanges::{Exchange, Exchanges, Kind};
use message::{Message, NotAMessage};
use options::Order;
use relay::{Task, Transport};
use say::Say;
use session::Session;
pub use start::{Start, Values};
use stdio::{Line, Output};
use tools::Ignored;
use wire::{FAREWELL, Grip, Verb, Wire};

use crate::auth::greeting::SESSION;

/// Says why a message could not be carried. Each is told to the client as the answer to what it asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// There is no credential that the server takes.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The server refuses.
    #[error("`{url}` refuses: it answers {answered}{}", .said.as_deref().map_or(String::new(), |said| format!(" that says: {said}")))]
    Refused {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// What was answered.
        answered: String,
        /// What the server says about it.
        said: Option<String>,
    },
    /// What was answered is no message.
    #[error(
        "`{url}` answers {answered}, which is no message; check that it is the address of an MCP server"
    )]
    NoMessage {
        /// The address.
        url: String,
        /// What was answered.
        answered: String,
    },
    /// A message is too long.
    #[error("`{url}` sends a message of more than 64 MiB, which is not carried")]
    TooLong {
        /// The address.
        url: String,
    },
    /// The answer broke off.
    #[error("`{url}` broke off before it answered; ask again")]
    Unanswered {
        /// The address.
        url: String,
    },
    /// The stream of an old server is away.
    #[error(
        "the server's stream is away, and nothing can be sent without it; ask again in a while"
    )]
    NoStream,
    /// An old server sends messages elsewhere.
    #[error(
        "`{url}` wants messages sent to another origin, which is not done; ask the server's owner"
    )]
    Endpoint {
        /// The address.
        url: String,
    },
}

impl Failure {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Http(_)
            | Self::Access(_)
            | Self::NoMessage { .. }
            | Self::TooLong { .. }
            | Self::Unanswered { .. }
            | Self::NoStream
            | Self::Endpoint { .. } => None,
        }
    }

    fn saying(self, said: Option<String>) -> Self {
        match self {
            Self::Refused { url, status, answered, said: _ } => {
                Self::Refused { url, status, answered, said }
            }
            other @ (Self::Http(_)
            | Self::Access(_)
            | Self::NoMessage { .. }
            | Self::TooLong { .. }
            | Self::Unanswered { .. }
            | Self::NoStream
            | Self::Endpoint { .. }) => other,
        }
    }
}

/// Says why a bridge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client says nothing more.
    Said,
    /// The client is gone, or somebody wants the bridge to end.
    Gone,
}

// How long answers that are under way are waited for after the client has said its last.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
// A token that is being renewed is spent already: the next one must be written, or a person is asked again.
const RENEWAL: Duration = Duration::from_secs(5);
const ANSWER_TO_OWN: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(30);
const ROOM: Duration = Duration::from_millis(200);

/// Holds a bridge at work.
#[derive(Debug)]
pub struct Bridge {
    wire: Wire,
    access: Access,
    output: Output,
    say: Say,
    order: Order,
    ping: Option<Duration>,
    ignored: Ignored,
    crew: Crew,
    session: Session,
    exchanges: Exchanges,
    transport: OnceLock<Transport>,
    listening: AtomicUsize,
    // Answers to requests of the bridge's own go to whoever asked.
    own: Mutex<HashMap<String, Sender<Vec<u8>>>>,
    own_count: AtomicU64,
    renewing: Mutex<()>,
}

impl Bridge {
    /// Reads what the client says, to its end. `hung_up` tells whether it is gone while nothing is read.
    pub fn read(self: &Arc<Self>, stdin: &mut impl BufRead, hung_up: &dyn Fn() -> bool) {
        loop {
            while !self.crew.has_room(ROOM) {
                if hung_up() {
                    return;
                }
            }
            match stdio::next(stdin, message::LIMIT) {
                Line::Text(line) => self.from_client(line),
                Line::TooLong(id) => self.too_long(id.as_deref()),
                Line::End => return,
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
        self.crew.run(0, move || {
            let bearer = bridge.access.known().map(|token| format!("Bearer {}", token.expose()));
            let mut headers = vec![(SESSION, id.as_str())];
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

    fn from_client(self: &Arc<Self>, bytes: Vec<u8>) {
        if bytes.trim_ascii().is_empty() {
            return;
        }
        let messages = match message::read(&bytes) {
            Ok(messages) => messages,
            Err(error) => {
                let why = format!("a line from the client was passed over: {error}");
                return self.say.line(&why);
            }
        };
        self.say.passes("to the server:", &messages);
        if self.refuse_ignored(&messages) {
            return;
        }
        let initialize = messages.iter().any(|message| message.is("initialize"));
        let initialized = messages.iter().any(|message| message.is("notifications/initialized"));
        let grip = Grip::default();
        let asks = messages.iter().filter_map(|message| {
            let kind = Kind::of(message.method.as_deref());
            message.request().map(|id| self.exchanges.begin(id, &grip, kind))
        });
        let asks: Vec<_> = asks.collect();
        messages.iter().for_each(|message| self.note_cancelled(message));
        let headers = vec![];
        let opens = self.session.opens();
        let task = Task { bytes, asks, grip, headers, initialize, opens };
        if initialize {
            self.session.keep_initialize(&task.bytes);
        }
        if initialized {
            self.session.settle(true);
        }
        let bridge = Arc::clone(self);
        self.crew.run(task.bytes.len(), move || bridge.work(&task, initialized));
    }

    fn work(self: &Arc<Self>, task: &Task, initialized: bool) {
        if !task.opens {
            self.session.wait_open();
            if !initialized && !task.asks.is_empty() {
                self.session.wait_settled();
            }
        }
        let done = self.carry(task);
        if task.opens {
            self.session.opened(done.is_ok());
        }
        if initialized {
            self.session.settle(false);
            if done.is_ok() {
                self.begin_listening();
            }
        }
        if let Err(failure) = done {
            self.fail(task, &failure);
        }
    }

    fn begin_listening(self: &Arc<Self>) {
        if let Some(Transport::Http) = self.transport.get() {
            let bridge = Arc::clone(self);
            self.crew.run(0, move || bridge.listen());
        }
        let generation = self.session.named().generation;
        if let Some(interval) = self.ping.filter(|_| generation == 0) {
            let bridge = Arc::clone(self);
            self.crew.run(0, move || bridge.keep_alive(interval));
        }
    }

    fn keep_alive(self: &Arc<Self>, interval: Duration) {
        loop {
            std::thread::sleep(interval);
            if let Err(failure) = self.ask(|id| message::request(id, "ping")) {
                self.say.debug(&format!("a ping was not answered: {failure}"));
            }
        }
    }

    // The server may still answer; after a while whoever waits for it is sent home.
    fn note_cancelled(&self, message: &Message<'_>) {
        if !message.is("notifications/cancelled") {
            return;
        }
        let id = message.param("requestId").map(|id| id.to_string());
        if let Some(exchange) = id.and_then(|id| self.exchanges.find(&id)) {
            self.crew.later(GRACE, move || exchange.grip.cut());
        }
    }

    // Tools that the client is not to see are refused here, and whatever came in one batch with them.
    fn refuse_ignored(&self, messages: &[Message<'_>]) -> bool {
        if self.ignored.is_empty() {
            return false;
        }
        let hidden = |message: &Message<'_>| {
            let name = message.param("name").filter(|_| message.is("tools/call"))?;
            let name = name.as_str().filter(|name| self.ignored.covers(name))?.to_owned();
            Some((message.request()?.to_owned(), name))
        };
        let refused: Vec<_> = messages.iter().filter_map(hidden).collect();
        for (id, tool) in &refused {
            self.output.send(message::no_tool(id, tool));
        }
        !refused.is_empty()
    }

    fn too_long(&self, id: Option<&str>) {
        let why = "the message is longer than 64 MiB, which is not carried";
        self.say.line(&format!("a line from the client was passed over: {why}"));
        if let Some(id) = id {
            self.output.send(message::failure(id, why));
        }
    }

    /// Passes a message of the server on.
    ///
    /// # Errors
    /// Fails where it is none.
    fn pass(&self, mut bytes: Vec<u8>) -> Result<(), NotAMessage> {
        let messages = message::read(&bytes)?;
        self.say.passes("to the client:", &messages);
        let mut ended = vec![];
        for id in messages.iter().filter_map(Message::answers) {
            if let Some(asker) = self.take_asker(id) {
                asker.send(bytes).ok();
                return Ok(());
            }
            ended.extend(self.exchanges.answered(id));
        }
        let is = |kind: Kind| ended.iter().any(|passing| passing.kind == kind);
        if is(Kind::Initialize) {
            self.session.take_version(&bytes);
        }
        if is(Kind::Tools)
            && !self.ignored.is_empty()
            && let Some(fewer) = self.ignored.filter(&bytes)
        {
            bytes = fewer;
        }
        message::on_one_line(&mut bytes);
        self.output.send(bytes);
        Ok(())
    }

    fn take_asker(&self, id: &str) -> Option<Sender<Vec<u8>>> {
        let id = id.strip_prefix('"')?.strip_suffix('"')?;
        if !id.starts_with(message::OWN) {
            return None;
        }
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    // Asks the server something that the client knows nothing of.
    fn ask(self: &Arc<Self>, make: impl Fn(&str) -> Vec<u8>) -> Result<Vec<u8>, Failure> {
        let (id, answer) = self.own_id();
        let carried = self.carry(&Task::own(make(&id)));
        self.answer_to(&id, &answer, carried)
    }

    fn own_id(&self) -> (String, Receiver<Vec<u8>>) {
        let id = format!("{}{}", message::OWN, self.own_count.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = channel();
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        (id, answer)
    }

    fn answer_to(
        &self,
        id: &str,
        answer: &Receiver<Vec<u8>>,
        carried: Result<(), Failure>,
    ) -> Result<Vec<u8>, Failure> {
        let by_stream = matches!(self.transport.get(), Some(Transport::Sse(_)));
        let patience = if by_stream && carried.is_ok() { ANSWER_TO_OWN } else { Duration::ZERO };
        let answered = answer.recv_timeout(patience);
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        carried?;
        answered.map_err(|_| Failure::Unanswered { url: self.shown() })
    }

    /// Opens another session in place of one that the server has lost.
    ///
    /// # Errors
    /// Fails where the server opens none.
    fn begin_anew(self: &Arc<Self>, lost: u64) -> Result<(), Failure> {
        let _one = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, answer) = self.own_id();
        let Some(bytes) = self.session.begin_anew(lost, &id) else { return Ok(()) };
        self.say.debug("the server has lost the session; another one is opened");
        let carried = self.carry(&Task { initialize: true, opens: true, ..Task::own(bytes) });
        let answer = self.answer_to(&id, &answer, carried)?;
        let opened = message::read(&answer)
            .is_ok_and(|messages| messages.iter().all(|message| !message.is_error()));
        if !opened {
            return Err(Failure::Unanswered { url: self.shown() });
        }
        self.session.take_version(&answer);
        let initialized = message::notification("notifications/initialized");
        self.carry(&Task { opens: true, ..Task::own(initialized) })?;
        self.begin_listening();
        Ok(())
    }

    fn fail(&self, task: &Task, failure: &Failure) {
        if task.grip.is_cut() {
            return;
        }
        let why = failure.to_string();
        self.say.line(&why);
        let waiting: Vec<_> = task.asks.iter().filter(|ask| self.exchanges.waits(ask)).collect();
        waiting.into_iter().for_each(|ask| self.answer_with(ask, &why));
    }

    fn fail_all(&self, failure: &Failure) {
        let why = failure.to_string();
        self.exchanges.all().iter().for_each(|ask| self.answer_with(ask, &why));
    }

    fn answer_with(&self, ask: &Exchange, why: &str) {
        let _passing = self.exchanges.answered(&ask.id);
        self.output.send(message::failure(&ask.id, why));
    }

    fn listens(&self) -> bool {
        self.listening.load(Ordering::SeqCst) > 0
    }
}
