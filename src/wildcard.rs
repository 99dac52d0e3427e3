//! Patterns in which `*` stands for any string.

/// Returns whether a string matches a pattern. The time grows with the product of the two lengths, and not faster.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let begin = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(begin) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_string() {
        for (pattern, text, want) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("https://*.example.com/*", "https://mcp.example.com/mcp", true),
            ("https://*.example.com/*", "https://mcp.example.org/mcp", false),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_with_many_stars_takes_no_time() {
        let begin = std::time::Instant::now();
        assert!(!matches(&("*a".repeat(40) + "b"), &"a".repeat(4000)));
        assert!(begin.elapsed() < std::time::Duration::from_secs(2));
    }
}
