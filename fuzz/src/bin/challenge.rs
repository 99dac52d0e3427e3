//! The `WWW-Authenticate` header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::challenge::Challenge;

fuzz_target!(|header: &str| {
    let found = Challenge::from_headers(header.lines());
    // A challenge is the same after it is written in the form of RFC 9110.
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let part = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name}=\"{}\"", quoted(value)))
    };
    let parts = [
        part("resource_metadata", &found.resource_metadata),
        part("scope", &found.scope),
        part("error", &found.error),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let written = format!("Bearer {}", parts.join(", "));
    assert_eq!(Challenge::from_headers([written.as_str()]), found, "{written}");
});
