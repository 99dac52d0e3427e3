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

// What is kept of a string before it is masked, so that masking takes no time, and of what is shown of it.
const READ: usize = 8 << 10;
const SHOWN: usize = 300;

/// Returns what is shown of a string that somebody else has written: [`clean`], and short. A string is shortened after it
/// is masked, since half a secret is not recognized.
pub fn excerpt(text: &str) -> String {
    let read = text.char_indices().nth(READ).map_or(text.len(), |(at, _)| at);
    let shown = clean(&text[..read]);
    match shown.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_contains_no_part_of_a_secret() {
        for before in [0, 100, 285, 290, 295, 299, 300, 301, 8170, 8190] {
            let text =
                format!("{}ghp_0123456789abcdefghij{}", "a ".repeat(before / 2), " b".repeat(9000));
            let shown = excerpt(&text);
            assert!(shown.chars().count() == SHOWN + 1 && !shown.contains("ghp_"), "{shown}");
        }
        assert_eq!(excerpt("a\u{1b}b"), "a␛b");
        assert_eq!(excerpt(&"ü".repeat(SHOWN)), "ü".repeat(SHOWN));
    }
}
