//! The tests: one binary, one file a subject. Every test's name is the promise it keeps.

#![expect(
    clippy::disallowed_methods,
    reason = "tests prepare and read files and variables themselves"
)]

mod case;
mod golden;
mod ownership;
mod properties;
