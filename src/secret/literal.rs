//! Literal values that look like secrets: recognizes and masks them.
//!
//! Issuers document the forms of their tokens for secret scanners. Any long opaque value counts as a secret if its
//! name says so.

use std::ops::Range;

use base64::engine::{Engine as _, general_purpose::GeneralPurpose};

mod named;

pub use named::{NAMES, is_secret_name};
use named::{assigned, is_opaque};

/// Prefixes that only ever start a secret, and how many characters must follow for it to be one.
pub const PREFIXES: [(&str, usize, &str); 22] = [
    ("ghp_", 16, "a GitHub token"),
    ("gho_", 16, "a GitHub token"),
    ("ghu_", 16, "a GitHub token"),
    ("ghs_", 16, "a GitHub token"),
    ("ghr_", 16, "a GitHub token"),
    ("github_pat_", 16, "a GitHub token"),
    ("glpat-", 16, "a GitLab token"),
    ("sk-", 16, "an API key"),
    ("sk_live_", 8, "a Stripe key"),
    ("sk_test_", 8, "a Stripe key"),
    ("rk_live_", 8, "a Stripe key"),
    ("xoxb-", 8, "a Slack token"),
    ("xoxp-", 8, "a Slack token"),
    ("xapp-", 8, "a Slack token"),
    ("ATATT3", 16, "an Atlassian API token"),
    ("lin_api_", 8, "a Linear API key"),
    ("ntn_", 16, "a Notion token"),
    ("secret_", 24, "a Notion token"),
    ("AKIA", 16, "an AWS access key"),
    ("AIza", 30, "a Google API key"),
    ("hf_", 24, "a Hugging Face token"),
    ("npm_", 30, "an npm token"),
];

/// Says what secret a literal value looks like, if it does, judged by its own shape.
pub fn looks_like(value: &str) -> Option<&'static str> {
    find(value).map(|(_, what)| what)
}

/// Says what secret a literal value under a name looks like: by its own shape, or because the name
/// says so and the value is long and opaque (`MAX_TOKENS = "4096"` and paths are not).
pub fn looks_like_named(name: &str, value: &str) -> Option<&'static str> {
    looks_like(value).or_else(|| (is_secret_name(name) && is_opaque(value)).then_some("a secret"))
}

/// Says what secret an argument looks like: by its own shape, or because the flag before it says so.
pub fn looks_like_behind(flag: &str, value: &str) -> Option<&'static str> {
    looks_like_named(flag.strip_prefix("--").unwrap_or_default(), value)
}

/// Masks everything in a string that looks like a secret, with a `*` for each byte, so that spans stay valid. Takes time in
/// proportion to the length of the string.
pub fn mask(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let found = tokens(text).chain(passwords(text)).chain(assigned(text)).chain(basic(text));
    for (range, _) in found {
        bytes[range].fill(b'*');
    }
    String::from_utf8(bytes).expect("a secret ends where characters do")
}

