//! Strings that contain secrets. Each line is an argument.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::display::{excerpt, printable};
use mcpgen::testing::secret::literal::{judge, judge_named, locate_secrets, mask};
use mcpgen::testing::secret::{SecretReference, redact};
use mcpgen_fuzz::assert_printable;

const SECRET: &str = "s3cret/of the~client";

fuzz_target!(|text: &str| {
    let masked = mask(text);
    assert_eq!(masked.len(), text.len(), "positions stay the same");
    assert_printable(&printable(text).replace('\n', ""));
    // In the middle of other words, a secret is not always recognized. At the end of a line, it is.
    let token = format!("{}_{}", "ghp", "0123456789abcdefghij0123456789abcdef");
    let shown = excerpt(&format!("{text} {token}\n"));
    assert_printable(&shown);
    assert!(!shown.contains(&token), "{shown}");
    assert!(!redact(text, &[SECRET]).contains(SECRET));
    let lines: Vec<&str> = text.lines().collect();
    for (line, located) in lines.iter().zip(locate_secrets(&lines)) {
        if let Some(located) = located {
            assert!(line.get(located.range.clone()).is_some(), "{line}: {:?}", located.range);
        }
        judge(line);
        judge_named("API_TOKEN", line);
        if let Ok(reference) = SecretReference::parse(line) {
            assert_eq!(SecretReference::parse(line), Ok(reference.clone()));
            reference.to_string();
        }
    }
});
