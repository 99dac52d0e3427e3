//! Scopes, as far as a wider one is asked for.

/// Puts scopes together: they are words (RFC 6749, section 3.3), each of them once, in the order of their coming.
pub fn union<'a>(scopes: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<&str> = vec![];
    for word in scopes.flat_map(str::split_whitespace) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_scope_holds_what_was_asked_for_before() {
        assert_eq!(union(["a b", "b  c", "", "a"].into_iter()), "a b c");
    }
}
