//! Which revision of the protocol the server speaks, where that is asked (`--protocol auto`), and what is done about
//! one of 2026-07-28: its machine says, and this does.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::crew::{FULL, Place};
use super::exchanges::Kind;
use super::message::{self, Message};
use super::modern::{self, Modern, Step, Verdict};
use super::relay::{Task, VERSION};
use super::wire::Grip;
use super::{Bridge, Failure};

// As long as mcp-remote waits for `server/discover`.
const PATIENCE: Duration = Duration::from_secs(10);
// What is only passed on may be nested as deep as it likes; what is changed is read whole.
const UNREADABLE: &str = "the message is nested more than 128 deep, or has a number that no computer holds, and \
                          cannot be put into another revision";

impl Bridge {
    /// Finds out what the server speaks. True: the client's `initialize` is answered, and the server never sees it.
    ///
    /// # Errors
    /// Fails where the server cannot be reached, or wants a credential that cannot be had.
    pub fn negotiate(self: &Arc<Self>, initialize: &[u8]) -> Result<bool, Failure> {
        let initialize = message::value(initialize).unwrap_or_default();
        let mut asked = 0;
        loop {
            asked += 1;
            let answer = self.discover(&initialize)?;
            match modern::judge(&initialize, &answer, asked) {
                Verdict::Again => {}
                Verdict::Legacy => return Ok(false),
                Verdict::Incompatible(answer) => {
                    self.perform(vec![Step::ToClient(answer)]);
                    return Ok(true);
                }
                Verdict::Modern(machine, steps) => {
                    self.say.debug("the server speaks the revision 2026-07-28");
                    self.session.set_version(Some(machine.version().to_owned()));
                    self.modern.set((*machine).into()).ok();
                    self.perform(steps);
                    return Ok(true);
                }
            }
        }
    }

    fn discover(self: &Arc<Self>, initialize: &Value) -> Result<Value, Failure> {
        let (id, answer) = self.own_id();
        let probe = modern::probe(initialize, &id).to_string().into_bytes();
        let mut task = Task { initialize: true, opens: true, ..Task::own(probe, Some(&id)) };
        task.headers = vec![
            (VERSION.to_owned(), modern::VERSION.to_owned()),
            ("Mcp-Method".to_owned(), "server/discover".to_owned()),
        ];
        self.cut_when_silent(&task.grip);
        let carried = self.over_http(&task);
        match self.answer_to(&id, &answer, carried) {
            Ok(answer) => Ok(message::value(&answer).unwrap_or_default()),
            Err(failure @ (Failure::Http(_) | Failure::Access(_))) if !task.grip.is_cut() => {
                Err(failure)
            }
            Err(failure) => Ok(json!({ "error": refusal(&failure) })),
        }
    }

    // The time that a sign-in takes does not count.
    fn cut_when_silent(self: &Arc<Self>, grip: &Grip) {
        let (bridge, grip) = (Arc::clone(self), grip.clone());
        self.crew.later(PATIENCE, move || {
            if bridge.access.is_busy() { bridge.cut_when_silent(&grip) } else { grip.cut() }
        });
    }

    /// Takes a message of the client's, where the server speaks 2026-07-28.
    pub fn to_modern(self: &Arc<Self>, bytes: &[u8]) {
        match message::value(bytes) {
            Some(message) => self.with_modern(|machine| machine.from_client(message)),
            None => {
                let ids = message::read(bytes).unwrap_or_default();
                for id in ids.iter().filter_map(Message::request) {
                    self.output.send(message::failure(id, UNREADABLE));
                }
            }
        }
    }

    /// Takes a message of such a server's.
    pub fn from_modern(self: &Arc<Self>, bytes: &[u8]) {
        match message::value(bytes) {
            Some(mut message) => {
                let each = message.as_array_mut().map(|batch| batch.iter_mut());
                each.into_iter()
                    .flatten()
                    .for_each(|one| self.access.hide_in(one.get_mut("error")));
                self.access.hide_in(message.get_mut("error"));
                self.with_modern(|machine| machine.from_server(message));
            }
            None => {
                let ids = message::read(bytes).unwrap_or_default();
                for id in ids.iter().filter_map(Message::answers) {
                    let id = serde_json::from_str(id).unwrap_or_default();
                    self.with_modern(|machine| machine.ended(&id, UNREADABLE));
                }
            }
        }
    }

    fn with_modern(self: &Arc<Self>, turn: impl FnOnce(&mut Modern) -> Vec<Step>) {
        let Some(machine) = self.modern.get() else { return };
        let steps = turn(&mut machine.lock().unwrap_or_else(PoisonError::into_inner));
        self.perform(steps);
    }

    fn perform(self: &Arc<Self>, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::ToClient(message) => {
                    let bytes = message.to_string().into_bytes();
                    let fewer = Some(&self.ignored).filter(|ignored| !ignored.is_empty());
                    let fewer = fewer.and_then(|ignored| ignored.filter(&bytes).ok()?);
                    self.output.send(fewer.unwrap_or(bytes));
                }
                Step::ToServer { message, headers } => self.send_modern(&message, headers),
                Step::Abandon(id) => {
                    if let Some(exchange) = self.exchanges.find(&id.to_string()) {
                        exchange.grip.cut();
                        drop(self.exchanges.answered(&exchange.id));
                    }
                }
                Step::Later(after, wake) => {
                    let bridge = Arc::clone(self);
                    self.crew.later(after, move || {
                        bridge.with_modern(|machine| machine.wake(wake));
                    });
                }
                Step::Say(text) => self.say.line(&text),
            }
        }
    }

    fn send_modern(self: &Arc<Self>, message: &Value, headers: Vec<(String, String)>) {
        let grip = Grip::default();
        let id = message.get("id").filter(|id| !id.is_null()).cloned();
        let ask = id.as_ref().map(|id| self.exchanges.begin(&id.to_string(), &grip, Kind::Other));
        let bytes = message.to_string().into_bytes();
        let asked = ask.is_some();
        let asks = ask.into_iter().collect();
        let task = Task { asks, grip, headers, ..Task::own(bytes, None) };
        let Some(held) = self.crew.hold(task.bytes.len(), FULL) else {
            return self.fail_modern(&task, id.as_ref(), &Failure::TooMuch);
        };
        let bridge = Arc::clone(self);
        let job = move |place: Option<Place>| {
            if let Some(place) = place {
                task.grip.keep(place);
            }
            if let Err(failure) = bridge.over_http(&task) {
                bridge.fail_modern(&task, id.as_ref(), &failure);
            }
            task.grip.release();
            drop(held);
        };
        if asked {
            self.crew.run_request(move |place| job(Some(place)));
        } else {
            self.crew.run(move || job(None));
        }
    }

    fn fail_modern(self: &Arc<Self>, task: &Task, id: Option<&Value>, failure: &Failure) {
        let Some(ask) = task.asks.first().filter(|_| !task.grip.is_cut()) else { return };
        let Some(id) = id.filter(|_| self.exchanges.waits(ask)) else { return };
        let _passing = self.exchanges.answered(&ask.id);
        self.say.debug(&self.access.hide(failure.to_string()));
        self.with_modern(|machine| match failure.error() {
            Some(error) => {
                machine.from_server(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
            }
            None => machine.ended(id, &self.access.hide(failure.to_string())),
        });
    }
}

// What a failure says, as the error that the server might have answered.
fn refusal(failure: &Failure) -> Value {
    let said = failure.error().cloned();
    said.unwrap_or_else(|| json!({ "code": message::CODE, "message": failure.to_string() }))
}
