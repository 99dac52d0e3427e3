//! Values that are secrets because of their names.

use super::name::SecretName;
use super::placeholder::{is_placeholder, is_reference};
use super::table::{TABLE, has};
use super::verdict::SecretVerdict;

// A shorter password is not reported.
const SHORTEST_PASSWORD: usize = 4;
// Another secret is at least so long.
const SHORTEST: usize = 8;
// A number with more digits is not a number of something.
const LONG_NUMBER: usize = 16;
// No word is longer.
const LONG_WORD: usize = 20;
// How many bytes of a value are examined.
const EXAMINED: usize = 256;

/// Judges a value by what its name says.
pub fn judge_value(kind: SecretName, value: &str) -> SecretVerdict {
    let bare = without_scheme(head(value.trim()));
    if bare.is_empty() || is_reference(bare) || has(&TABLE.harmless, bare) {
        return SecretVerdict::Harmless;
    }
    if is_placeholder(bare) {
        return SecretVerdict::Placeholder;
    }
    let dollar = bare.starts_with('$') && is_password(bare);
    let (secret, what) = match kind {
        // It is not the name of a variable.
        SecretName::Opaque | SecretName::Connection if dollar => (true, "a password"),
        SecretName::Any => (true, "a secret"),
        SecretName::Password => (is_password(bare), "a password"),
        SecretName::Opaque => (is_opaque(bare), "a secret"),
        SecretName::Connection => (is_connection(bare), "a password"),
    };
    if secret { SecretVerdict::Secret(what) } else { SecretVerdict::Harmless }
}

/// Returns a value without the scheme of an `Authorization` header.
pub fn without_scheme(value: &str) -> &str {
    let rest = |scheme: &&str| {
        let (word, rest) = value.split_at_checked(scheme.len())?;
        word.eq_ignore_ascii_case(scheme).then(|| rest.strip_prefix(' '))?
    };
    TABLE.schemes.iter().find_map(rest).map_or(value, str::trim_start)
}

// Only this much of a value is examined, so that no text takes long.
fn head(value: &str) -> &str {
    let end = (0..=EXAMINED.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
    &value[..end.unwrap_or_default()]
}

fn is_password(value: &str) -> bool {
    value.chars().take(SHORTEST_PASSWORD).count() == SHORTEST_PASSWORD && !is_place(value)
}

/// Returns whether a value may be a secret: it is long enough, and neither a path, a URL, a number, words nor a
/// reference.
pub fn is_opaque(value: &str) -> bool {
    let value = head(value);
    value.len() >= SHORTEST
        && !is_place(value)
        && !is_number(value)
        && !is_plain(value)
        && !is_mail(value)
}

// A path or a URL. A random string that starts with a slash has no words between slashes.
fn is_place(value: &str) -> bool {
    let bytes = value.as_bytes();
    let drive =
        bytes.get(1) == Some(&b':') && bytes.get(2).is_some_and(|c| matches!(c, b'\\' | b'/'));
    let start = ["~/", "./", "../", "~\\", "\\\\"].iter().any(|start| value.starts_with(start));
    let rooted = value.starts_with('/') && value[1..].split('/').all(|part| !is_mixed(part));
    start || drive || rooted || value.contains("://")
}

// Whether lower case, upper case and digits are mixed in a long part.
fn is_mixed(part: &str) -> bool {
    let has = |is: fn(&char) -> bool| part.chars().any(|c| is(&c));
    part.len() >= SHORTEST
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
}

fn is_number(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits < LONG_NUMBER
        && value
            .bytes()
            .all(|c| c.is_ascii_digit() || matches!(c, b'.' | b'-' | b':' | b',' | b'+'))
}

// Words in one case, with separators: `read-only`, `Production`, `X_OTHER`.
fn is_plain(value: &str) -> bool {
    let mut parts = value.split(['-', '_', ' ', '.', ',', '/', '+']);
    parts.all(|part| {
        let rest = part.chars().skip(1);
        let (mut lower, mut upper) = (rest.clone(), rest);
        let one_case = lower.all(char::is_lowercase)
            || (upper.all(char::is_uppercase) && part.starts_with(char::is_uppercase));
        part.chars().all(char::is_alphabetic) && part.len() < LONG_WORD && one_case
    })
}

fn is_mail(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        let part = |text: &str| {
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'))
        };
        let domain = host.rsplit_once('.').map(|(_, end)| end);
        let domain = domain.is_some_and(|end| (2..8).contains(&end.len()));
        part(user) && part(host) && domain && !host.contains("..")
    })
}

