//! Questions of a server, which lie in its answer (`input_required`) and become requests that a client knows.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::exchange::{Brought, Exchange, Question, Stage, refused};
use super::{Modern, Step, Wake, shown};

const ROUNDS: u32 = 10;
const QUESTIONS: usize = 8;
// A server that gives nothing but a note wants time: each pause is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);

impl Modern {
    /// Goes on with a request for which the server wants more.
    pub(super) fn round(&mut self, mut exchange: Exchange, wants: &Value) -> Vec<Step> {
        let none = Map::new();
        let asked = wants["inputRequests"].as_object().unwrap_or(&none);
        let state = wants.get("requestState").cloned();
        exchange.rounds += 1;
        exchange.stage = Stage::Questions(vec![]);
        if let Err(why) = self.allowed(&exchange, asked, state.is_some()) {
            return exchange.fail(&why);
        }
        let empty = asked.keys().map(|name| (name.clone(), Value::Null)).collect();
        exchange.brought = Brought { responses: empty, state };
        if asked.is_empty() {
            return self.rest(exchange);
        }
        let steps = asked.iter().map(|(name, question)| self.ask(&mut exchange, name, question));
        let steps = steps.collect();
        self.exchanges.put(exchange);
        steps
    }

    /// Takes the client's answer to one of the questions; one that nobody waits for is dropped.
    pub(super) fn answered(&mut self, id: &Value, answer: &Value) -> Vec<Step> {
        let Some(mut exchange) = self.exchanges.take_questioned(id) else { return vec![] };
        let Stage::Questions(open) = &mut exchange.stage else { return vec![] };
        let Some(at) = open.iter().position(|question| question.id == *id) else { return vec![] };
        let Question { id: _, name, method } = open.remove(at);
        let done = open.is_empty();
        let Some(result) = answer.get("result") else {
            return exchange.fail(&refused(&method, answer));
        };
        exchange.brought.responses.insert(name, result.clone());
        if done {
            return self.again(exchange);
        }
        self.exchanges.put(exchange);
        vec![]
    }

    /// Asks a server again after its pause.
    pub(super) fn retry_rested(&mut self, serial: u64) -> Vec<Step> {
        let rested = self.exchanges.take_resting(serial);
        rested.map_or_else(Vec::new, |exchange| self.again(exchange))
    }

    fn rest(&mut self, mut exchange: Exchange) -> Vec<Step> {
        let serial = self.next();
        let pause = PAUSE * 2_u32.pow(exchange.rounds - 1);
        exchange.stage = Stage::Resting(serial);
        self.exchanges.put(exchange);
        vec![Step::Later(pause, Wake::Retry(serial))]
    }

    fn ask(&mut self, exchange: &mut Exchange, name: &str, question: &Value) -> Step {
        let id = self.own_id("ask");
        let method = question["method"].as_str().unwrap_or_default().to_owned();
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if let Some(params) = question.get("params") {
            message["params"] = params.clone();
        }
        // Older clients know a page for the user by an id, and wait until they are told that it is done with.
        if question["params"]["mode"] == "url" {
            message["params"]["elicitationId"] = id.clone();
            exchange.visits.push(id.clone());
        }
        if let Stage::Questions(open) = &mut exchange.stage {
            open.push(Question { id, name: name.to_owned(), method });
        }
        Step::ToClient(message)
    }

    fn allowed(
        &self,
        exchange: &Exchange,
        asked: &Map<String, Value>,
        has_state: bool,
    ) -> Result<(), String> {
        if exchange.rounds > ROUNDS {
            return Err(format!("the server asked for more {ROUNDS} times and has not answered"));
        }
        if asked.is_empty() && !has_state {
            return Err("the server asks for more, and does not say what".into());
        }
        if asked.len() > QUESTIONS {
            let count = asked.len();
            return Err(format!(
                "the server has {count} questions at once; {QUESTIONS} are passed on"
            ));
        }
        for question in asked.values() {
            let method = question["method"].as_str().unwrap_or_default();
            if !self.identity.can(method, &question["params"]) {
                let method = shown(method);
                let why = "which the client has not said it can do";
                return Err(format!("the server asks for `{method}`, {why}"));
            }
        }
        Ok(())
    }
}
