//! The table of what is recognized as a secret: `table.toml`.

use std::cmp::Reverse;
use std::sync::LazyLock;

use super::shape::TokenShape;

const TEXT: &str = include_str!("table.toml");

/// The table. It is read when the first value needs it.
pub static TABLE: LazyLock<SecretTable> = LazyLock::new(|| SecretTable::of(&lists(TEXT)));

type TableWords = Vec<&'static str>;

/// The rows of `table.toml`, in its order.
#[derive(Debug, Default)]
pub struct SecretTable {
    /// Names whose values are always secrets.
    pub any: TableWords,
    /// Names of passwords.
    pub password: TableWords,
    /// Names whose values are secrets if they are opaque.
    pub opaque: TableWords,
    /// Names of connection strings.
    pub connection: TableWords,
    /// The last letters of the names of secrets.
    pub ends: TableWords,
    /// Names of secrets after an owner.
    pub plural: TableWords,
    /// Words before a plural.
    pub owner: TableWords,
    /// Words before a `KEY` that is not a secret.
    pub open_key: TableWords,
    /// Words before a `TOKEN` that is not a secret.
    pub open_token: TableWords,
    /// Words at the end of a name that change nothing.
    pub ignored: TableWords,
    /// Words that are not names of secrets in running text.
    pub weak: TableWords,
    /// Values that are never secrets.
    pub harmless: TableWords,
    /// The schemes of `Authorization`.
    pub schemes: TableWords,
    /// Words of placeholders.
    pub markers: TableWords,
    /// Flags before a header.
    pub header: TableWords,
    /// Flags before `NAME=VALUE`.
    pub environment: TableWords,
    /// Flags before a user name.
    pub user: TableWords,
    /// Flags that are not those before a user name.
    pub not_user: TableWords,
    /// Flags before a password, beside a user name.
    pub after_user: TableWords,
    /// URLs that are secrets, up to the secret.
    pub hooks: TableWords,
    /// Hosts whose parameter `code` is a key.
    pub code: TableWords,
    /// Parameters with a signature.
    pub signed: TableWords,
    /// Hosts with identifiers in paths.
    pub documents: TableWords,
    /// Programs whose first operand is a package.
    pub runners: TableWords,
    /// Operands before a package.
    pub commands: TableWords,
    /// Flags without a value.
    pub switches: TableWords,
    /// Flags before a package.
    pub packages: TableWords,
    /// Parts of paths that are not keys.
    pub paths: TableWords,
    /// The forms of tokens, sorted by the first byte.
    pub shapes: Vec<TokenShape>,
}

impl SecretTable {
    fn of(lists: &[StringList]) -> Self {
        let list = |section: &str, key: &str| -> TableWords {
            let found = lists.iter().find(|list| list.section == section && list.key == key);
            found.map(|list| list.strings.clone()).expect("table.toml has every list")
        };
        let kinds = lists.iter().filter(|list| list.section == "shapes");
        let rows = kinds.flat_map(|kind| kind.strings.iter().map(|row| (*row, kind.key)));
        let shape = |(row, what)| TokenShape::read(row, what).expect("a row has four columns");
        let mut shapes: Vec<TokenShape> = rows.map(shape).collect();
        // The longest prefix decides.
        shapes.sort_by_key(|shape| (shape.prefix.as_bytes()[0], Reverse(shape.prefix.len())));
        Self {
            any: list("names", "any"),
            password: list("names", "password"),
            opaque: list("names", "opaque"),
            connection: list("names", "connection"),
            ends: list("names", "ends"),
            plural: list("names", "plural"),
            owner: list("names", "owner"),
            open_key: list("names", "open-key"),
            open_token: list("names", "open-token"),
            ignored: list("names", "ignored"),
            weak: list("names", "weak"),
            harmless: list("values", "harmless"),
            schemes: list("values", "schemes"),
            markers: list("placeholders", "markers"),
            header: list("flags", "header"),
            environment: list("flags", "environment"),
            user: list("flags", "user"),
            not_user: list("flags", "not-user"),
            after_user: list("flags", "password"),
            hooks: list("urls", "hooks"),
            code: list("urls", "code"),
            signed: list("urls", "signed"),
            documents: list("urls", "documents"),
            runners: list("shown", "runners"),
            commands: list("shown", "commands"),
            switches: list("shown", "switches"),
            packages: list("shown", "packages"),
            paths: list("shown", "paths"),
            shapes,
        }
    }

    /// Returns the forms of tokens that start with a byte.
    pub fn shapes_from(&self, first: u8) -> &[TokenShape] {
        let start = self.shapes.partition_point(|shape| shape.prefix.as_bytes()[0] < first);
        let rest = &self.shapes[start..];
        &rest[..rest.partition_point(|shape| shape.prefix.as_bytes()[0] == first)]
    }
}

/// Returns whether a list has a word, in any case.
pub fn has(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// A list of strings in the table.
#[derive(Debug, PartialEq, Eq)]
struct StringList {
    section: &'static str,
    key: &'static str,
    strings: TableWords,
}

// Reads the lists. A TOML parser would take longer than everything else that `exec` does with a declaration, and
// the file has nothing but lists of strings without escapes.
fn lists(text: &'static str) -> Vec<StringList> {
    let mut found: Vec<StringList> = vec![];
    let mut section = "";
    let mut pieces = text.split('"').enumerate().peekable();
    while let Some((at, piece)) = pieces.next() {
        let mut start = |section, key| found.push(StringList { section, key, strings: vec![] });
        if at % 2 == 0 {
            for line in piece.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
                if let Some((key, _)) = line.split_once(" = ") {
                    start(section, key);
                } else if let Some(name) = line.strip_prefix('[') {
                    section = name.trim_end_matches(']');
                }
            }
        } else if pieces.peek().is_some_and(|(_, next)| next.starts_with(" = [")) {
            start(section, piece);
        } else if let Some(list) = found.last_mut() {
            list.strings.push(piece);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_a_toml_parser_reads_it() {
        let root: toml_edit::DocumentMut = TEXT.parse().unwrap();
        let mut want = vec![];
        for (section, table) in root.iter() {
            for (key, value) in table.as_table().unwrap().iter() {
                let list = value.as_array().unwrap().iter();
                let list = list.map(|text| text.as_str().unwrap().to_owned()).collect();
                want.push((section.to_owned(), key.to_owned(), list));
            }
        }
        let owned = |list: &StringList| {
            let strings = list.strings.iter().map(|text| (*text).to_owned()).collect();
            (list.section.to_owned(), list.key.to_owned(), strings)
        };
        assert_eq!(lists(TEXT).iter().map(owned).collect::<Vec<(_, _, Vec<String>)>>(), want);
    }

    #[test]
    fn every_form_of_a_token_names_its_source() {
        let sources: Vec<&str> = lists(TEXT)
            .iter()
            .filter(|list| list.section == "sources")
            .map(|list| list.key)
            .collect();
        assert!(TABLE.shapes.len() > 80);
        for shape in &TABLE.shapes {
            assert!(sources.contains(&shape.source), "{}", shape.prefix);
        }
    }
}
