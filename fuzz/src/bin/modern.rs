//! The messages of a server of the revision 2026-07-28, one on each line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::bridge::modern::{Action, DiscoverOutcome, Modern, judge};
use mcpgen_fuzz::assert_printable;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let mut lines = text.lines().take(50).filter_map(|line| serde_json::from_str(line).ok());
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "clientInfo": { "name": "c", "version": "1" },
        "capabilities": { "sampling": {}, "roots": {}, "elicitation": { "form": {}, "url": {} } }
    } });
    let Some(answer) = lines.next() else { return };
    let DiscoverOutcome::Modern(mut modern, actions) = judge(&initialize, &answer, 1) else {
        return;
    };
    let mut state = State { wanted: vec![], told: 0 };
    state.take(&mut modern, actions);
    for (at, method) in ["tools/list", "tools/call", "resources/subscribe"].iter().enumerate() {
        let params = json!({ "name": "t", "uri": "u", "arguments": { "a": "b", "c": 1 } });
        let request = json!({ "jsonrpc": "2.0", "id": at, "method": method, "params": params });
        let actions = modern.receive_from_client(request);
        state.take(&mut modern, actions);
    }
    for mut message in lines {
        // A response with the id 0, 1, 2 … is for the request with that number.
        let number = message["id"].as_u64().and_then(|id| usize::try_from(id).ok());
        if let Some(id) = number.and_then(|at| state.wanted.get(at).cloned()) {
            message["id"] = id;
        }
        let actions = modern.receive_from_server(message);
        state.take(&mut modern, actions);
    }
});

struct State {
    // The ids of the requests that were sent to the server.
    wanted: Vec<Value>,
    told: usize,
}

impl State {
    fn take(&mut self, modern: &mut Modern, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::ToServer { message, headers } => {
                    self.wanted.extend(message.get("id").cloned());
                    for (name, value) in headers {
                        let visible = |byte: u8| matches!(byte, b' '..=b'~');
                        assert!(name.bytes().chain(value.bytes()).all(visible), "{name}: {value}");
                    }
                }
                Action::ToClient(_) => self.told += 1,
                Action::Log(line) => assert_printable(&line),
                Action::Later(_, timer) if self.told < 100 => {
                    self.told += 1;
                    let actions = modern.wake(timer);
                    self.take(modern, actions);
                }
                Action::Later(..) | Action::Abandon(_) => {}
            }
        }
    }
}
