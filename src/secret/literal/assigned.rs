//! Secrets in a string that their names or flags precede: `api_key=…`, `Authorization: Bearer …`, `--password …`.

use std::ops::Range;

use super::name::{SecretName, is_secret_in_prose, secret_name};
use super::opaque::{judge_value, without_scheme};
use super::verdict::SecretVerdict;

// A longer string is not a variable.
const LONGEST_VARIABLE: usize = 128;

/// Finds values whose names are those of secrets, each with what it is.
pub fn assigned(text: &str) -> impl Iterator<Item = (Range<usize>, SecretVerdict)> {
    let mut ends = ValueEnds { text, known: [0; ENDS.len()] };
    let mut masked = 0;
    text.match_indices(['=', ':', ' ']).filter_map(move |(at, sign)| {
        // A value may contain signs like its own.
        let before = text.get(masked..at)?;
        let name = match sign {
            " " => flag(before)?,
            _other => name(before.trim_end_matches([' ', '"', '\'', '\\'])),
        };
        let mut kind = secret_name(name)?;
        let range = ends.value_at(at + 1);
        let value = &text[range.clone()];
        if sign == " " && is_flag(value) {
            return None;
        }
        // A sentence may follow the name.
        if sign == ":" && !is_quoted(text, &range) {
            if !is_secret_in_prose(name) {
                return None;
            }
            if without_scheme(value) == value {
                kind = SecretName::Opaque;
            }
        }
        // A bracket ends a value, unless it belongs to a variable.
        let closed = text[range.end..].starts_with('}')
            && value.len() < LONGEST_VARIABLE
            && value.contains('{');
        let value = &text[range.start..range.end + usize::from(closed)];
        let verdict = judge_value(kind, value);
        if verdict == SecretVerdict::Harmless {
            return None;
        }
        masked = range.end;
        Some((range, verdict))
    })
}

/// Returns whether an argument is a flag without a value: `--verbose`, `-y`.
pub fn is_flag(text: &str) -> bool {
    let name = text.trim_start_matches('-');
    let dashes = text.len() - name.len();
    let long = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let short = name.len() == 1 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    (dashes == 1 && short) || ((1..3).contains(&dashes) && long)
}

fn is_quoted(text: &str, range: &Range<usize>) -> bool {
    text[..range.start].ends_with(['"', '\''])
}

// The name at the end of a string.
fn name(text: &str) -> &str {
    &text[text.trim_end_matches(is_name_char).len()..]
}

// The flag at the end of a string: `--password`, `-token`.
fn flag(text: &str) -> Option<&str> {
    let name = name(text);
    let before = &text[..text.len() - name.len()];
    let starts = before.is_empty() || before.ends_with([' ', '"', '\'', '`', '\n', '\t', '(', '[']);
    (name.starts_with('-') && starts).then_some(name)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

// Where a value in double quotes ends, one in single quotes, and one without.
const ENDS: [fn(char) -> bool; 3] = [
    |c| matches!(c, '"' | '\n'),
    |c| matches!(c, '\'' | '\n'),
    |c| {
        c.is_whitespace() || matches!(c, '&' | ',' | ';' | '"' | '\'' | '}' | ']' | ')' | '#' | '`')
    },
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
        let start = start + usize::from(self.text[start..].starts_with("\\\""));
        let rest = &self.text[start..];
        match rest.chars().next() {
            Some('"') => start + 1..self.next(start + 1, 0),
            Some('\'') => start + 1..self.next(start + 1, 1),
            Some(_) | None => {
                let scheme = rest.len() - without_scheme(rest).len();
                start..self.next(start + scheme, 2).max(start)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_after_a_name_is_found() {
        let variable = |length: usize| format!("password=${{{}}}", "A".repeat(length));
        for (text, values) in [
            ("--password Hunter2Hunter2", &["Hunter2Hunter2"][..]),
            ("x --password Hunter2Hunter2", &["Hunter2Hunter2"]),
            ("é--password Hunter2Hunter2", &[]),
            ("password Hunter2Hunter2", &[]),
            ("--password --verbose", &[]),
            ("password=--verbose", &["--verbose"]),
            ("password=please", &["please"]),
            ("password: \"please\"", &["please"]),
            ("password: 'please'", &["please"]),
            ("password: please", &[]),
            ("my key: Abcd1234efgh", &[]),
            ("Authorization: Bearer abcd", &["Bearer abcd"]),
            ("Authorization: please", &[]),
            ("password=\\\"Hunter2x\\\"", &["Hunter2x\\"]),
            ("password=${ABCD", &["${ABCD"]),
            (&variable(125), &[]),
            (&variable(126), &[&variable(126)["password=".len()..][..128]]),
        ] {
            let found: Vec<&str> = assigned(text).map(|(range, _)| &text[range]).collect();
            assert_eq!(found, values, "{text}");
        }
    }

    #[test]
    fn a_flag_is_one_letter_or_words_in_lower_case() {
        for (text, flag) in [
            ("-y", true),
            ("-Y", true),
            ("-yes", true),
            ("--read-only2", true),
            ("-YES", false),
            ("---verbose", false),
            ("--Verbose", false),
            ("--2", false),
            ("--", false),
            ("verbose", false),
        ] {
            assert_eq!(is_flag(text), flag, "{text}");
        }
    }
}
