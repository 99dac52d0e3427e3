//! Strings made safe to print on a terminal.

use crate::secret::literal;

/// Replaces control characters, which could control the terminal, by visible ones.
pub fn printable(text: &str) -> String {
    let visible = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '·',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    };
    text.chars().map(visible).collect()
}

/// Masks everything that looks like a secret, and makes the rest [`printable`].
pub fn clean(text: &str) -> String {
    printable(&literal::mask(text))
}
