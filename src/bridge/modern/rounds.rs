//! Translates the questions in a server's response (`input_required`) into requests that older clients know.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::request::{Brought, ModernRequest, Question, Stage, refused};
use super::{Action, Modern, TimerKind, shown};

const ROUNDS: u32 = 10;
const QUESTIONS: usize = 8;
// A response with only a state means that the server needs time. Each pause is twice as long as the previous one.
const PAUSE: Duration = Duration::from_millis(100);

impl Modern {
    /// Handles a response that requires more input.
    pub(super) fn round(&mut self, mut pending: ModernRequest, wants: &Value) -> Vec<Action> {
        let none = Map::new();
        let asked = wants["inputRequests"].as_object().unwrap_or(&none);
        let state = wants.get("requestState").cloned();
        pending.rounds += 1;
        pending.stage = Stage::Questions(vec![]);
        if let Err(why) = self.allowed(&pending, asked, state.is_some()) {
            return pending.fail(&why);
        }
        let empty = asked.keys().map(|name| (name.clone(), Value::Null)).collect();
        pending.brought = Brought { responses: empty, state };
        if asked.is_empty() {
            return self.rest(pending);
        }
        let steps = asked.iter().map(|(name, question)| self.ask(&mut pending, name, question));
        let steps = steps.collect();
        self.requests.put(pending);
        steps
    }

    /// Handles the client's response to a question. Other responses are dropped.
    pub(super) fn answered(&mut self, id: &Value, answer: &Value) -> Vec<Action> {
        let Some(mut pending) = self.requests.take_questioned(id) else { return vec![] };
        let Stage::Questions(open) = &mut pending.stage else { return vec![] };
        let Some(at) = open.iter().position(|question| question.id == *id) else { return vec![] };
        let Question { id: _, name, method } = open.remove(at);
        let done = open.is_empty();
        let Some(result) = answer.get("result") else {
            return pending.fail(&refused(&method, answer));
        };
        pending.brought.responses.insert(name, result.clone());
        if done {
            return self.again(pending);
        }
        self.requests.put(pending);
        vec![]
    }

    /// Sends a request again after its pause.
    pub(super) fn retry_rested(&mut self, serial: u64) -> Vec<Action> {
        let rested = self.requests.take_resting(serial);
        rested.map_or_else(Vec::new, |pending| self.again(pending))
    }

    fn rest(&mut self, mut pending: ModernRequest) -> Vec<Action> {
        let serial = self.next();
        let pause = PAUSE * 2_u32.pow(pending.rounds - 1);
        pending.stage = Stage::Resting(serial);
        self.requests.put(pending);
        vec![Action::Later(pause, TimerKind::Retry(serial))]
    }

    fn ask(&mut self, pending: &mut ModernRequest, name: &str, question: &Value) -> Action {
        let id = self.own_id("ask");
        let method = question["method"].as_str().unwrap_or_default().to_owned();
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if let Some(params) = question.get("params") {
            message["params"] = params.clone();
        }
        // Older clients identify a URL for the user by an id, and wait for the notification that it is complete.
        if question["params"]["mode"] == "url" {
            message["params"]["elicitationId"] = id.clone();
            pending.visits.push(id.clone());
        }
        if let Stage::Questions(open) = &mut pending.stage {
            open.push(Question { id, name: name.to_owned(), method });
        }
        Action::ToClient(message)
    }

    fn allowed(
        &self,
        pending: &ModernRequest,
        asked: &Map<String, Value>,
        has_state: bool,
    ) -> Result<(), String> {
        if pending.rounds > ROUNDS {
            return Err(format!(
                "the server required more input {ROUNDS} times and has not responded"
            ));
        }
        if asked.is_empty() && !has_state {
            return Err("the server requires input, but does not name any".into());
        }
        if asked.len() > QUESTIONS {
            let count = asked.len();
            return Err(format!(
                "the server requires {count} inputs at once; only {QUESTIONS} are passed on"
            ));
        }
        for question in asked.values() {
            let method = question["method"].as_str().unwrap_or_default();
            if !self.identity.can(method, &question["params"]) {
                let method = shown(method);
                let why = "which the client does not support";
                return Err(format!("the server requires `{method}`, {why}"));
            }
        }
        Ok(())
    }
}
