//! Names of secrets. A name is split into words, and the last word decides.

use super::table::{TABLE, has};

/// Which values of a name are secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretName {
    /// Every value is a secret.
    Any,
    /// The value is a password, which may be an ordinary word.
    Password,
    /// An opaque value is a secret.
    Opaque,
    /// A value with a user name or a password in it is a secret.
    Connection,
}

// Only the last part of a longer name is examined.
const EXAMINED: usize = 96;

/// Splits a name into words: at all characters but letters and digits, and where the case changes.
pub fn words(name: &str) -> Vec<&str> {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(humps).collect()
}

// `githubToken`, `APIKey`: a word starts at each capital, and at the last of several that a small letter follows.
fn humps(part: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = part.char_indices().collect();
    let starts = |at: &usize| {
        let (before, here) = (chars[*at - 1].1, chars[*at].1);
        let next = chars.get(*at + 1).is_some_and(|(_, c)| c.is_lowercase());
        here.is_uppercase() && (!before.is_uppercase() || next)
    };
    let mut found = vec![];
    let mut from = 0;
    for at in (1..chars.len()).filter(starts) {
        found.push(&part[from..chars[at].0]);
        from = chars[at].0;
    }
    found.push(&part[from..]);
    found
}

/// Returns which values of a name are secrets. `None` if it is not the name of a secret.
pub fn secret_name(name: &str) -> Option<SecretName> {
    let start = name.len().saturating_sub(EXAMINED);
    let start = (start..=name.len()).find(|at| name.is_char_boundary(*at)).unwrap_or(name.len());
    let mut words = words(&name[start..]);
    while let Some(last) = words.pop() {
        let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
        if !last.is_empty() && !has(&TABLE.ignored, last) {
            return of_words(last, words.last().copied().unwrap_or_default());
        }
    }
    None
}

fn of_words(last: &str, before: &str) -> Option<SecretName> {
    let table = &*TABLE;
    let open = match last.to_ascii_uppercase().as_str() {
        "KEY" => has(&table.open_key, before),
        "TOKEN" => has(&table.open_token, before),
        _other => false,
    };
    if open {
        return None;
    }
    for (words, kind) in [
        (&table.any, SecretName::Any),
        (&table.password, SecretName::Password),
        (&table.opaque, SecretName::Opaque),
        (&table.connection, SecretName::Connection),
    ] {
        if has(words, last) {
            return Some(kind);
        }
    }
    if has(&table.plural, last) {
        return has(&table.owner, before).then_some(SecretName::Opaque);
    }
    let end = table.ends.iter().find(|end| {
        let start = last.len().checked_sub(end.len());
        start.is_some_and(|at| last.get(at..).is_some_and(|part| part.eq_ignore_ascii_case(end)))
    })?;
    let password = has(&table.password, end);
    Some(if password { SecretName::Password } else { SecretName::Opaque })
}

/// Returns whether a name says that its value is a secret.
pub fn is_secret_name(name: &str) -> bool {
    secret_name(name).is_some()
}

/// Returns whether a name is that of a secret in running text, where `key: value` may be a sentence.
pub fn is_secret_in_prose(name: &str) -> bool {
    is_secret_name(name) && !has(&TABLE.weak, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_at_separators_and_at_changes_of_case() {
        for (name, want) in [
            ("oauthClientSecret", &["oauth", "Client", "Secret"][..]),
            ("X-API-Key", &["X", "API", "Key"]),
            ("tavilyAPIKey", &["tavily", "API", "Key"]),
            ("PGPASSWORD", &["PGPASSWORD"]),
            ("OAuth2.token_1", &["O", "Auth2", "token", "1"]),
            ("__", &[]),
            ("größeÄ", &["größe", "Ä"]),
        ] {
            assert_eq!(words(name), want);
        }
    }
}