type SecretMatch = (Range<usize>, &'static str);

const BASIC: &str = "Basic";
const BASE64: GeneralPurpose = base64::prelude::BASE64_STANDARD_NO_PAD;
// No credentials are longer.
const MAX_BASIC: usize = 4096;
// How many characters of a token are examined.
const EXAMINED: usize = 64;

fn find(text: &str) -> Option<SecretMatch> {
    let found =
        [tokens(text).next(), passwords(text).next(), assigned(text).next(), basic(text).next()];
    found.into_iter().flatten().min_by_key(|(range, _)| range.start)
}

fn tokens(text: &str) -> impl Iterator<Item = SecretMatch> {
    let mut next = 0;
    let words = text.split(|c| !is_token_char(c)).map(move |word| {
        let at = next;
        next += word.len();
        next += text[next..].chars().next().map_or(0, char::len_utf8);
        (at, word)
    });
    words.filter_map(|(at, word)| {
        let (start, what) = secret_in_word(word)?;
        Some((at + start..at + word.len(), what))
    })
}

// RFC 3986, section 3.2.1: `scheme://user:password@host`.
fn passwords(text: &str) -> impl Iterator<Item = SecretMatch> {
    let user_info = |(at, mark): (usize, &str)| {
        let start = at + mark.len();
        let authority = &text[start..];
        let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
        let (info, host) = authority.rsplit_once('@')?;
        let (_, password) = info.split_once(':')?;
        let address = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
            && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && !info
                .contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`<>".contains(c));
        let literal = password.chars().count() >= 4 && !password.starts_with(['$', '{', '<']);
        (address && literal).then_some((start..start + info.len(), "a password"))
    };
    text.match_indices("://").filter_map(user_info)
}

// RFC 7617, section 2: `Basic` and a user name with a password in base64.
fn basic(text: &str) -> impl Iterator<Item = SecretMatch> {
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

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '~')
}

fn secret_in_word(word: &str) -> Option<(usize, &'static str)> {
    let start = |(prefix, at_least, what): &(&str, usize, &'static str)| {
        let mut found = word.match_indices(prefix).filter(|(at, _)| {
            let edge = word[..*at].chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
            edge && opaque_run(&word[at + prefix.len()..]) >= *at_least
        });
        found.next().map(|(at, _)| (at, *what))
    };
    let long =
        PREFIXES.iter().filter(|(prefix, at_least, _)| word.len() >= prefix.len() + at_least);
    let found = long.filter_map(start).min_by_key(|(at, _)| *at);
    found.or_else(|| is_jwt(word).then_some((0, "a JSON Web Token")))
}

fn opaque_run(text: &str) -> usize {
    let run = || {
        let opaque = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        text.chars().take(EXAMINED).take_while(opaque)
    };
    let mixed = run().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if mixed { run().count() } else { 0 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_token_shapes_are_secrets_and_ordinary_values_are_not() {
        for secret in [
            "ghp_0123456789abcdefghij0123456789abcdef",
            "Bearer sk-proj-0123456789ABCDEFGHIJ",
            "https://x.example/?k=glpat-0123456789abcdefghij",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2ln",
            "Authorization: Bearer Hunter2Hunter2",
            "X-API-Key:Hunter2Hunter2",
            "--api-key=Hunter2Hunter2",
            "https://x.example/?q=1&access_token=Hunter2Hunter2&y=2",
            "postgres://ada:hunter2@localhost/db",
            "got Basic YWRhOmh1bnRlcjI=, sorry",
            "basic YWRhOmh1bnRlcjI",
        ] {
            assert!(looks_like(secret).is_some(), "{secret}");
        }
        for plain in [
            "npx",
            "Basic authentication",
            "Basic YWRhaHVudGVy",
            "Basic BASE64_OF_USER:PASSWORD",
            "mcp-remote@0.15.1",
            "https://mcp.atlassian.com/v1/mcp",
            "sk-",
            "task-force-alpha-bravo",
            "~/src",
            "@modelcontextprotocol/server-filesystem",
            "risk-assessment-0123456789abcdef",
            "Authorization:${MCPGEN_AUTHORIZATION}",
            "Authorization: Bearer ${TOKEN}",
            "--token=~/.config/token",
            "--max-tokens=4096000000",
            "client-secret = \"keyring:my-client\"",
            "ssh://git@github.com:22/x",
            "postgres://ada:${PASSWORD}@localhost/db",
        ] {
            assert_eq!(looks_like(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_name_makes_a_long_opaque_value_a_secret() {
        assert!(looks_like_named("JIRA_API_TOKEN", "Hunter2Hunter2").is_some());
        assert!(looks_like_named("Authorization", "Basic YWRhOmh1bnRlcjI=").is_some());
        for (name, value) in [
            ("MAX_TOKENS", "Hunter2Hunter2"),
            ("API_TOKEN", "~/.config/token"),
            ("API_TOKEN", "${input:token}"),
            ("TOKEN", "none"),
            ("Authorization", "Bearer ${TOKEN}"),
        ] {
            assert_eq!(looks_like_named(name, value), None, "{name} {value}");
        }
    }

    #[test]
    fn masking_takes_time_in_proportion_to_the_text() {
        for piece in [
            "ghp_0123456789abcdefghij ",
            "ghp_0123456789abcdefghij",
            "sk-",
            "sk-a-",
            "token:/",
            "token=token=",
            "TOKEN=\"",
            "TOKEN='\"",
            "token: Bearer ",
            "Bearer",
            "Basic ",
            "Basic YWRhOmh1bnRlcjI=",
            "a://b:cdef@",
            "a://b:cdef@d ",
            "://",
            "eyJ.",
            "=   ",
            "TOKEN = \"Hunter2Hunter2\" ",
            "token:a",
            "password:abc:${",
        ] {
            let text = piece.repeat((200 << 10) / piece.len());
            let begin = std::time::Instant::now();
            assert_eq!(mask(&text).len(), text.len());
            let taken = begin.elapsed();
            assert!(taken < std::time::Duration::from_secs(10), "{piece}: {taken:?}");
        }
    }

    #[test]
    fn every_secret_of_a_text_is_masked() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2ln";
        for (text, want) in [
            (format!("{jwt}. {jwt},"), format!("{} {},", "*".repeat(54), "*".repeat(53))),
            ("xoxb-0123456789-ghp_0123456789abcdefghij".into(), "*".repeat(40)),
            (
                "a_token=Hunter2Hunter2=x&b=1&key_token=Hunter3Hunter3".into(),
                "a_token=****************&b=1&key_token=**************".into(),
            ),
        ] {
            assert_eq!(mask(&text), want, "{text}");
        }
    }

    #[test]
    fn a_mask_keeps_the_length_in_bytes() {
        for (text, want) in [
            ("a \"ghp_0123456789abcdefghij\" é", "a \"************************\" é"),
            ("A_TOKEN = 'Hünter2' # c", "A_TOKEN = '********' # c"),
            ("a://b:cdef@d e://f:ghij@h", "a://******@d e://******@h"),
            ("TOKEN = \"Unclosed1\nb = 2", "TOKEN = \"*********\nb = 2"),
        ] {
            assert_eq!(mask(text), want);
        }
    }
}
