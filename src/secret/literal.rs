//! Recognizes secrets that are written literally, and masks them.
//!
//! `literal/table.toml` has the facts. Every command that has to know whether a value is a secret asks here.

mod argument;
mod assigned;
mod judge;
mod located;
mod name;
mod opaque;
mod placeholder;
mod shape;
mod table;
mod token;
mod url;
mod verdict;

pub use argument::{judge_arguments, judge_around};
pub use assigned::is_flag;
pub use judge::{judge, judge_named, mask};
pub use located::{LocatedSecret, locate_secrets};
pub use name::is_secret_name;
pub use shape::TokenShape;
pub use table::TABLE;
pub use verdict::SecretVerdict;

// Checks which strings a function accepts.
#[cfg(test)]
fn check(function: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
    for (values, want) in [(yes, true), (no, false)] {
        for value in values {
            assert_eq!(function(value), want, "{value}");
        }
    }
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
            assert!(judge(secret).secret().is_some(), "{secret}");
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
            assert_eq!(judge(plain), SecretVerdict::Harmless, "{plain}");
        }
    }

    #[test]
    fn a_name_makes_a_long_opaque_value_a_secret() {
        assert!(judge_named("JIRA_API_TOKEN", "Hunter2Hunter2").secret().is_some());
        assert!(judge_named("Authorization", "Basic YWRhOmh1bnRlcjI=").secret().is_some());
        for (name, value) in [
            ("MAX_TOKENS", "Hunter2Hunter2"),
            ("API_TOKEN", "~/.config/token"),
            ("API_TOKEN", "${input:token}"),
            ("TOKEN", "none"),
            ("Authorization", "Bearer ${TOKEN}"),
        ] {
            assert_eq!(judge_named(name, value), SecretVerdict::Harmless, "{name} {value}");
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
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\"",
            "https://a.example/",
            "https://a.example/?sig=a&",
            "https://hooks.slack.com/services/",
            "--token ",
            "--token --token",
            "{\"token\":",
            "password=${",
            "apiKey",
            "token:$(",
            "<token>",
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
