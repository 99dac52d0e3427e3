//! Translates between a server of the revision 2026-07-28 and a client of an older one (`--protocol auto`).
//!
//! The revision 2026-07-28 has no `initialize` and no session: each request names its client and revision, the server's
//! questions come in its responses, and notifications of changes come on a stream that the client subscribes to. The
//! translation is a state machine without input, output, clock or thread: it receives a message and returns actions.

mod annotations;
mod headers;
mod identity;
mod learning;
mod notice;
mod older;
mod request;
mod rounds;
mod subscription;
mod verdict;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Value, json};

use super::message::{CODE as UNCARRIED, OWN};
use annotations::ToolHeaders;
use identity::ClientIdentity;
use request::ModernRequests;
use subscription::ChangeStreams;

pub use verdict::{DiscoverOutcome, judge, probe};

/// The revision that these servers speak.
pub const VERSION: &str = "2026-07-28";
const NOT_A_REQUEST: i32 = -32600;

/// An action that the bridge performs.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Send a message to the server, in its own HTTP request.
    ToServer {
        /// The message.
        message: Value,
        /// HTTP headers besides `MCP-Protocol-Version`.
        headers: Vec<(String, String)>,
    },
    /// Send a message to the client.
    ToClient(Value),
    /// Stop reading the response to the request with this id, which cancels it.
    Abandon(Value),
    /// Call [`Modern::wake`] after this time.
    Later(Duration, TimerKind),
    /// Log a line.
    Log(String),
}

/// The purpose of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// Subscribe to changes.
    Listen(u64),
    /// A stream of changes has been open for a while.
    Held(u64),
    /// Send a request again after the pause that the server needed.
    Retry(u64),
}

/// The state of a client and a server of this revision.
#[derive(Debug)]
pub struct Modern {
    identity: ClientIdentity,
    discovered: Value,
    log_level: Option<Value>,
    tools: ToolHeaders,
    requests: ModernRequests,
    listening: ChangeStreams,
    serial: u64,
}

impl Modern {
    fn new(identity: ClientIdentity, discovered: Value) -> Self {
        Self {
            identity,
            discovered,
            log_level: None,
            tools: ToolHeaders::default(),
            requests: ModernRequests::default(),
            listening: ChangeStreams::default(),
            serial: 0,
        }
    }

    /// Handles a message or a batch from the client.
    pub fn receive_from_client(&mut self, message: Value) -> Vec<Action> {
        if let Value::Array(batch) = message {
            return batch
                .into_iter()
                .flat_map(|message| self.receive_from_client(message))
                .collect();
        }
        let id = message.get("id").filter(|id| !id.is_null()).cloned();
        let method = message.get("method").and_then(Value::as_str).map(str::to_owned);
        match (method, id) {
            (Some(_), Some(id)) if is_own(&id) => {
                let why = format!("ids that start with `{OWN}` are reserved for the bridge");
                vec![Action::ToClient(failure(&id, NOT_A_REQUEST, &why))]
            }
            (Some(method), Some(id)) => self.request(&method, &id, message),
            (Some(method), None) => self.told(&method, message),
            (None, Some(id)) => self.answered(&id, &message),
            (None, None) => vec![],
        }
    }

    /// Handles a message from the server, from any HTTP response.
    ///
    /// This includes the JSON-RPC errors in the bodies of error responses (400, 404), to which the caller adds the id
    /// of the request.
    pub fn receive_from_server(&mut self, message: Value) -> Vec<Action> {
        if let Value::Array(batch) = message {
            return batch
                .into_iter()
                .flat_map(|message| self.receive_from_server(message))
                .collect();
        }
        let id = message.get("id").filter(|id| !id.is_null()).cloned();
        let method = message.get("method").and_then(Value::as_str).map(str::to_owned);
        match (method, id) {
            // This revision allows questions only in responses, so the server would refuse a response to this request.
            (Some(method), Some(_)) => {
                let method = shown(&method);
                let why = format!("the server sends the request `{method}` outside a response");
                vec![Action::Log(format!("{why}, which {VERSION} does not allow"))]
            }
            (Some(method), None) => self.notice(&method, message),
            (None, Some(id)) if self.listening.has(&id) => {
                let refusal = message.get("error").map(error_text);
                self.stream_ended(&id, refusal.as_deref())
            }
            (None, Some(id)) => self.answer(&id, message),
            (None, None) => vec![],
        }
    }

    /// Notes that a request has ended without a response.
    pub fn ended(&mut self, id: &Value, why: &str) -> Vec<Action> {
        if self.listening.has(id) { self.stream_ended(id, None) } else { self.cut(id, why) }
    }

    /// Continues after a timer.
    pub fn wake(&mut self, what: TimerKind) -> Vec<Action> {
        match what {
            TimerKind::Listen(serial) => self.listen_if_due(serial),
            TimerKind::Held(serial) => {
                self.listening.held(serial);
                vec![]
            }
            TimerKind::Retry(serial) => self.retry_rested(serial),
        }
    }

    fn request(&mut self, method: &str, id: &Value, message: Value) -> Vec<Action> {
        let text = |name: &str| message.pointer(name).and_then(Value::as_str).map(str::to_owned);
        let mut steps = match method {
            "initialize" => return self.greeted_again(&message),
            "ping" => vec![],
            "logging/setLevel" => {
                self.log_level = text("/params/level").map(Value::from);
                vec![]
            }
            "resources/subscribe" => {
                text("/params/uri").map_or_else(Vec::new, |uri| self.subscribe(uri))
            }
            "resources/unsubscribe" => {
                text("/params/uri").map_or_else(Vec::new, |uri| self.unsubscribe(&uri))
            }
            _other => return self.forward(message),
        };
        steps.insert(0, Action::ToClient(result(id, &json!({}))));
        steps
    }

    fn greeted_again(&mut self, message: &Value) -> Vec<Action> {
        self.identity = ClientIdentity::of(message);
        vec![Action::ToClient(verdict::greeting(message, &self.discovered))]
    }

    fn told(&mut self, method: &str, mut message: Value) -> Vec<Action> {
        match method {
            "notifications/cancelled" => {
                let id = message.pointer("/params/requestId");
                id.cloned().map_or_else(Vec::new, |id| self.cancel(&id))
            }
            // This revision has no equivalent.
            "notifications/initialized"
            | "notifications/progress"
            | "notifications/roots/list_changed"
            | "ping"
            | "logging/setLevel"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "initialize" => vec![],
            _other => {
                self.identity.stamp(&mut message);
                vec![self.to_server(message)]
            }
        }
    }

    fn to_server(&self, message: Value) -> Action {
        let headers = headers::of(&message, &self.tools);
        Action::ToServer { message, headers }
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn own_id(&mut self, what: &str) -> Value {
        format!("{OWN}{what}-{}", self.next()).into()
    }
}

fn is_own(id: &Value) -> bool {
    id.as_str().is_some_and(|id| id.starts_with(OWN))
}

fn result(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn failure(id: &Value, code: i32, why: &str) -> Value {
    let why = format!("mcpgen: {why}");
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": why } })
}

fn uncarried(id: &Value, why: &str) -> Action {
    Action::ToClient(failure(id, UNCARRIED, why))
}

fn error_text(error: &Value) -> String {
    let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason given");
    let code = error.get("code").cloned().unwrap_or_default();
    format!("{} ({code})", shown(message))
}

// Strings from the client or the server may be long, and may contain control characters.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(200) {
        if matches!(c, '"' | '\'' | '\\') {
            shown.push(c);
        } else {
            shown.extend(c.escape_debug());
        }
    }
    shown
}
