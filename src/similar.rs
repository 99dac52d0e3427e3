//! Suggestions for misspelled names.

/// Finds the known name that is most similar to the typed one, if any is similar enough to be meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().min(typed.len()) / 4)
        .min_by_key(|(distance, name)| (*distance, *name))
        .map(|(_, name)| name)
}

/// Returns the help for a misspelled name. `kind` is what the name is for: "a client".
pub fn similar_name<'a>(
    kind: &str,
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let name = nearest(typed, known)?;
    Some(format!("{kind} with a similar name exists: `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_finds_the_known_one_and_another_name_does_not() {
        let known = ["cursor", "codex", "claude-code"];
        assert_eq!(nearest("cursr", known), Some("cursor"));
        assert_eq!(nearest("Claude-Coed", known), Some("claude-code"));
        assert_eq!(nearest("emacs", known), None);
    }
}
