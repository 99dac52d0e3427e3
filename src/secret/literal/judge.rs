//! Judges a value, and masks the secrets in a string.

use std::ops::Range;

use base64::engine::{Engine as _, general_purpose::GeneralPurpose};

use super::assigned::assigned;
use super::name::secret_name;
use super::opaque::judge_value;
use super::placeholder::{is_placeholder, is_placeholder_of_secret};
use super::verdict::SecretVerdict;
use super::{token, url};

type SecretMatch = (Range<usize>, SecretVerdict);

const BASIC: &str = "Basic";
const BASE64: GeneralPurpose = base64::prelude::BASE64_STANDARD_NO_PAD;
// No credentials are longer.
const MAX_BASIC: usize = 4096;

/// Judges a value that has no name.
pub fn judge(value: &str) -> SecretVerdict {
    let found = matches(value).map(|(_, verdict)| verdict);
    let found = found.fold(SecretVerdict::Harmless, SecretVerdict::or);
    if found == SecretVerdict::Harmless && is_placeholder_of_secret(value) {
        return SecretVerdict::Placeholder;
    }
    found
}

/// Judges a value with a name: by its own form, and by what the name says.
pub fn judge_named(name: &str, value: &str) -> SecretVerdict {
    let own = judge(value);
    match secret_name(name) {
        Some(kind) => own.or(judge_value(kind, value)),
        None => own,
    }
}

/// Masks everything in a string that looks like a secret, with a `*` for each byte but line breaks, so that spans and lines
/// stay valid. Takes time in proportion to the length of the string.
pub fn mask(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (range, verdict) in matches(text) {
        if verdict.secret().is_some() {
            let inner = bytes[range].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r'));
            inner.for_each(|byte| *byte = b'*');
        }
    }
    String::from_utf8(bytes).expect("a secret ends where characters do")
}

/// Returns where the secrets of a string are, in their order. Secrets that touch each other are one range.
pub fn secret_ranges(text: &str) -> Vec<Range<usize>> {
    let secrets = matches(text).filter(|(_, verdict)| verdict.secret().is_some());
    let mut ranges: Vec<Range<usize>> = secrets.map(|(range, _)| range).collect();
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = vec![];
    for range in ranges {
        match merged.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}

fn matches(text: &str) -> impl Iterator<Item = SecretMatch> {
    let forms = token::tokens(text).chain(token::private_keys(text)).chain(basic(text));
    let forms = forms.map(|(range, what)| {
        let verdict = if is_placeholder(&text[range.clone()]) {
            SecretVerdict::Placeholder
        } else {
            SecretVerdict::Secret(what)
        };
        (range, verdict)
    });
    forms.chain(url::user_infos(text)).chain(url::keys(text)).chain(assigned(text))
}

// RFC 7617, section 2: `Basic` and a user name with a password in base64.
fn basic(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let credentials = |(at, _): (usize, &str)| {
        let start = at + " ".len();
        let scheme = text[..at].len().checked_sub(BASIC.len())?;
        let is_basic = text.get(scheme..at)?.eq_ignore_ascii_case(BASIC);
        let word = &text[start..].split(|c: char| !is_base64(c)).next().filter(|_| is_basic)?;
        let word = &word[..word.len().min(MAX_BASIC)];
        let pair = BASE64.decode(word.trim_end_matches('=')).ok()?;
        let decoded = std::str::from_utf8(&pair).is_ok_and(|pair| pair.contains(':'));
        decoded.then_some((start..start + word.len(), "a password"))
    };
    text.match_indices(' ').filter_map(credentials)
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}
