//! An error response of an authorization server. The first line is the value of `Retry-After`, and the rest is the
//! body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::error_response::ErrorResponse;
use mcpgen::testing::http::BufferedResponse;
use mcpgen_fuzz::assert_printable;
use ureq::http::{HeaderMap, HeaderValue};

// A secret of the request, which the server may repeat.
const SECRET: &str = "s3cret/of the~client";

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let mut headers = HeaderMap::new();
    if let Ok(pause) = HeaderValue::from_bytes(&data[..end]) {
        headers.insert("retry-after", pause);
    }
    let body = data.get(end + 1..).unwrap_or_default();
    for status in [200, 400, 429, 503] {
        let response = BufferedResponse::new(status, headers.clone(), body.to_vec());
        let error = ErrorResponse::from_response(&response, &[SECRET]);
        let shown = error.to_string();
        assert_printable(&shown);
        assert!(!shown.contains(SECRET) && shown.chars().count() <= 301, "{shown}");
        assert!(error.retry_after().is_none_or(|pause| pause.as_secs() <= 300));
        error.later();
    }
});
