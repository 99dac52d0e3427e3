//! Removes known secrets from a string that somebody else has written, and who may have quoted what they received.

use std::ops::Range;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use url::form_urlencoded::byte_serialize;

// A shorter secret may be part of an ordinary word, so it is removed only where it is a word itself.
const ANYWHERE: usize = 8;

/// Replaces secrets by `…`, in each form in which a request contains them: plain, form-encoded, and in base64.
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let mut found: Vec<Range<usize>> = vec![];
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        let ranges = text.match_indices(&form).map(|(at, _)| at..at + form.len());
        found.extend(ranges.filter(|range| form.len() >= ANYWHERE || is_word(text, range)));
    }
    found.sort_by_key(|range| range.start);
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    for range in found {
        if range.start >= end {
            out.push_str(&text[end..range.start]);
            out.push('…');
        }
        end = end.max(range.end);
    }
    out.push_str(&text[end..]);
    out
}

fn forms(secret: &str) -> Vec<String> {
    let form: String = byte_serialize(secret.as_bytes()).collect();
    let encoded = form.replace('+', "%20");
    let quoted = serde_json::Value::from(secret).to_string();
    let mut forms = vec![
        secret.to_owned(),
        secret.trim_end_matches('=').to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
        form,
        encoded.replace("%7E", "~"),
        encoded,
    ];
    forms.sort();
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

fn is_word(text: &str, range: &Range<usize>) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let inner = &text[range.clone()];
    let begins = inner.starts_with(is_part) && text[..range.start].ends_with(is_part);
    let ends = inner.ends_with(is_part) && text[range.end..].starts_with(is_part);
    !begins && !ends
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn a_secret_is_removed_in_every_form_that_a_request_contains() {
        let secret = "s3cret of/the ~\"client\"";
        let form: String = byte_serialize(secret.as_bytes()).collect();
        for form in [
            secret.to_owned(),
            form.clone(),
            form.replace('+', "%20"),
            BASE64_STANDARD.encode(secret).trim_end_matches('=').to_owned(),
            serde_json::Value::from(secret).to_string(),
        ] {
            let shown = redact(&format!("x{form}y"), &["unrelated", secret]);
            assert!(shown.contains('…') && !shown.contains("s3cret"), "{form}: {shown}");
        }
    }

    #[test]
    fn a_short_secret_is_removed_as_a_word_and_no_ordinary_word_is() {
        for (secret, text, want) in [
            ("hunter2", "client_secret=hunter2&x=1", "client_secret=…&x=1"),
            ("hunter2", "`hunter2` is wrong", "`…` is wrong"),
            ("p@!", "p@!", "…"),
            ("p@!", "got p@!, sorry", "got …, sorry"),
            ("pw", "pw has no power", "… has no power"),
            ("token", "the refresh_token and tokens", "the refresh_token and tokens"),
            ("", "nothing", "nothing"),
        ] {
            assert_eq!(redact(text, &[secret]), want, "{secret}");
        }
    }

    #[test]
    fn nothing_is_left_of_secrets_that_overlap() {
        let text = "abcdefgh abcdefghIJKL 12abcdefgh";
        assert_eq!(redact(text, &["abcdefgh", "abcdefghIJKL", "12abcdef"]), "… … …");
    }
}
