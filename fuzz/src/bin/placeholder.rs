//! The placeholders in a string.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::placeholder::{is_expanded, known};

fuzz_target!(|text: &str| {
    let mut end = 0;
    for placeholder in known(text) {
        assert!(placeholder.range.start >= end, "placeholders do not overlap");
        assert_eq!(&text[placeholder.range.clone()], placeholder.text);
        assert!(placeholder.text.contains(placeholder.name));
        end = placeholder.range.end;
        placeholder.shown();
    }
    is_expanded(text);
});
