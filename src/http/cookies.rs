//! Cookies for load balancers: kept in memory, and sent back only to the origin that set them, whatever their `Domain`
//! is.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use ureq::http::HeaderMap;

use crate::model::url;

// More than any load balancer sets.
const MOST: usize = 64;
// RFC 6265, section 6.1.
const LONGEST: usize = 4096;

/// Cookies by origin and name. They are credentials, so `Debug` shows none.
#[derive(Default)]
pub struct CookieJar(Mutex<BTreeMap<(String, String), Cookie>>);

struct Cookie {
    value: String,
    path: String,
}

impl CookieJar {
    /// Stores the cookies that a response sets.
    pub fn keep(&self, from: &str, headers: &HeaderMap) {
        let mut set = headers.get_all("set-cookie").iter().peekable();
        if set.peek().is_none() {
            return;
        }
        let parts = url::parts(from);
        let mut jar = self.0.lock();
        for text in set.filter_map(|value| value.to_str().ok()) {
            let Some((name, cookie, ends)) = parse(text, parts.path) else { continue };
            let key = (parts.origin.to_owned(), name);
            if ends || key.1.len() + cookie.value.len() > LONGEST {
                jar.remove(&key);
            } else if jar.len() < MOST || jar.contains_key(&key) {
                jar.insert(key, cookie);
            }
        }
    }

    /// Returns the `Cookie` header for a request, of at most `room` bytes. If there are too many cookies, the longest
    /// are omitted, because the cookies of load balancers are short.
    pub fn header(&self, to: &str, room: usize) -> Option<String> {
        let jar = self.0.lock();
        if jar.is_empty() {
            return None;
        }
        let parts = url::parts(to);
        let path = parts.path.split('?').next().unwrap_or_default();
        let ours = jar
            .iter()
            .filter(|((origin, _), cookie)| *origin == parts.origin && covers(&cookie.path, path));
        let mut pairs: Vec<String> =
            ours.map(|((_, name), cookie)| format!("{name}={}", cookie.value)).collect();
        let length = |pairs: &[String]| pairs.iter().map(|pair| pair.len() + 2).sum::<usize>();
        while length(&pairs) > room {
            let longest = pairs.iter().enumerate().max_by_key(|(_, pair)| pair.len());
            let (at, _) = longest.expect("something is too long");
            pairs.remove(at);
        }
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl std::fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieJar(…)")
    }
}

// Parses a Set-Cookie header, and returns whether the cookie is removed. An expiry in the future is ignored, because
// the bridge does not run that long.
fn parse(text: &str, from: &str) -> Option<(String, Cookie, bool)> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let mut path =
        from[..from.rfind('/').filter(|at| *at > 0).unwrap_or(1).min(from.len())].to_owned();
    let mut ends = false;
    for (name, value) in parts.map(|part| part.split_once('=').unwrap_or((part, ""))) {
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => path = value.to_owned(),
            // The date commonly used to remove a cookie (RFC 6265, section 3.1).
            "expires" => {
                ends |=
                    value.contains(" 1970 ") || value.contains("-1970 ") || value.contains("-70 ")
            }
            "max-age" => ends = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            _other => {}
        }
    }
    let cookie = Cookie { value: value.to_owned(), path };
    (!name.is_empty()).then(|| (name.to_owned(), cookie, ends))
}

// RFC 6265, section 5.1.4.
fn covers(cookie: &str, path: &str) -> bool {
    match path.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(set: &[&str]) -> CookieJar {
        let jar = CookieJar::default();
        for text in set {
            let mut headers = HeaderMap::new();
            headers.insert("set-cookie", text.parse().unwrap());
            jar.keep("https://a:1/x/mcp?q", &headers);
        }
        jar
    }

    #[test]
    fn a_cookie_is_sent_back_only_to_its_origin_and_path() {
        for (set, to, want) in [
            (&["a=1; Path=/", "b=2"][..], "https://a:1/x/mcp", Some("a=1; b=2")),
            (&["a=1; Path=/; Domain=b"], "https://b/x/mcp", None),
            (&["a=1"], "http://a:1/x/mcp", None),
            (&["a=1; path=/x"], "https://a:1/x/y?z", Some("a=1")),
            (&["a=1; path=/x"], "https://a:1/xy", None),
            (&["a=1", "a=2; Max-Age=60"], "https://a:1/x/", Some("a=2")),
            (&["a=1", "a=; Max-Age=0"], "https://a:1/x/", None),
            (&["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "https://a:1/x/", None),
            (&["=1", "a"], "https://a:1/x/", None),
        ] {
            assert_eq!(jar(set).header(to, 100).as_deref(), want, "{set:?}");
        }
    }

    #[test]
    fn if_cookies_do_not_fit_the_longest_are_omitted() {
        let long = |name: &str, length| format!("{name}={}; Path=/", "x".repeat(length));
        let six: Vec<String> = ["b", "c", "d", "e", "f", "g"].map(|name| long(name, 3000)).into();
        let mut set: Vec<&str> = six.iter().map(String::as_str).collect();
        set.push("a=1; Path=/");
        let header = |room| jar(&set).header("https://a:1/", room);
        assert_eq!(header(100).as_deref(), Some("a=1"));
        assert_eq!(header(4), None);
        assert!(header(4096).is_some_and(|all| all.starts_with("a=1; ") && all.len() == 3007));
        assert!(header(8192).is_some_and(|all| all.len() < 8192));
    }

    #[test]
    fn a_cookie_that_is_too_long_removes_the_old_one() {
        let huge = format!("a={}; Path=/", "x".repeat(LONGEST));
        assert_eq!(jar(&["a=1; Path=/", &huge]).header("https://a:1/", 10_000), None);
    }
}
