//! The text that diagnostics quote.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::display::is_steering;
use crate::secret::literal;

/// A string that diagnostics quote. Everything in it that looks like a secret is masked, because a diagnostic shows
/// whole lines, which may contain a token next to the error.
pub struct Source {
    name: String,
    text: String,
    start: usize,
    quoted: bool,
    find_secrets: fn(&str) -> Vec<Range<usize>>,
    shown: OnceLock<String>,
}

impl Source {
    /// Wraps a string. `name` is the path that diagnostics show.
    pub fn new(name: impl Into<String>, text: &str) -> Arc<Self> {
        Self::hiding(name, text, |_| vec![])
    }

    /// Wraps a string in which `find_secrets` finds secrets that cannot be recognized by their form.
    pub fn hiding(
        name: impl Into<String>,
        text: &str,
        find_secrets: fn(&str) -> Vec<Range<usize>>,
    ) -> Arc<Self> {
        Arc::new(Self::of_included(name, text, (0, true), find_secrets))
    }

    /// Wraps the text of an included file. `start` is the position of its first byte, counted from the first byte of the
    /// including file. If the file is not `quoted`, diagnostics show only its path and the position.
    pub fn of_included(
        name: impl Into<String>,
        text: &str,
        (start, quoted): (usize, bool),
        find_secrets: fn(&str) -> Vec<Range<usize>>,
    ) -> Self {
        let (name, text) = (name.into(), text.to_owned());
        Self { name, text, start, quoted, find_secrets, shown: OnceLock::new() }
    }

    /// Returns the position of the first byte, counted from the first byte of the including file.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns the position after the last byte. No two files have a position in common.
    pub fn end(&self) -> usize {
        self.start + self.text.len() + 1
    }

    /// Returns whether diagnostics quote the text.
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Returns line and column of a byte.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        super::line_column(&self.text, offset)
    }

    /// Returns the path that diagnostics show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the masked string. It has as many bytes as the original, so spans fit both.
    pub fn shown(&self) -> &str {
        // Masking takes longer than parsing, and most strings have no errors.
        self.shown.get_or_init(|| {
            let mut bytes = literal::mask(&self.text).into_bytes();
            for span in (self.find_secrets)(&self.text) {
                let quotes = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\r' | b'\n');
                let inner = bytes[span].iter_mut().filter(|byte| !quotes(byte));
                inner.for_each(|byte| *byte = b'*');
            }
            let shown = String::from_utf8(bytes).expect("a span ends where characters do");
            // annotate-snippets passes some of these characters on to the terminal.
            shown.chars().map(harmless).collect()
        })
    }
}

// Replaces a character that would control the terminal by one with as many bytes. ASCII control characters stay.
fn harmless(c: char) -> char {
    match c.len_utf8() {
        2 if is_steering(c) => '·',
        3 if is_steering(c) => '\u{fffd}',
        _other => c,
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}
