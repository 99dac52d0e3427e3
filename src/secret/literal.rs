//! Literal values that look like secrets: recognizes and masks them.
//!
//! Issuers document the forms of their tokens for secret scanners. Any long opaque value counts as a secret if its
//! name says so.

use std::ops::Range;

use super::scheme::SecretLocation;

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

/// Masks everything in a string that looks like a secret, with a `*` for each byte, so that spans stay valid.
pub fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((range, _)) = find(rest) {
        out.push_str(&rest[..range.start]);
        out.push_str(&"*".repeat(range.len()));
        rest = &rest[range.end..];
    }
    out.push_str(rest);
    out
}

type SecretMatch = (Range<usize>, &'static str);

fn find(text: &str) -> Option<SecretMatch> {
    let found = [token(text), password(text), assigned(text)];
    found.into_iter().flatten().min_by_key(|(range, _)| range.start)
}

fn token(text: &str) -> Option<SecretMatch> {
    let mut at = 0;
    for word in text.split(|c| !is_token_char(c)) {
        if let Some((start, what)) = secret_in_word(word) {
            return Some((at + start..at + word.len(), what));
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    None
}

// RFC 3986, section 3.2.1: `scheme://user:password@host`.
fn password(text: &str) -> Option<SecretMatch> {
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
    text.match_indices("://").find_map(user_info)
}

// `api_key=…`, `Authorization: Bearer …`, `TOKEN = "…"`: a name that says secret, and its value.
fn assigned(text: &str) -> Option<SecretMatch> {
    let value = |(at, _): (usize, &str)| {
        let name = text[..at].trim_end_matches([' ', '"', '\'']);
        let start = name.trim_end_matches(is_name_char).len();
        if !is_secret_name(name[start..].trim_start_matches('-')) {
            return None;
        }
        let range = value_at(text, at + 1);
        is_opaque(&text[range.clone()]).then_some((range, "a secret"))
    };
    text.match_indices(['=', ':']).find_map(value)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

// What is in quotes, or the next word with the scheme before it.
fn value_at(text: &str, from: usize) -> Range<usize> {
    let start = text.len() - text[from..].trim_start_matches([' ', '\t']).len();
    let rest = &text[start..];
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = rest[1..].find([quote, '\n']).map_or(text.len(), |end| start + 1 + end);
        return start + 1..end;
    }
    let scheme = rest.len() - without_scheme(rest).len();
    let stop = |c: char| c.is_whitespace() || "&,;\"'}])#".contains(c);
    let end = rest[scheme..].find(stop).map_or(text.len(), |end| start + scheme + end);
    start..end
}

fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((word, rest)) if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) => {
            rest
        }
        Some(_) | None => value,
    }
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '~')
}

fn secret_in_word(word: &str) -> Option<(usize, &'static str)> {
    for (prefix, at_least, what) in PREFIXES {
        if word.len() < prefix.len() + at_least {
            continue;
        }
        let found = word.match_indices(prefix).find(|(at, _)| {
            let edge = word[..*at].chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
            edge && opaque_run(&word[at + prefix.len()..]) >= at_least
        });
        if let Some((at, _)) = found {
            return Some((at, what));
        }
    }
    is_jwt(word).then_some((0, "a JSON Web Token"))
}

fn opaque_run(text: &str) -> usize {
    let run =
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).count();
    let has_digit = text.chars().take(run).any(|c| c.is_ascii_digit());
    let mixed = text.chars().take(run).any(|c| c.is_ascii_uppercase());
    if has_digit || mixed { run } else { 0 }
}

// RFC 7519, section 3.1: three base64url parts; the header is a JSON object, so it starts with `eyJ`.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts[0].starts_with("eyJ") && parts[1].len() >= 8 && parts[2].len() >= 8
}

/// Returns whether a name says that its value is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let ends = |word: &&str| name.strip_suffix(*word);
    NAMES.iter().filter_map(ends).any(|before| before.is_empty() || before.ends_with('_'))
}

// Long enough to be one, and neither a path, a URL, a number, a word nor a reference.
fn is_opaque(value: &str) -> bool {
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
        ] {
            assert!(looks_like(secret).is_some(), "{secret}");
        }
        for plain in [
            "npx",
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
