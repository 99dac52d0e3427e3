//! A request from the client until its response. It may take several requests to the server.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::identity::{object, stamp_level};
use super::{Action, Modern, error_text, is_own, older, shown, uncarried};

// The JSON-RPC error code of revision 2026-07-28.
const HEADER_MISMATCH: i64 = -32020;

/// The client's requests in flight, by id.
#[derive(Debug, Default)]
pub struct ModernRequests(HashMap<String, ModernRequest>);

/// A client's request in flight.
#[derive(Debug)]
pub struct ModernRequest {
    /// The request as the client sent it.
    pub request: Value,
    /// The client's responses to the server's questions.
    pub brought: Brought,
    /// How often the server has required input.
    pub rounds: u32,
    /// Ids of URLs that the user opens. The client must be notified of their completion.
    pub visits: Vec<Value>,
    /// The current stage.
    pub stage: Stage,
    /// Whether the request has been sent again because of a missing header.
    pub corrected: bool,
}

/// The data that is added to a request when it is sent again.
#[derive(Debug, Default)]
pub struct Brought {
    /// The client's responses, by the names of the server's questions.
    pub responses: Map<String, Value>,
    /// The server's opaque state.
    pub state: Option<Value>,
}

/// The stage of a request.
#[derive(Debug)]
pub enum Stage {
    /// The server has the request, under this id.
    Asked(Value),
    /// The server's tools are listed again, because a header was missing.
    Learning(Learning),
    /// The client must respond to these questions.
    Questions(Vec<Question>),
    /// The request is sent again when the timer with this number fires.
    Resting(u64),
}

/// The listing of the tools for a call that lacked a header.
#[derive(Debug)]
pub struct Learning {
    /// The id of the request for the list.
    pub id: Value,
    /// The response to the call if the list does not help.
    pub refusal: Value,
    /// The headers that the call had.
    pub had: Vec<(String, String)>,
    /// The number of pages read.
    pub pages: u32,
}

/// A question that the client must respond to.
#[derive(Debug)]
pub struct Question {
    /// Its id at the client.
    pub id: Value,
    /// The server's name for it.
    pub name: String,
    /// The method of the request to the client.
    pub method: String,
}

impl ModernRequests {
    /// Stores a request.
    pub fn put(&mut self, pending: ModernRequest) {
        self.0.insert(key(pending.id()), pending);
    }

    /// Removes and returns the request that was sent to the server under an id.
    pub fn take(&mut self, asked: &Value) -> Option<ModernRequest> {
        let waits = |pending: &ModernRequest| match &pending.stage {
            Stage::Asked(id) | Stage::Learning(Learning { id, .. }) => key(id) == key(asked),
            Stage::Questions(_) | Stage::Resting(_) => false,
        };
        self.take_where(asked, waits)
    }

    /// Removes and returns the request that waits for the client's response to a question.
    pub fn take_questioned(&mut self, id: &Value) -> Option<ModernRequest> {
        self.take_where(id, |pending| match &pending.stage {
            Stage::Questions(open) => open.iter().any(|question| question.id == *id),
            Stage::Asked(_) | Stage::Learning(_) | Stage::Resting(_) => false,
        })
    }

    /// Removes and returns the request that waits for a timer.
    pub fn take_resting(&mut self, serial: u64) -> Option<ModernRequest> {
        let rests =
            |pending: &ModernRequest| matches!(pending.stage, Stage::Resting(at) if at == serial);
        self.take_where(&Value::from(super::OWN), rests)
    }

    /// Removes and returns the request with the client's id, in any stage.
    pub fn take_client(&mut self, id: &Value) -> Option<ModernRequest> {
        self.0.remove(&key(id))
    }

    fn take_where(
        &mut self,
        id: &Value,
        wanted: impl Fn(&ModernRequest) -> bool,
    ) -> Option<ModernRequest> {
        let key = if is_own(id) {
            self.0.iter().find(|(_, pending)| wanted(pending))?.0.clone()
        } else {
            key(id)
        };
        if wanted(self.0.get(&key)?) { self.0.remove(&key) } else { None }
    }
}

impl ModernRequest {
    /// Returns the client's id.
    pub fn id(&self) -> &Value {
        &self.request["id"]
    }

    /// Returns whether a call was refused because of its headers and may be sent again.
    fn lacks_a_header(&self, response: &Value) -> bool {
        let code = response.pointer("/error/code").and_then(Value::as_i64);
        code == Some(HEADER_MISMATCH) && self.is("tools/call") && !self.corrected
    }

    /// Returns the actions that cancel the request, in any stage.
    pub fn withdraw(self) -> Vec<Action> {
        match self.stage {
            Stage::Asked(id) | Stage::Learning(Learning { id, .. }) => vec![Action::Abandon(id)],
            Stage::Questions(open) => open.iter().map(|question| withdrawn(&question.id)).collect(),
            Stage::Resting(_) => vec![],
        }
    }

    /// Returns the actions that respond to the request with an error and cancel everything in flight for it.
    pub fn fail(self, why: &str) -> Vec<Action> {
        let mut steps = vec![uncarried(self.id(), why)];
        steps.extend(self.withdraw());
        steps
    }

