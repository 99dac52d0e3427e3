//! Values that are secrets because their name says so: `API_TOKEN=…`, `Authorization: Bearer …`.

use std::ops::Range;

use crate::secret::scheme::SecretLocation;

/// Words that make an environment variable, header or query parameter of that name a secret.
pub const NAMES: [&str; 10] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "AUTHORIZATION",
    "CREDENTIALS",
];

// What may precede the secret in an `Authorization` header.
const SCHEMES: [&str; 3] = ["Bearer", "Basic", "Token"];

// How many bytes of a value are examined.
const EXAMINED: usize = 256;

/// Finds names that say secret, and returns where their values are: `api_key=…`, `TOKEN = "…"`.
pub fn assigned(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let mut ends = ValueEnds { text, known: [0; ENDS.len()] };
    let mut masked = 0;
    text.match_indices(['=', ':']).filter_map(move |(at, _)| {
        // A value may contain signs like its own.
        let name = text.get(masked..at)?.trim_end_matches([' ', '"', '\'']);
        let start = name.trim_end_matches(is_name_char).len();
        if !is_secret_name(name[start..].trim_start_matches('-')) {
            return None;
        }
        let range = ends.value_at(at + 1);
        if !is_opaque(&text[range.clone()]) {
            return None;
        }
        masked = range.end;
        Some((range, "a secret"))
    })
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

// Where a value in double quotes ends, one in single quotes, and one without.
const ENDS: [fn(char) -> bool; 3] = [
    |c| matches!(c, '"' | '\n'),
    |c| matches!(c, '\'' | '\n'),
    |c| c.is_whitespace() || matches!(c, '&' | ',' | ';' | '"' | '\'' | '}' | ']' | ')' | '#'),
];

/// Finds where values end. It remembers the next end of each kind, so that no byte is searched twice.
struct ValueEnds<'a> {
    text: &'a str,
    known: [usize; ENDS.len()],
}

impl ValueEnds<'_> {
    // What is in quotes, or the next word with the scheme before it.
    fn value_at(&mut self, from: usize) -> Range<usize> {
        let start = self.text.len() - self.text[from..].trim_start_matches([' ', '\t']).len();
        let rest = &self.text[start..];
        match rest.chars().next() {
            Some('"') => start + 1..self.next(start + 1, 0),
            Some('\'') => start + 1..self.next(start + 1, 1),
            Some(_) | None => {
                let scheme = rest.len() - without_scheme(rest).len();
                start..self.next(start + scheme, 2)
            }
        }
    }

    fn next(&mut self, from: usize, kind: usize) -> usize {
        if self.known[kind] < from {
            let found = self.text[from..].find(ENDS[kind]);
            self.known[kind] = found.map_or(self.text.len(), |at| from + at);
        }
        self.known[kind]
    }
}

fn without_scheme(value: &str) -> &str {
    let rest = |scheme: &&str| {
        let (word, rest) = value.split_at_checked(scheme.len())?;
        word.eq_ignore_ascii_case(scheme).then(|| rest.strip_prefix(' '))?
    };
    SCHEMES.iter().find_map(rest).unwrap_or(value)
}

/// Returns whether a name says that its value is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let ends = |word: &&str| name.strip_suffix(*word);
    NAMES.iter().filter_map(ends).any(|before| before.is_empty() || before.ends_with('_'))
}

/// Returns whether a value may be a secret: it is long enough, and neither a path, a URL, a number, a word nor a
/// reference.
pub fn is_opaque(value: &str) -> bool {
    let examined = (0..=EXAMINED.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
    let value = &value[..examined.unwrap_or_default()];
    if SecretLocation::parse(value).is_ok() {
        return false;
    }
    let value = without_scheme(value);
    let plain =
        value.starts_with(['/', '~', '.', '$']) || value.contains("://") || value.contains(":${");
    let word = value.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_');
    let number = value.chars().all(|c| c.is_ascii_digit() || c == '.');
    value.len() >= 8 && !plain && !word && !number
}
