//! If a call lacks a header, lists the tools and sends the call again.

use serde_json::{Value, json};

use super::request::{Learning, ModernRequest, Stage};
use super::{Action, Modern, headers};

// Upper bound on the pages that are read for one tool.
const PAGES: u32 = 10;

impl Modern {
    /// Lists the server's tools: the client may know the tool from an earlier session, or the tool may have changed.
    pub(super) fn learn(&mut self, pending: ModernRequest, refusal: Value) -> Vec<Action> {
        let had = headers::of(&pending.request, &self.tools);
        let learning = Learning { id: Value::Null, refusal, had, pages: 0 };
        self.learn_page(pending, learning, json!({}))
    }

    fn learn_page(
        &mut self,
        mut pending: ModernRequest,
        learning: Learning,
        params: Value,
    ) -> Vec<Action> {
        let id = self.own_id("tools");
        let message = self.identity.request(&id, "tools/list", params);
        let pages = learning.pages + 1;
        pending.stage = Stage::Learning(Learning { id, pages, ..learning });
        self.requests.put(pending);
        vec![self.to_server(message)]
    }

    /// Handles a page of the list.
    pub(super) fn learned(
        &mut self,
        mut pending: ModernRequest,
        learning: Learning,
        mut page: Value,
    ) -> Vec<Action> {
        let Some(list) = page.get_mut("result") else {
            return self.finish(&pending, learning.refusal);
        };
        let called = &pending.request["params"]["name"];
        let tools = list["tools"].as_array();
        let here = tools.is_some_and(|tools| tools.iter().any(|tool| tool["name"] == *called));
        let said = self.tools.learn(list, learning.pages == 1);
        let mut steps: Vec<_> = said.into_iter().map(Action::Log).collect();
        let cursor = list.get("nextCursor").filter(|cursor| cursor.is_string()).cloned();
        if here && headers::of(&pending.request, &self.tools) != learning.had {
            pending.corrected = true;
            steps.extend(self.again(pending));
        } else if let Some(cursor) = cursor.filter(|_| !here && learning.pages < PAGES) {
            steps.extend(self.learn_page(pending, learning, json!({ "cursor": cursor })));
        } else {
            steps.extend(self.finish(&pending, learning.refusal));
        }
        steps
    }
}
