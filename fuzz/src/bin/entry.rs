//! An entry of each client.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::entry::{EntryLaunch, read_entry};
use mcpgen_fuzz::TABLE;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Ok(entry) = serde_json::from_str::<Value>(text) else { return };
    for client in TABLE.iter() {
        match read_entry(&entry, client.fields()) {
            None => {}
            Some(EntryLaunch::Command(command)) => assert!(holds(&entry, &command.program)),
            Some(EntryLaunch::Address { url, .. }) => assert!(holds(&entry, &url)),
            Some(EntryLaunch::Exec { server, .. }) => assert!(holds(&entry, &server)),
        }
    }
});

// A launch is made of the strings of the entry.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(list) => list.iter().any(|value| holds(value, text)),
        Value::Object(map) => map.values().any(|value| holds(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
