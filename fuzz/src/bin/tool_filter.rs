//! A list of tools of a server, from which tools are hidden.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::bridge::{ToolFilter, message};
use serde_json::Value;

fuzz_target!(|line: &[u8]| {
    let filter = ToolFilter::new(&[], &["secret*".to_owned()]);
    if let Ok(messages) = message::parse(line) {
        let refusals = filter.refusals(&messages);
        // A call that a lenient server reads as that of a hidden tool is refused.
        if let Ok(call) = serde_json::from_slice::<Value>(line)
            && call["method"] == "tools/call"
            && call["params"]["name"].as_str().is_some_and(|name| filter.hides(name))
        {
            assert!(refusals.is_some(), "{call}");
        }
        for refusal in refusals.into_iter().flatten() {
            serde_json::from_slice::<Value>(&refusal).expect("an error response is JSON");
        }
    }
    let Ok(filtered) = filter.filter(line) else { return };
    let seen = filtered.as_deref().unwrap_or(line);
    let Ok(seen) = serde_json::from_slice::<Value>(seen) else { return };
    let messages = match &seen {
        Value::Array(batch) => batch.iter().collect(),
        message => vec![message],
    };
    let tools = messages.iter().filter_map(|it| it["result"]["tools"].as_array()).flatten();
    for name in tools.filter_map(|tool| tool["name"].as_str()) {
        assert!(!filter.hides(name), "the client sees {name}");
    }
    if let Ok(Value::Object(before)) = serde_json::from_slice(line) {
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            seen.as_object().unwrap_or(&before).keys().collect::<Vec<_>>()
        );
    }
});
