//! A client registration: the response of a server, and a file of the cache.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::registration::Registration;
use serde_json::{Map, Value, json};

fuzz_target!(|body: &[u8]| {
    if let Ok(registration) = Registration::from_file(body) {
        assert_kept(&registration);
    }
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return };
    let asked = json!({ "redirect_uris": ["http://localhost:1/cb"], "scope": "a" });
    let asked: Map<String, Value> = asked.as_object().cloned().unwrap_or_default();
    if let Ok(registration) = Registration::from_answer(asked, answer) {
        assert_kept(&registration);
    }
});

// A file of the cache is read as it was written.
fn assert_kept(registration: &Registration) {
    let read = Registration::from_file(&registration.to_file()).expect("a file that we wrote");
    assert_eq!(read, *registration);
}
