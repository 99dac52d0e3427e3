//! A request to the callback server.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::callback::CallbackRequest;

fuzz_target!(|head: &str| {
    let request = CallbackRequest::parse(head);
    let words = [&request.method, &request.path, &request.query];
    assert!(words.iter().all(|word| !word.contains(' ')));
    let hosts = head.split("\r\n").skip(1).filter(|line| {
        line.split_once(':').is_some_and(|(name, _)| name.eq_ignore_ascii_case("host"))
    });
    assert!(hosts.count() == 1 || request.host.is_empty(), "two hosts are none");
});
