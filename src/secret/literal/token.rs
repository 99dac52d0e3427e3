//! Finds tokens of issuers, JSON Web Tokens and private keys in a string.

use std::ops::Range;

use super::shape::TokenShape;
use super::table::TABLE;

// A shorter word is not searched for tokens.
const SHORTEST: usize = 12;
// The longest name of a kind of private key.
const LABEL: usize = 64;
// A private key has at least so many characters.
const SHORTEST_KEY: usize = 16;

/// Finds tokens, each with what it is. A token ends where its word ends.
pub fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let mut next = 0;
    let words = text.split(|c| !is_token_char(c)).map(move |word| {
        let at = next;
        next += word.len();
        next += text[next..].chars().next().map_or(0, char::len_utf8);
        (at, word)
    });
    let words = words.filter(|(_, word)| word.len() >= SHORTEST);
    words.filter_map(|(at, word)| token_in_word(text, at, word))
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '~')
}

fn token_in_word(text: &str, at: usize, word: &str) -> Option<(Range<usize>, &'static str)> {
    if !word.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
        return None;
    }
    let bytes = word.as_bytes();
    let edge = |start: &usize| *start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
    let end = at + word.len();
    let token = |start: usize| {
        let start = at + start;
        let mut shapes = TABLE.shapes_from(text.as_bytes()[start]).iter();
        let found = |shape: &TokenShape| {
            let length = shape.length_in(&text[start..])?;
            Some((start..end.max(start + length), shape.what))
        };
        shapes.find_map(found)
    };
    let starts = (0..word.len()).filter(|start| bytes[*start].is_ascii_alphanumeric());
    let found = starts.filter(edge).find_map(token);
    found.or_else(|| is_jwt(word).then_some((at..end, "a JSON Web Token")))
}

// RFC 7519, section 3.1, and RFC 7516, section 3.1: three or five base64url parts; the header is a JSON object, so it
// starts with `eyJ`. A period may follow.
fn is_jwt(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    let mut parts = word.split('.');
    let header = parts.next().is_some_and(|header| header.starts_with("eyJ"));
    let (count, long) =
        parts.fold((0, 0), |(count, long), part| (count + 1, long + usize::from(part.len() >= 8)));
    header && matches!((count, long), (2, 2) | (4, 3..))
}

/// Finds private keys in PEM (RFC 7468), up to their end or that of the string that contains them.
pub fn private_keys(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(begin) = text[from..].find("-----BEGIN ").map(|at| from + at) {
            let label = begin + "-----BEGIN ".len();
            from = label;
            let head = &text[label..ceiling(text, label + LABEL)];
            let Some(length) = head.find("-----") else { continue };
            if !head[..length].contains("PRIVATE KEY") {
                continue;
            }
            let body = label + length + "-----".len();
            let rest = &text[body..];
            let rest = &rest[..rest.find("-----").unwrap_or(rest.len())];
            let end = body + rest.find(['"', '\'', '`']).unwrap_or(rest.len());
            from = end;
            if text[body..end].bytes().filter(u8::is_ascii_alphanumeric).count() >= SHORTEST_KEY {
                return Some((body..end, "a private key"));
            }
        }
        None
    })
}

// The next position from `at` on where a character ends.
fn ceiling(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_starts_at_an_edge_of_a_word_and_ends_with_the_word() {
        let token = "ghp_0123456789abcdefghij";
        for (text, found) in [
            (token.to_owned(), Some(token)),
            (format!("é {token}, x"), Some(token)),
            (format!("a.{token}"), Some(token)),
            (format!("a{token}"), None),
            (format!("{token}.ab"), Some("ghp_0123456789abcdefghij.ab")),
            ("ghp_0123456".to_owned(), None),
        ] {
            let tokens: Vec<&str> = tokens(&text).map(|(range, _)| &text[range]).collect();
            assert_eq!(tokens, found.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn every_private_key_is_found_up_to_its_end() {
        let key = |label: &str, body: &str| format!("-----BEGIN {label}-----{body}-----END -----");
        let (private, long) = ("RSA PRIVATE KEY", format!("{} PRIVATE KEY", "x".repeat(LABEL)));
        let (one, two) = ("Hunter2Hunter2Hu", "Hunter3Hunter3Hunter3");
        for (text, found) in [
            (key(private, one), &[one][..]),
            (format!("é {}\n{}", key(private, one), key(private, two)), &[one, two]),
            (format!("{}\n{}", key("PUBLIC KEY", one), key(private, two)), &[two]),
            (format!("{}\n{}", key(&long, one), key(private, two)), &[two]),
            (key(private, &format!("{one}\"{two}")), &[one]),
            (key(private, "Hunter2Hunter2H"), &[]),
        ] {
            let keys: Vec<&str> = private_keys(&text).map(|(range, _)| &text[range]).collect();
            assert_eq!(keys, found, "{text}");
        }
    }
}
