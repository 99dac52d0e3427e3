//! `Set-Cookie` headers, one on each line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::http::cookies::CookieJar;
use ureq::http::{HeaderMap, HeaderValue};

const ROOM: usize = 200;

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("set-cookie", value);
        }
    }
    let jar = CookieJar::default();
    jar.keep("https://a.example/x/y?z", &headers);
    for other in ["https://b.example/x/y", "http://a.example/x/y", "https://a.example:1/x/y"] {
        assert_eq!(jar.header(other, ROOM), None);
    }
    if let Some(header) = jar.header("https://a.example/x/y", ROOM) {
        assert!(header.len() <= ROOM, "{header}");
        HeaderValue::from_str(&header).expect("a header can contain it");
    }
});
