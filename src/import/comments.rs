//! The comments of entries, which the declaration keeps.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::fs;
use crate::secret::literal;
use crate::survey::FoundSection;

/// The comments of one entry.
#[derive(Debug, Default)]
pub struct EntryComments {
    /// The lines that the declaration gets.
    pub lines: Vec<String>,
    /// Whether there are other lines, which may contain a secret.
    pub hidden: bool,
}

/// Returns the comments of the entries of a section, by the names of the entries.
pub fn read(section: &FoundSection<'_>) -> BTreeMap<String, EntryComments> {
    if section.entries.as_ref().map_or(true, Vec::is_empty) {
        return BTreeMap::new();
    }
    let bytes = fs::read(&section.path).ok().flatten().unwrap_or_default();
    let Ok(document) = Document::new(section.client.format, bytes) else { return BTreeMap::new() };
    let found = document.comments(&section.client.section).into_iter();
    found.map(|(name, lines)| (name, without_secrets(lines))).collect()
}

fn without_secrets(lines: Vec<String>) -> EntryComments {
    let (hidden, lines): (Vec<String>, Vec<String>) =
        lines.into_iter().partition(|line| may_hold_secret(line));
    EntryComments { lines, hidden: !hidden.is_empty() }
}

// A comment has no names and values, so a word that names a secret is enough: "the password is …".
fn may_hold_secret(line: &str) -> bool {
    let is_end = |c: char| !c.is_alphanumeric() && c != '_' && c != '-';
    let names_secret = line.split(is_end).any(literal::is_secret_name);
    names_secret
        || line.split_whitespace().any(|word| literal::judge(word).secret().is_some())
        || literal::judge(line).secret().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_names_a_secret_or_looks_like_one_is_left_out() {
        for line in [
            "\"API_KEY\": \"Hunter2Hunter2\",",
            "the password is correct horse",
            "old: ghp_0123456789abcdefghij0123456789abcdef",
            "--api-key=x",
            "https://x.example/?access_token=Hunter2Hunter2",
        ] {
            assert!(may_hold_secret(line), "{line}");
        }
        for line in ["our issue tracker", "see https://example.com/mcp", "use the beta (v2)"] {
            assert!(!may_hold_secret(line), "{line}");
        }
    }
}
