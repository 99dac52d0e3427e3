//! Combines scopes into a wider one.

/// Returns every scope token (RFC 6749, section 3.3) once, in order of appearance.
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
    fn a_wider_scope_contains_the_previous_one() {
        assert_eq!(union(["a b", "b  c", "", "a"].into_iter()), "a b c");
    }
}
