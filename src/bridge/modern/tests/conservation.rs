use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::test_runner::RngSeed;

use super::learning::{call_with, tool};
use super::*;

// The state of the client and of the server.
#[derive(Default)]
struct Sides {
    // The client's requests, each with the number of its responses.
    asked: BTreeMap<u64, u32>,
    cancelled: Vec<u64>,
    // The requests that the server must respond to. `questions` are the requests that the client must respond to.
    legs: Vec<Value>,
    questions: Vec<Value>,
    wakes: Vec<TimerKind>,
    // The requests that were abandoned, or that the server has responded to.
    over: Vec<Value>,
}

impl Sides {
    fn take(&mut self, steps: Vec<Action>) {
        for step in steps {
            match step {
                Action::ToServer { message, .. } => self.legs.extend(message.get("id").cloned()),
                Action::ToClient(message) => self.told(&message),
                Action::Abandon(id) => {
                    self.legs.retain(|leg| *leg != id);
                    self.over.push(id);
                }
                Action::Later(_, what) => self.wakes.push(what),
                Action::Log(_) => {}
            }
        }
    }

    fn told(&mut self, message: &Value) {
        match message.get("method").and_then(Value::as_str) {
            Some("notifications/cancelled") => {
                self.questions.retain(|id| *id != message["params"]["requestId"]);
            }
            Some("notifications/elicitation/complete") => {}
            Some(_) => self.questions.push(message["id"].clone()),
            None => {
                let id =
                    message["id"].as_u64().expect("an answer is for a request of the client's");
                *self.asked.get_mut(&id).expect("nothing is answered that was not asked") += 1;
                assert!(!self.cancelled.contains(&id), "{message} was cancelled");
            }
        }
    }

    fn happen(&mut self, modern: &mut Modern, what: u8, which: u8) {
        let which = usize::from(which);
        let steps = match what % 9 {
            0 => {
                let id = self.asked.len() as u64;
                self.asked.insert(id, 0);
                modern.receive_from_client(call_with(id.into()))
            }
            1 if !self.asked.is_empty() => {
                let id = (which % self.asked.len()) as u64;
                let steps = modern.receive_from_client(
                    json!({ "method": "notifications/cancelled", "params": { "requestId": id } }),
                );
                if self.asked[&id] == 0 {
                    self.cancelled.push(id);
                }
                steps
            }
            2 if !self.questions.is_empty() => {
                let id = self.questions.remove(which % self.questions.len());
                let key = if which.is_multiple_of(5) { "error" } else { "result" };
                modern.receive_from_client(json!({ "id": id, key: {} }))
            }
            3 if !self.wakes.is_empty() => modern.wake(self.wakes.remove(which % self.wakes.len())),
            4 if !self.over.is_empty() => {
                answer(modern, self.over[which % self.over.len()].clone(), which)
            }
            5.. if !self.legs.is_empty() => {
                let id = self.legs.remove(which % self.legs.len());
                self.over.push(id.clone());
                answer(modern, id, which)
            }
            _nobody => vec![],
        };
        self.take(steps);
    }
}

fn answer(modern: &mut Modern, id: Value, which: usize) -> Vec<Action> {
    let tools = json!({ "tools": [tool(["t", "u"][which % 2])], "nextCursor": "n" });
    let mut more = questions(&vec!["roots/list"; which % 10]);
    if which.is_multiple_of(3) {
        more["requestState"] = which.into();
    }
    match which % 7 {
        0 => modern.ended(&id, "cut"),
        1 => modern
            .receive_from_server(json!({ "id": id, "error": { "code": -32020, "message": "" } })),
        2 | 3 => modern.receive_from_server(json!({ "id": id, "result": tools })),
        4 => modern.receive_from_server(json!({ "id": id, "result": [] })),
        _more => modern.receive_from_server(wants(id, more)),
    }
}

// Each run has the same cases.
fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(2026);
    ProptestConfig { rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_request_gets_one_response_unless_it_is_cancelled(
        story in vec((any::<u8>(), any::<u8>()), 0..200)
    ) {
        let (mut modern, mut sides) = (modern(), Sides::default());
        for (what, which) in story {
            sides.happen(&mut modern, what, which);
        }
        while let Some(wake) = sides.wakes.pop() {
            sides.take(modern.wake(wake));
        }
        while let Some(id) = sides.questions.pop() {
            sides.take(modern.receive_from_client(json!({ "id": id, "error": {} })));
        }
        while let Some(id) = sides.legs.pop() {
            sides.take(modern.ended(&id, "cut"));
        }
        for (id, answers) in &sides.asked {
            assert_eq!(*answers, u32::from(!sides.cancelled.contains(id)), "{id}");
        }
    }
}
