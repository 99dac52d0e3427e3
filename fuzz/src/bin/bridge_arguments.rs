//! The arguments of a bridge, one on each line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::auth::bridge_version::BridgeVersion;
use mcpgen::testing::auth::call::BridgeCall;
use mcpgen::testing::bridge::options::BridgeOptions;
use mcpgen_fuzz::assert_printable;

fuzz_target!(|text: &str| {
    let args: Vec<String> = text.lines().map(str::to_owned).collect();
    let read = |_: &str| Some("{\"scope\": \"a\"}\nX-A: b".to_owned());
    let call = BridgeCall::parse(&args, BridgeVersion::NEWEST, &read);
    match &call {
        Ok(call) => {
            call.key();
        }
        Err(error) => drop(error.to_string()),
    }
    match BridgeOptions::parse(&args, &read) {
        Ok(options) => {
            let call = call.expect("the native bridge accepts only what mcp-remote accepts");
            assert_eq!(options.call.key(), call.key(), "both bridges share the sign-in");
        }
        Err(error) => assert_printable(&mcpgen::testing::display::printable(&error.to_string())),
    }
});
