//! What the client says, on its way to the server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::crew::FULL;
use super::exchanges::{Exchange, Kind};
use super::message::{self, Message};
use super::options::Order;
use super::relay::{Task, Transport};
use super::wire::Grip;
use super::{Bridge, Failure};

const GRACE: Duration = Duration::from_secs(30);
// A cancellation is held back until its call has been sent, which seldom takes longer than a connection does.
const UNSENT: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(5);
// What was sent by one connection may be read after what is sent a little later by another.
const HEARD: Duration = Duration::from_millis(100);

impl Bridge {
    /// Takes a line of the client's, and returns what is to be done about it.
    pub fn from_client(self: &Arc<Self>, bytes: Vec<u8>) -> Option<Box<dyn FnOnce()>> {
        if bytes.trim_ascii().is_empty() {
            return None;
        }
        let messages = match message::read(&bytes) {
            Ok(messages) => messages,
            Err(error) => {
                let why = format!("a line from the client was passed over: {error}");
                self.say.line(&why);
                return None;
            }
        };
        self.say.passes("to the server:", &messages);
        if self.refuse_ignored(&messages) {
            return None;
        }
        if self.modern.get().is_some() {
            self.to_modern(&bytes);
            return None;
        }
        let initialize = messages.iter().any(|message| message.is("initialize"));
        let initialized = messages.iter().any(|message| message.is("notifications/initialized"));
        let grip = Grip::default();
        let asks = messages.iter().filter_map(|message| {
            let kind = Kind::of(message.method.as_deref());
            message.request().map(|id| self.exchanges.begin(id, &grip, kind))
        });
        let asks: Vec<_> = asks.collect();
        let cancelled = messages.iter().filter_map(|message| self.note_cancelled(message));
        let cancelled: Vec<_> = cancelled.collect();
        let opens = self.session.opens();
        let task = Task { asks, grip, initialize, opens, ..Task::own(bytes, None) };
        if initialize {
            self.session.keep_initialize(&task.bytes);
        }
        if initialized {
            self.session.settles();
        }
        let Some(held) = self.crew.hold(task.bytes.len(), FULL) else {
            self.fail(&task, &Failure::TooMuch);
            return None;
        };
        let (bridge, asks) = (Arc::clone(self), !task.asks.is_empty());
        let work = move |place| {
            if let Some(place) = place {
                task.grip.keep(place);
            }
            cancelled.iter().for_each(|exchange| bridge.wait_heard(exchange));
            // A call that was never sent is none to the server.
            let unsent = |grip: &Grip| grip.is_cut() && grip.sent().is_none();
            if cancelled.iter().any(|exchange| unsent(&exchange.grip)) {
                return;
            }
            bridge.work(&task, initialized);
            task.grip.release();
            drop(held);
        };
        if !asks {
            return Some(Box::new(move || work(None)));
        }
        let job = self.crew.admit(move |place| work(Some(place)));
        job.map(|job| Box::new(job) as Box<dyn FnOnce()>)
    }

    fn work(self: &Arc<Self>, task: &Task, initialized: bool) {
        if !task.opens {
            self.session.wait_first();
            if !initialized && !task.asks.is_empty() {
                self.session.wait_settled();
            }
        }
        let done = if self.modern.get().is_some() {
            task.asks.iter().for_each(|ask| drop(self.exchanges.answered(&ask.id)));
            self.to_modern(&task.bytes);
            Ok(())
        } else {
            self.carry_first(task)
        };
        if task.opens {
            self.session.opened(done.is_ok());
        }
        if initialized {
            self.session.delivered();
            let http = matches!(self.transport.get(), Some(Transport::Http));
            if done.is_ok() && self.modern.get().is_none() {
                self.begin_listening();
            }
            if done.is_err() || !http {
                self.session.settled();
            }
        }
        if let Err(failure) = done {
            self.fail(task, &failure);
        }
    }

    // The first message may be the end of an older revision.
    fn carry_first(self: &Arc<Self>, task: &Task) -> Result<(), Failure> {
        let http = matches!(self.order, Order::HttpFirst | Order::HttpOnly);
        if self.auto && http && task.opens && task.initialize && self.negotiate(&task.bytes)? {
            task.asks.iter().for_each(|ask| drop(self.exchanges.answered(&ask.id)));
            return Ok(());
        }
        self.carry(task)
    }

    /// Reads what the server says by itself from now on, and pings it where that is wanted.
    pub fn begin_listening(self: &Arc<Self>) {
        if let Some(Transport::Http) = self.transport.get() {
            let bridge = Arc::clone(self);
            self.crew.run(move || bridge.listen());
        }
        if let Some(interval) = self.ping.filter(|_| !self.pings.swap(true, Ordering::SeqCst)) {
            let bridge = Arc::clone(self);
            self.crew.run(move || bridge.keep_alive(interval));
        }
    }

    // The server may still answer; after a while whoever waits for it is sent home.
    fn note_cancelled(self: &Arc<Self>, message: &Message<'_>) -> Option<Exchange> {
        let id = message.cancels().filter(|_| message.is("notifications/cancelled"))?;
        let exchange = self.exchanges.find(id)?;
        // Of a batch, the others are wanted still.
        let alone = self.exchanges.count(&exchange.grip) == 1;
        if exchange.grip.cancel() && alone {
            exchange.grip.release();
            if exchange.grip.sent().is_none() {
                exchange.grip.cut();
            }
            let (bridge, late) = (Arc::clone(self), exchange.clone());
            self.crew.later(GRACE, move || {
                late.grip.cut();
                drop(bridge.exchanges.dismissed(&late));
            });
        }
        Some(exchange)
    }

    // A server passes a cancellation over where it has not heard of the call.
    fn wait_heard(&self, exchange: &Exchange) {
        let begun = Instant::now();
        let heard = || exchange.grip.sent().is_some_and(|sent| sent.elapsed() >= HEARD);
        while !heard() && self.exchanges.waits(exchange) && begun.elapsed() < UNSENT {
            std::thread::sleep(GLANCE);
        }
    }

    // Tools that the client is not to see are refused here, and whatever came in one batch with them.
    fn refuse_ignored(&self, messages: &[Message<'_>]) -> bool {
        if self.ignored.is_empty() {
            return false;
        }
        let hidden = |message: &&Message<'_>| {
            let name = message.is("tools/call").then(|| message.names());
            name.is_some_and(|name| name.is_none_or(|name| self.ignored.covers(&name)))
        };
        let refused: Vec<_> = messages.iter().filter(hidden).collect();
        if refused.is_empty() {
            return false;
        }
        for message in messages {
            let Some(id) = message.request() else { continue };
            self.output.send(if hidden(&message) {
                message::no_tool(id, &message.names().unwrap_or_default())
            } else {
                message::failure(id, "a tool that is not available is called in the same batch")
            });
        }
        true
    }

    /// Says that a line of the client's cannot be carried.
    pub fn too_long(&self, id: Option<&str>) {
        let why = "the message is longer than 64 MiB, which is not carried";
        self.say.line(&format!("a line from the client was passed over: {why}"));
        if let Some(id) = id {
            self.output.send(message::failure(id, why));
        }
    }
}