// `user:password@host`, `https://key@host`, `host=x password=y`.
fn is_connection(value: &str) -> bool {
    let user = value.split_once('@').is_some_and(|(user, _)| !user.ends_with("//"));
    user || is_opaque(value)
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn the_name_of_a_value_decides() {
        use SecretName::{Any, Connection, Opaque, Password};
        use SecretVerdict::{Harmless, Placeholder, Secret};
        for (kind, value, verdict) in [
            (Any, "", Harmless),
            (Any, " ", Harmless),
            (Any, "Bearer ", Harmless),
            (Any, "${X}", Harmless),
            (Any, "Bearer ${X}", Harmless),
            (Any, "Bearer keyring:x", Harmless),
            (Any, "none", Harmless),
            (Any, "a", Secret("a secret")),
            (Any, "changeme", Placeholder),
            (Password, "abc", Harmless),
            (Password, "abcd", Secret("a password")),
            (Password, "./abcd", Harmless),
            (Opaque, "hunter", Harmless),
            (Opaque, "Hunter2Hunter2", Secret("a secret")),
            (Opaque, "$hunter", Secret("a password")),
            (Connection, "$hunter", Secret("a password")),
            (Connection, "ada@localhost", Secret("a password")),
            (Connection, "localhost", Harmless),
        ] {
            assert_eq!(judge_value(kind, value), verdict, "{kind:?} {value}");
        }
    }

    #[test]
    fn a_place_is_a_path_or_a_url() {
        check(
            is_place,
            &[
                "C:\\keys\\Abc1x",
                "C:/keys",
                "~/keys",
                "..\\..//x://",
                "/abcdefghij",
                "/Abc1/Ab3dEfG",
            ],
            &["C:keys", "ab/keys", "ab\\keys", "Ab/d3fGh1J", "/Ab3dEfGhIj", "keys"],
        );
        check(is_mixed, &["Ab3dEfGh"], &["Ab3dEfG", "ABCDEFG1", "abcdefg1", "AbCdEfGh"]);
    }

    #[test]
    fn an_opaque_value_is_no_place_number_word_or_mail_address() {
        check(
            is_number,
            &["1234.5-6:7,8+", "123456789012345", "1"],
            &["1234567890123456", "12a", "0x12"],
        );
        let (long, longer) = ("a".repeat(19), "a".repeat(20));
        check(
            is_plain,
            &["read-only", "Production", "X_OTHER", "a b", &long],
            &["readOnly", "aBC", "AbC", "abc1", "1", "read-only-2", &longer],
        );
        check(
            is_mail,
            &["ada.b-c_d+e@mail.example.com", "ada@a.de"],
            &[
                "ada",
                "a/da@a.example",
                "ada@a/b.example",
                "ada@localhost",
                "ada@a..example",
                "ada@a.b",
            ],
        );
        check(
            is_opaque,
            &["Ab/d3fGh1J", "Hunter2x", "/Ab3dEfGhIj"],
            &["Hunter2", "/abcdefg1", "/usr/Local2", "2026-11-30", "read-only", "ada2@a.example"],
        );
    }

    #[test]
    fn a_connection_has_a_user_name_or_a_password() {
        check(
            is_connection,
            &["ada@localhost", "https://ada@a.example", "host=a password=b2"],
            &["https://@a.example", "https://a.example/Hunter2Hunter2", "localhost"],
        );
    }
}
