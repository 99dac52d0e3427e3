//! The stream of changes. The bridge subscribes to it, because older clients get notifications of changes without a
//! subscription.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Action, Modern, TimerKind, is_own};

// The pause before a stream that has ended is opened again.
const APART: Duration = Duration::from_secs(2);
// A client subscribes to several resources one by one, so the bridge waits for further ones.
const SOON: Duration = Duration::from_millis(200);
const HELD: Duration = Duration::from_secs(30);
const SHORT_LIVED: u32 = 5;

const RESOURCES: &str = "resourceSubscriptions";

/// The open streams, and the resources that the client subscribed to.
#[derive(Debug, Default)]
pub struct ChangeStreams {
    resources: BTreeSet<String>,
    // Whether the server has refused a stream with resources, so that the next one is opened without them.
    without_resources: bool,
    // The newest stream is last. An older stream stays open until the newest is acknowledged, so that no change is
    // missed.
    streams: Vec<ChangeStream>,
    // The number of consecutive streams that ended soon after they were opened.
    short_lived: u32,
    due: Option<u64>,
}

#[derive(Debug)]
struct ChangeStream {
    id: Value,
    serial: u64,
    filter: Value,
    held: bool,
}

impl ChangeStreams {
    /// Returns whether a stream has the id.
    pub fn has(&self, id: &Value) -> bool {
        self.place(id).is_some()
    }

    /// Returns whether the id belongs to a stream that the bridge no longer reads.
    pub fn has_left(&self, id: &Value) -> bool {
        is_own(id) && !self.has(id)
    }

    /// Notes that a stream has been open for a while.
    pub fn held(&mut self, serial: u64) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.serial == serial) {
            stream.held = true;
            self.short_lived = 0;
        }
    }

    fn place(&self, id: &Value) -> Option<usize> {
        self.streams.iter().position(|stream| stream.id == *id)
    }

    fn filter(&self, capabilities: &Value) -> Option<Value> {
        let mut filter = Map::new();
        for of in ["tools", "prompts", "resources"] {
            if capabilities[of]["listChanged"] == true {
                filter.insert(format!("{of}ListChanged"), true.into());
            }
        }
        if !self.resources.is_empty() && !self.without_resources {
            filter.insert(RESOURCES.into(), json!(self.resources));
        }
        (!filter.is_empty()).then(|| filter.into())
    }
}

impl Modern {
    /// Opens a stream of all changes that the client needs now, unless the newest stream has the same changes. If the
    /// client needs no changes, abandons all streams.
    pub(super) fn listen(&mut self) -> Vec<Action> {
        self.listening.due = None;
        let Some(filter) = self.listening.filter(&self.discovered["capabilities"]) else {
            return self
                .listening
                .streams
                .drain(..)
                .map(|stream| Action::Abandon(stream.id))
                .collect();
        };
        if self.listening.streams.last().is_some_and(|newest| newest.filter == filter) {
            return vec![];
        }
        let id = self.own_id("listen");
        let serial = self.serial;
        let params = json!({ "notifications": filter });
        let message = self.identity.request(&id, "subscriptions/listen", params);
        self.listening.streams.push(ChangeStream { id, serial, filter, held: false });
        vec![self.to_server(message), Action::Later(HELD, TimerKind::Held(serial))]
    }

    pub(super) fn listen_if_due(&mut self, serial: u64) -> Vec<Action> {
        if self.listening.due == Some(serial) { self.listen() } else { vec![] }
    }

    pub(super) fn subscribe(&mut self, uri: String) -> Vec<Action> {
        if self.listening.resources.insert(uri) { self.wanted_otherwise() } else { vec![] }
    }

    pub(super) fn unsubscribe(&mut self, uri: &str) -> Vec<Action> {
        if self.listening.resources.remove(uri) { self.wanted_otherwise() } else { vec![] }
    }

    /// Handles the acknowledgement of a stream: abandons older streams, and logs the changes that the server does not
    /// report.
    pub(super) fn acknowledged(&mut self, id: Option<&Value>, granted: &Value) -> Vec<Action> {
        let newest = self.listening.streams.len().checked_sub(1);
        let Some(at) = id.map_or(newest, |id| self.listening.place(id)) else { return vec![] };
        let missing = missing(&self.listening.streams[at].filter, granted);
        let older = self.listening.streams.drain(..at);
        let mut steps: Vec<_> = older.map(|stream| Action::Abandon(stream.id)).collect();
        if !missing.is_empty() {
            let missing = missing.join("`, `");
            steps.push(Action::Log(format!(
                "the server sends no notifications of changes: `{missing}`"
            )));
        }
        steps
    }

    /// Notes that a stream has ended, because the server refused or closed it, or because it was cut off.
    pub(super) fn stream_ended(&mut self, id: &Value, refusal: Option<&str>) -> Vec<Action> {
        let Some(at) = self.listening.place(id) else { return vec![] };
        let stream = self.listening.streams.remove(at);
        if at < self.listening.streams.len() {
            return vec![];
        }
        if let Some(why) = refusal {
            return self.stream_refused(&stream, why);
        }
        if !stream.held {
            self.listening.short_lived += 1;
        }
        if self.listening.short_lived >= SHORT_LIVED {
            let why = "the server repeatedly closed the stream of changes at once";
            return vec![Action::Log(format!(
                "{why}; the client gets no notifications of changes"
            ))];
        }
        self.listen_later(APART)
    }

    fn stream_refused(&mut self, stream: &ChangeStream, why: &str) -> Vec<Action> {
        let named = stream.filter.get(RESOURCES).is_some();
        let rest = if named { "changes to single resources" } else { "changes" };
        let mut steps =
            vec![Action::Log(format!("the server sends no notifications of {rest}: {why}"))];
        if named {
            self.listening.without_resources = true;
            steps.extend(self.listen());
        }
        steps
    }

    // The server may accept other resources, even if it refused the previous ones.
    fn wanted_otherwise(&mut self) -> Vec<Action> {
        self.listening.without_resources = false;
        self.listening.short_lived = 0;
        self.listen_later(SOON)
    }

    fn listen_later(&mut self, after: Duration) -> Vec<Action> {
        if self.listening.due.is_some() {
            return vec![];
        }
        let serial = self.next();
        self.listening.due = Some(serial);
        vec![Action::Later(after, TimerKind::Listen(serial))]
    }
}

fn missing(wanted: &Value, granted: &Value) -> Vec<String> {
    let mut missing = vec![];
    for (name, wanted) in wanted.as_object().into_iter().flatten() {
        match wanted.as_array() {
            Some(uris) => {
                let granted = granted[name].as_array();
                let lacks = |uri: &&Value| !granted.is_some_and(|granted| granted.contains(uri));
                missing
                    .extend(uris.iter().filter(lacks).filter_map(Value::as_str).map(super::shown));
            }
            None if granted[name] == true => {}
            None => missing.push(name.clone()),
        }
    }
    missing
}
