//! A call that lacked a header, made again once its tool is known.

use serde_json::{Value, json};

use super::exchange::{Exchange, Stage};
use super::{Modern, Step, headers};

const HEADER_MISMATCH: i64 = -32020;
// Pages of a list that are read for one tool.
const PAGES: u32 = 10;

/// Holds what is needed to go on once the tools are known.
#[derive(Debug)]
pub struct Learning {
    /// The id under which the server is asked.
    pub id: Value,
    /// What is answered where that brings nothing.
    pub refusal: Value,
    had: Vec<(String, String)>,
    pages: u32,
}

/// Returns whether a call was refused for its headers, and may be made again.
pub fn lacks_a_header(exchange: &Exchange, answer: &Value) -> bool {
    let code = answer.pointer("/error/code").and_then(Value::as_i64);
    code == Some(HEADER_MISMATCH) && exchange.is("tools/call") && !exchange.corrected
}

impl Modern {
    /// Reads the server's tools: a client can know them from before, or they have changed since.
    pub(super) fn learn(&mut self, exchange: Exchange, refusal: Value) -> Vec<Step> {
        let had = headers::of(&exchange.request, &self.tools);
        let learning = Learning { id: Value::Null, refusal, had, pages: 0 };
        self.learn_page(exchange, learning, json!({}))
    }

    fn learn_page(
        &mut self,
        mut exchange: Exchange,
        learning: Learning,
        params: Value,
    ) -> Vec<Step> {
        let id = self.own_id("tools");
        let message = self.identity.request(&id, "tools/list", params);
        let pages = learning.pages + 1;
        exchange.stage = Stage::Learning(Learning { id, pages, ..learning });
        self.exchanges.put(exchange);
        vec![self.to_server(message)]
    }

    /// Goes on with a page of them.
    pub(super) fn learned(
        &mut self,
        mut exchange: Exchange,
        learning: Learning,
        mut page: Value,
    ) -> Vec<Step> {
        let Some(list) = page.get_mut("result") else {
            return self.finish(&exchange, learning.refusal);
        };
        let called = &exchange.request["params"]["name"];
        let tools = list["tools"].as_array();
        let here = tools.is_some_and(|tools| tools.iter().any(|tool| tool["name"] == *called));
        let said = self.tools.learn(list, learning.pages == 1);
        let mut steps: Vec<_> = said.into_iter().map(Step::Say).collect();
        let cursor = list.get("nextCursor").filter(|cursor| cursor.is_string()).cloned();
        if here && headers::of(&exchange.request, &self.tools) != learning.had {
            exchange.corrected = true;
            steps.extend(self.again(exchange));
        } else if let Some(cursor) = cursor.filter(|_| !here && learning.pages < PAGES) {
            steps.extend(self.learn_page(exchange, learning, json!({ "cursor": cursor })));
        } else {
            steps.extend(self.finish(&exchange, learning.refusal));
        }
        steps
    }
}
