//! The text that diagnostics quote.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::secret::literal;

/// A string that diagnostics quote. Everything in it that looks like a secret is masked, because a diagnostic shows
/// whole lines, which may contain a token next to the error.
pub struct Source {
    name: String,
    text: String,
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
        let (name, text) = (name.into(), text.to_owned());
        Arc::new(Self { name, text, find_secrets, shown: OnceLock::new() })
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
            // annotate-snippets passes these control characters on to the terminal.
            shown.replace(|c: char| c > '\u{7f}' && c.is_control(), "·")
        })
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}
