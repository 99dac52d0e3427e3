//! The metadata documents of a protected resource and of an authorization server.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::discover::{ExpectedIssuer, check_resource, parse_metadata};
use mcpgen_fuzz::assert_printable;
use serde_json::Value;
use url::Url;

const SERVER: &str = "https://h.example/mcp/v1";
const ISSUER: &str = "https://as.example";
const FROM: &str = "https://as.example/.well-known/oauth-authorization-server";

fuzz_target!(|text: &str| {
    let Ok(Value::Object(document)) = serde_json::from_str(text) else { return };
    match check_resource(SERVER, SERVER, &document) {
        Err(error) => assert_printable(&error.to_string()),
        Ok(metadata) => {
            // A browser must not regard the resource as part of another server.
            let origin = |url: &str| Url::parse(url).map(|url| url.origin());
            if let Some(resource) = metadata.resource {
                assert_eq!(origin(&resource), origin(SERVER), "{resource}");
            }
        }
    }
    for expected in [
        ExpectedIssuer::Asked,
        ExpectedIssuer::Guessed,
        ExpectedIssuer::Declared("https://declared.example/"),
    ] {
        match parse_metadata(FROM, ISSUER, expected, &document) {
            Err(error) => assert_printable(&error.to_string()),
            Ok(server) => match expected {
                ExpectedIssuer::Asked => assert_eq!(server.issuer, ISSUER),
                ExpectedIssuer::Guessed => assert_eq!(server.issuer.trim_end_matches('/'), ISSUER),
                ExpectedIssuer::Declared(declared) => assert_eq!(server.issuer, declared),
            },
        }
    }
});
