//! Strings made safe to print on a terminal.

use crate::secret::literal;

/// Replaces control characters, which could control the terminal, by visible ones.
pub fn printable(text: &str) -> String {
    let visible = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '·',
        other if is_steering(other) => '\u{fffd}',
        other => other,
    };
    text.chars().map(visible).collect()
}

/// Returns whether a character other than the ASCII control characters controls a terminal, breaks a line, or changes the
/// direction of text: JSON and TOML allow them unescaped.
pub fn is_steering(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Escapes what would steer a terminal in JSON, and in other formats with its escapes. All of it is inside of strings.
pub fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_steering(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Joins words as a sentence does.
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Lists the first names and the number of the others.
pub fn first_names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [one, two, three, _, _, ..] => {
            list(&[one, two, three, &format!("{} more", names.len() - 3)])
        }
        few => list(few),
    }
}

/// Masks everything that looks like a secret, and makes the rest [`printable`].
pub fn clean(text: &str) -> String {
    printable(&literal::mask(text))
}

// What is kept of a string before it is masked, so that masking takes no time, and of what is shown of it.
const READ: usize = 8 << 10;
const SHOWN: usize = 300;

/// Returns what is shown of a string that somebody else has written: `clean`, and short. A string is shortened after it
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
    fn json_is_escaped_where_it_would_steer_a_terminal() {
        let evil = "\u{85}\u{9b}2J\u{7f}\u{202e}\u{2066}\u{2028}\u{200f}\u{feff}ü";
        let json = escaped(&serde_json::json!({ evil: [evil] }).to_string());
        assert!(!json.contains(|c: char| c.is_control() || is_steering(c)), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read[evil][0], evil);
    }

    #[test]
    fn a_character_that_would_steer_a_terminal_is_printed_as_another() {
        assert_eq!(
            printable("a\u{1b}\u{7f}\u{9b}\u{2028}\u{202e}\u{200f}é"),
            "a␛␡··\u{fffd}\u{fffd}é"
        );
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        for (words, all, first) in [
            (&[][..], "", ""),
            (&["a"], "a", "a"),
            (&["a", "b"], "a and b", "a and b"),
            (&["a", "b", "c", "d"], "a, b, c and d", "a, b, c and d"),
            (&["a", "b", "c", "d", "e"], "a, b, c, d and e", "a, b, c and 2 more"),
        ] {
            assert_eq!(
                (list(words).as_str(), first_names(words.iter().copied()).as_str()),
                (all, first)
            );
        }
    }

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
