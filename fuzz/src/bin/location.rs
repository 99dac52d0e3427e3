//! The `Location` of a redirect, and other URLs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::http::redirect::redirect_target;
use mcpgen::testing::model::url::{parts, same_origin, validate};
use ureq::http::{HeaderMap, HeaderValue};
use url::Url;

const FROM: &str = "https://h.example:8443/p/q?r";

fuzz_target!(|data: &[u8]| {
    let Ok(location) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.insert("location", location);
    if let Some(to) = redirect_target(FROM, 307, &headers) {
        assert_origin(&to);
    }
    if let Ok(url) = std::str::from_utf8(data) {
        assert_origin(url);
    }
});

// What we regard as the same origin, a browser and the HTTP library regard as the same origin too.
fn assert_origin(to: &str) {
    let (Ok(()), Ok(url)) = (validate(to), Url::parse(to)) else { return };
    if same_origin(to, FROM) {
        assert_eq!(Ok(url.origin()), Url::parse(FROM).map(|from| from.origin()), "{to}");
    }
    if let Ok(sent) = to.parse::<ureq::http::Uri>() {
        let host = sent.host().unwrap_or_default();
        assert_eq!(host, parts(to).host, "{to}");
    }
}
