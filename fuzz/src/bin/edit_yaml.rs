//! Edits of a client's file in YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::document::Format;
use mcpgen_fuzz::edits;

fuzz_target!(|data: &[u8]| edits::check(Format::Yaml, data));