    /// Returns whether it has this method.
    pub fn is(&self, method: &str) -> bool {
        self.request["method"] == method
    }
}

impl Modern {
    /// Forwards a request from the client.
    pub(super) fn forward(&mut self, request: Value) -> Vec<Action> {
        let step = self.send(request.clone());
        let stage = Stage::Asked(request["id"].clone());
        let (brought, visits) = (Brought::default(), vec![]);
        let pending =
            ModernRequest { request, brought, rounds: 0, visits, stage, corrected: false };
        self.requests.put(pending);
        vec![step]
    }

    /// Sends the request again under a new id, with the client's responses.
    pub(super) fn again(&mut self, mut pending: ModernRequest) -> Vec<Action> {
        let id = self.own_id("retry");
        let mut message = pending.request.clone();
        message["id"] = id.clone();
        let Brought { responses, state } = &pending.brought;
        if let Some(params) = message.as_object_mut().and_then(|message| object(message, "params"))
        {
            if !responses.is_empty() {
                params.insert("inputResponses".into(), responses.clone().into());
            }
            if let Some(state) = state {
                params.insert("requestState".into(), state.clone());
            }
        }
        pending.stage = Stage::Asked(id);
        self.requests.put(pending);
        vec![self.send(message)]
    }

    /// Handles a response from the server. A response to a request that has ended is dropped.
    pub(super) fn answer(&mut self, id: &Value, message: Value) -> Vec<Action> {
        let Some(mut pending) = self.requests.take(id) else { return vec![] };
        let asked = Stage::Asked(id.clone());
        if let Stage::Learning(learning) = std::mem::replace(&mut pending.stage, asked) {
            return self.learned(pending, learning, message);
        }
        if pending.lacks_a_header(&message) {
            return self.learn(pending, message);
        }
        if message["result"]["resultType"] == "input_required" {
            return self.round(pending, &message["result"]);
        }
        self.finish(&pending, message)
    }

    /// Notes that the response to a request will not arrive.
    pub(super) fn cut(&mut self, id: &Value, why: &str) -> Vec<Action> {
        let Some(pending) = self.requests.take(id) else { return vec![] };
        match pending.stage {
            Stage::Learning(Learning { ref refusal, .. }) => self.finish(&pending, refusal.clone()),
            Stage::Asked(_) | Stage::Questions(_) | Stage::Resting(_) => {
                vec![uncarried(pending.id(), why)]
            }
        }
    }

    /// Cancels the request with the client's id, in any stage.
    pub(super) fn cancel(&mut self, id: &Value) -> Vec<Action> {
        self.requests.take_client(id).map_or_else(Vec::new, ModernRequest::withdraw)
    }

    fn send(&self, mut request: Value) -> Action {
        self.identity.stamp(&mut request);
        stamp_level(&mut request, self.log_level.as_ref());
        self.to_server(request)
    }

    /// Returns the actions that respond to the client.
    pub(super) fn finish(&mut self, pending: &ModernRequest, mut message: Value) -> Vec<Action> {
        let id = pending.id();
        let mut said = vec![];
        if let Some(Value::Object(result)) = message.get_mut("result") {
            // The order of the other members is kept.
            let kind = result.shift_remove("resultType");
            if let Some(kind) = kind.filter(|kind| kind != "complete") {
                let kind = shown(&kind.to_string());
                let why = "which clients of older revisions do not know";
                let why = format!("the server sent a result of the type {kind}, {why}");
                return vec![uncarried(id, &why)];
            }
        }
        if let Some(result) = message.get_mut("result") {
            if pending.is("tools/list") {
                let first = pending.request["params"].get("cursor").is_none();
                said = self.tools.learn(result, first);
            }
            older::fit(result);
        }
        message["id"] = id.clone();
        let mut steps: Vec<_> = said.into_iter().map(Action::Log).collect();
        steps.extend(pending.visits.iter().map(visited));
        steps.push(Action::ToClient(message));
        steps
    }
}

fn withdrawn(id: &Value) -> Action {
    let params =
        json!({ "requestId": id, "reason": "the request that this question was for has ended" });
    Action::ToClient(
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }),
    )
}

fn visited(id: &Value) -> Action {
    let (method, params) = ("notifications/elicitation/complete", json!({ "elicitationId": id }));
    Action::ToClient(json!({ "jsonrpc": "2.0", "method": method, "params": params }))
}

/// Returns why a question has no result.
pub fn refused(method: &str, answer: &Value) -> String {
    match answer.get("error") {
        Some(error) => format!("the client rejected `{method}`: {}", error_text(error)),
        None => format!("the client's response to `{method}` has neither a result nor an error"),
    }
}

// A server may write `1` for the id `1.0`.
fn key(id: &Value) -> String {
    match id.as_f64().filter(|number| number.fract() == 0.0 && !id.is_i64() && !id.is_u64()) {
        Some(number) => format!("{number:.0}"),
        None => id.to_string(),
    }
}
