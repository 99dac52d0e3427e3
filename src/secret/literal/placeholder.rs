//! Values that stand for a secret: what a README asks the reader to replace, and what a client or a shell replaces.

use super::name::{is_secret_name, words};
use super::table::{TABLE, has};
use crate::placeholder::is_expanded;
use crate::secret::scheme::SecretLocation;

// A longer string is not a placeholder.
const LONGEST: usize = 200;
// So many equal characters are not random.
const REPEATED: usize = 3;

/// Returns whether a value is a secret reference, or is replaced before the server gets it.
pub fn is_reference(value: &str) -> bool {
    SecretLocation::parse(value).is_ok() || is_expanded(value)
}

/// Returns whether a value in place of a secret is a placeholder: `YOUR_API_KEY`, `<token>`, `ghp_...`, `changeme`.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    if value.len() > LONGEST {
        return false;
    }
    is_bracketed(value)
        || is_filler(value)
        || is_worded(value)
        || value.ends_with("EXAMPLE")
        || value.ends_with("EXAMPLEKEY")
}

/// Returns whether a value that has no name is a placeholder of a secret.
pub fn is_placeholder_of_secret(value: &str) -> bool {
    let value = value.trim();
    if value.len() > LONGEST || is_reference(value) {
        return false;
    }
    if let Some(rest) = after_prefix(value) {
        return is_filler(value) || is_bracketed(rest) || (has_marker(rest) && is_words(rest));
    }
    let inner = value.trim_matches(['<', '>', '{', '}', '[', ']', ' ']);
    let marked = inner.len() < value.len() || has_marker(inner);
    marked && is_words(inner) && is_secret_name(inner) && !inner.contains(' ')
}

// The rest of a value that starts with the prefix of a token.
fn after_prefix(value: &str) -> Option<&str> {
    let shapes = TABLE.shapes_from(*value.as_bytes().first()?).iter();
    let prefixes =
        shapes.map(|shape| shape.prefix).filter(|prefix| prefix.ends_with(['_', '-', '.']));
    let mut rests = prefixes.filter_map(|prefix| value.strip_prefix(prefix));
    rests.next()
}

// `<your token>`, `{{token}}`, `[TOKEN]`, also as a part.
fn is_bracketed(value: &str) -> bool {
    [("<", ">"), ("{{", "}}"), ("[", "]"), ("{", "}")].iter().any(|(open, close)| {
        let inner = value.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        let whole = value.starts_with(open) && value.ends_with(close);
        let part = *open == "<" || *open == "{{";
        inner.is_some_and(|(inner, _)| (whole || part) && !inner.contains(':') && is_words(inner))
    })
}

// `ghp_...`, `ntn_****`, `sk-xxxx`, `xxx`, `00000000-0000`.
fn is_filler(value: &str) -> bool {
    let rest = after_prefix(value).unwrap_or(value);
    let mut kinds: Vec<char> = vec![];
    for c in rest.chars().filter(|c| c.is_alphanumeric() || matches!(c, '*' | '.' | '…' | '•'))
    {
        if !kinds.contains(&c.to_ascii_lowercase()) {
            kinds.push(c.to_ascii_lowercase());
        }
    }
    let long = rest.chars().count() >= REPEATED || rest.contains('…');
    let dots = ["...", "…", "***", "•••"].iter().any(|dots| rest.contains(dots));
    let crosses = rest.to_ascii_lowercase().contains("xxxx");
    dots || crosses || (long && kinds.len() == 1)
}

// Nothing but words, of which one is a marker or which are the name of a secret: `YOUR_API_KEY`, `api-key`, `password`.
fn is_worded(value: &str) -> bool {
    let rest = after_prefix(value).unwrap_or(value);
    is_words(rest) && (has_marker(rest) || is_secret_name(value))
}

fn has_marker(value: &str) -> bool {
    words(value).iter().any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        has(&TABLE.markers, word)
    })
}

// Whether a string consists of words with separators. A word may end with a short number.
fn is_words(value: &str) -> bool {
    let separator = |c: char| matches!(c, '_' | '-' | '.' | ' ' | ':' | '\'' | '!' | '<' | '>');
    let parts = value.split(separator).filter(|part| !part.is_empty());
    let mut count = 0;
    for part in parts {
        count += 1;
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        if !letters.chars().all(char::is_alphabetic) || digits > 2 || mixes(letters) {
            return false;
        }
    }
    count > 0
}

// `githubToken` is two words, and `aBcDeF` is not words.
fn mixes(letters: &str) -> bool {
    words(letters).iter().filter(|hump| hump.len() < 3).count() > 1
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn a_placeholder_in_place_of_a_secret_is_short() {
        check(
            is_placeholder,
            &[
                "YOUR_API_KEY",
                "<token>",
                "ghp_...",
                "changeme",
                "AKIAIOSFODNN7EXAMPLE",
                &"x".repeat(200),
            ],
            &["", " ", "Hunter2Hunter2", &"x".repeat(201)],
        );
    }

    #[test]
    fn a_placeholder_without_a_name_says_what_it_stands_for() {
        let words = "YOUR_".repeat(38);
        check(
            is_placeholder_of_secret,
            &[
                "<token>",
                "YOUR_TOKEN",
                "ghp_xxxx",
                "ghp_<token>",
                "ghp_YOUR_TOKEN",
                &format!("{words}YOUR_TOKEN"),
            ],
            &[
                "",
                "token",
                "<your token>",
                "<word>",
                "ghp_token",
                "keyring:your-token",
                &format!("{words}YOURS_TOKEN"),
            ],
        );
    }

    #[test]
    fn a_placeholder_has_brackets_fillers_or_words() {
        check(
            is_bracketed,
            &["<a b>", "x<token>y", "x{{token}}y", "[token]", "{token}"],
            &["token", "<>", "{token}y", "x[token]", "x[token]y", "<a:b>", "<a\"b>", "<a1234>"],
        );
        check(
            is_filler,
            &["ghp_ab...", "ntn_****", "sk-abxxxx", "xxx", "0000-0000", "…"],
            &["", "xx", "abc", "ghp_abc"],
        );
        check(
            is_worded,
            &["changeme", "api-key", "ghp_YOUR", "secret_value"],
            &["", "value", "ghp_abc", "Hunter2345"],
        );
    }

    #[test]
    fn a_word_may_end_with_a_short_number() {
        check(
            is_words,
            &["a", "read-only", "key12", "githubToken", "it's", "<a:b>!"],
            &["", "__", "key123", "key1234", "1a", "a$", "aBcDeF"],
        );
        check(mixes, &["aBcDeF", "abCd"], &["githubToken", "aToken", "abcDef", "ab"]);
    }
}
