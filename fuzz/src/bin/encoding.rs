//! An encoded response body. The first line is the value of `Content-Encoding`.
#![no_main]

use std::io::{Cursor, Read as _};

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::http::encoding::decoded;
use ureq::http::{HeaderMap, HeaderValue};

fuzz_target!(|data: &[u8]| {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(encoding) = HeaderValue::from_bytes(&data[..end]) else { return };
    let mut headers = HeaderMap::new();
    headers.insert("content-encoding", encoding);
    let body = Cursor::new(data[end + 1..].to_vec());
    let mut out = vec![];
    decoded(&mut headers, Box::new(body)).take(1 << 16).read_to_end(&mut out).ok();
});
