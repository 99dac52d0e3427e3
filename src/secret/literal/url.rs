//! Secrets in the parts of URLs: user names with passwords, paths and signatures.

use std::ops::Range;

use super::name::SecretName;
use super::opaque::{is_opaque, judge_value};
use super::table::{TABLE, has};
use super::verdict::SecretVerdict;

type UrlSecret = (Range<usize>, SecretVerdict);

// How many bytes of a URL are examined.
const EXAMINED: usize = 2048;
// A part of a path that is shorter is not a key.
const SHORTEST_KEY: usize = 24;
const SHORTEST_SIGNATURE: usize = 16;

// RFC 3986, section 3.2.1: `scheme://user:password@host`.
/// Finds user names with passwords, and user names that are keys.
pub fn user_infos(text: &str) -> impl Iterator<Item = UrlSecret> {
    let user_info = |(at, mark): (usize, &str)| {
        let start = at + mark.len();
        let authority = &text[start..];
        let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
        let (info, host) = authority.rsplit_once('@')?;
        let address = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
            && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && !info.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`".contains(c));
        if !address {
            return None;
        }
        let verdict = match info.split_once(':') {
            Some((_, password)) => judge_value(SecretName::Password, password),
            None if info.len() >= SHORTEST_KEY && is_random(info) => {
                SecretVerdict::Secret("a password")
            }
            None => SecretVerdict::Harmless,
        };
        (verdict != SecretVerdict::Harmless).then_some((start..start + info.len(), verdict))
    };
    text.match_indices("://").filter_map(user_info)
}

/// Finds keys in paths and signatures in queries.
pub fn keys(text: &str) -> impl Iterator<Item = UrlSecret> {
    let mut end = 0;
    text.match_indices("://").flat_map(move |(at, mark)| {
        let start = at + mark.len();
        if at < end {
            return vec![];
        }
        let limit =
            (0..=(start + EXAMINED).min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let url = &text[start..limit.unwrap_or(start).max(start)];
        let stop = |c: char| c.is_whitespace() || "\"'`<>\\)]},;".contains(c);
        let url = &url[..url.find(stop).unwrap_or(url.len())];
        end = start + url.len();
        in_url(url, start)
    })
}

fn in_url(url: &str, start: usize) -> Vec<UrlSecret> {
    let (path, query) = url.split_once(['?', '#']).unwrap_or((url, ""));
    let host = path.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let is_one_of = |hosts: &[&str]| hosts.iter().any(|known| is_host(host, known));
    let mut found = vec![];
    if let Some(rest) = TABLE.hooks.iter().find_map(|hook| after_hook(path, hook)) {
        if rest.split('/').any(is_opaque) {
            let end = start + path.len();
            found.push((end - rest.len()..end, "the URL of a hook, which is a secret"));
        }
    } else if !is_one_of(&TABLE.documents) {
        let parts = positions(path, '/', start).skip(1);
        let keys = parts.filter(|(_, part)| is_key(part));
        found.extend(keys.map(|(at, part)| (at..at + part.len(), "a key in a URL")));
    }
    for (at, pair) in positions(query, '&', start + url.len() - query.len()) {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let code = name == "code" && is_one_of(&TABLE.code);
        if (code || has(&TABLE.signed, name))
            && value.len() >= SHORTEST_SIGNATURE
            && is_opaque(value)
        {
            let end = at + pair.len();
            found.push((end - value.len()..end, "a key or a signature in a URL"));
        }
    }
    found.into_iter().map(|(range, what)| (range, SecretVerdict::Secret(what))).collect()
}

// The parts of a string, each with its position.
fn positions(text: &str, separator: char, start: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut next = start;
    text.split(separator).map(move |part| {
        let at = next;
        next += part.len() + separator.len_utf8();
        (at, part)
    })
}

fn after_hook<'t>(path: &'t str, hook: &str) -> Option<&'t str> {
    let at = if hook.starts_with('.') { path.find(hook)? } else { 0 };
    path[at..].strip_prefix(hook).filter(|rest| !rest.is_empty())
}

fn is_host(host: &str, known: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default();
    host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

// A part of a path that is a key: long, and a mix of digits, small letters and capitals without words.
fn is_key(part: &str) -> bool {
    part.len() >= SHORTEST_KEY
        && part.split(['-', '_', '.']).any(|run| run.len() >= 10 && is_random(run))
}

/// Returns whether a string mixes digits, lower case and upper case.
pub fn is_random(text: &str) -> bool {
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    count(u8::is_ascii_digit) >= 1
        && count(u8::is_ascii_lowercase) >= 2
        && count(u8::is_ascii_uppercase) >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, found: impl Iterator<Item = UrlSecret>) -> Vec<&str> {
        found.map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn a_user_name_with_a_password_is_found_before_a_host() {
        let key = "Hunter2Hunter2Hunter2Hun";
        for (text, found) in [
            ("a://b:cdef@d", Some("b:cdef")),
            ("é a://b:cdef@d/x@y", Some("b:cdef")),
            ("a://b:cdef@[::1]", Some("b:cdef")),
            ("a://b:cdef@-d", None),
            ("://b:cdef@d", None),
            ("a://b c:cdef@d", None),
            ("a://b\u{1}:cdef@d", None),
            ("a://b\":cdef@d", None),
            (&format!("a://{key}@d"), Some(key)),
            (&format!("a://{}@d", &key[1..]), None),
            ("a://hunterhunterhunterhunter@d", None),
        ] {
            let found = found.into_iter().collect::<Vec<_>>();
            assert_eq!(texts(text, user_infos(text)), found, "{text}");
        }
    }

    #[test]
    fn keys_are_found_in_paths_and_queries() {
        let key = "Hunter2Hunter2Hunter2Hunter2";
        for (text, found) in [
            (format!("https://a.example/{key}"), &[key][..]),
            (format!("https://a.example/mcp/{key}/x?y=1"), &[key]),
            (format!("https://a.example/x {key}"), &[]),
            (format!("https://a.example/{key} b://b.example/{key},"), &[key, key]),
            (format!("https://a.example/https://b.example/{key}"), &[key]),
            (format!("https://a.example/?u=https://b.example/{key}"), &[]),
            (format!("://a.example/{key}"), &[key]),
            (format!("https://a.example/{}{key}", "a/".repeat(EXAMINED)), &[]),
            (format!("https://github.com/{key}"), &[]),
            (format!("https://a.example/?a=b&sig={key}&c=d"), &[key]),
            (format!("https://a.azurewebsites.net/x?code={key}"), &[key]),
            (format!("https://a.example/x?code={key}"), &[]),
            ("https://a.example/?sig=Hunter2Hunter2".into(), &[]),
            ("https://a.example/?sig=hunterhunterhunter".into(), &[]),
        ] {
            assert_eq!(texts(&text, keys(&text)), found, "{text}");
        }
    }

    #[test]
    fn what_follows_the_start_of_a_hook_is_the_secret() {
        for (text, found) in [
            ("see https://hooks.slack.com/services/T1/Hunter2x?a=b", &["T1/Hunter2x"][..]),
            ("https://a.webhook.office.com/webhookb2/Hunter2x/y", &["Hunter2x/y"]),
            ("https://hooks.slack.com/services/T1/hunter", &[]),
            ("https://hooks.slack.com/services/", &[]),
            ("https://a.example/hooks.slack.com/services/T1/Hunter2x", &[]),
        ] {
            assert_eq!(texts(text, keys(text)), found, "{text}");
        }
    }
}
