//! What the fuzz targets share.

use std::sync::LazyLock;

use mcpgen::testing::client::ClientTable;
use mcpgen::testing::display::is_steering;
use mcpgen::testing::paths::{Environment, Os};

pub mod edits;

/// The built-in client table.
pub static TABLE: LazyLock<ClientTable> =
    LazyLock::new(|| ClientTable::load(None).expect("the built-in table"));

/// An environment without variables, whose home directory does not exist.
pub static ENV: LazyLock<Environment> =
    LazyLock::new(|| Environment::bare(Os::Linux, "/nonexistent/ada".into()));

/// Splits the first byte, which selects a variant, from the rest. The rest must be UTF-8.
pub fn variant(data: &[u8]) -> Option<(usize, &str)> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(*first), std::str::from_utf8(rest).ok()?))
}

/// Checks that a message cannot control a terminal.
pub fn assert_printable(message: &str) {
    let control = |c: char| (c.is_control() && c != '\n') || is_steering(c);
    assert!(!message.contains(control), "{message:?}");
}
