//! Properties of the edits of a client's file, for all formats.

use std::collections::BTreeMap;

use mcpgen::testing::document::edit::Edit;
use mcpgen::testing::document::{Document, DocumentError, Entry, Format, Section, parse};
use serde_json::{Map, Value, json};

use crate::TABLE;

const NEW: [&str; 2] = ["newQ", "newerQ"];

// Returns one of the sections that clients with this format have.
fn section(format: Format, variant: usize) -> Section {
    let mut sections: Vec<&Section> = vec![];
    for client in TABLE.iter().filter(|client| client.format == format) {
        if !sections.contains(&&client.section) {
            sections.push(&client.section);
        }
    }
    sections[variant % sections.len()].clone()
}

/// Edits a file in all ways. The first byte of the input selects the section.
pub fn check(format: Format, data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let section = section(format, usize::from(*first));
    let Ok(document) = Document::new(format, bytes.to_vec()) else { return };
    if format == Format::Yaml && is_read_differently(bytes) {
        return;
    }
    document.is_strict();
    document.is_husk(&section, &Map::new());
    let (Ok(entries), Some(_)) = (document.entries(&section), document.value()) else {
        // A file that cannot be read is not edited.
        let put = Edit::Put { name: NEW[0].to_owned(), entry: Entry::new().into() };
        document.edit(&section, &[put], None).ok();
        return;
    };
    let file = File { document, section, entries: entries.into_iter().collect(), bytes, format };
    if NEW.iter().all(|name| !file.entries.contains_key(*name)) {
        file.add_and_remove();
    }
    file.edit_each();
}

// Parsers disagree about a byte order mark inside a file of YAML, and about a tab in a line that is blank or has only a
// comment: libyaml reads it only after a plain scalar. saphyr-parser 0.3.4 rejects a plain scalar that ends with ` -`
// directly before a comma or bracket, as in `{a -, b}`.
fn is_read_differently(bytes: &[u8]) -> bool {
    let mark = "\u{feff}".as_bytes();
    let has_mark = bytes.windows(mark.len()).skip(1).any(|part| part == mark);
    let parts = bytes.split(|byte| matches!(byte, b',' | b']' | b'}'));
    let is_tab = |line: &[u8]| {
        let rest = line.trim_ascii_start();
        (rest.is_empty() || rest.starts_with(b"#"))
            && line[..line.len() - rest.len()].contains(&b'\t')
    };
    let has_tab = bytes.split(|byte| *byte == b'\n').any(is_tab);
    let is_dash = |part: &[u8]| part.ends_with(b" -") || part.ends_with(b"\t-");
    has_mark || has_tab || parts.map(<[u8]>::trim_ascii_end).any(is_dash)
}

// Whether an edit may be refused. saphyr-parser 0.3.4 and libyaml disagree about tags, anchors, aliases and keys after a
// question mark in brackets, as in `{!tag }`, and about the end of a block scalar that is empty or has only spaces in its
// last line. In each case, nothing is lost.
fn may_be_refused(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| b"!&*?|>".contains(byte))
}

struct File<'a> {
    document: Document,
    section: Section,
    entries: BTreeMap<String, Value>,
    bytes: &'a [u8],
    format: Format,
}

impl File<'_> {
    fn edited(&self, edits: &[Edit]) -> Option<Vec<u8>> {
        self.document.edit(&self.section, edits, None).ok().map(|(bytes, _)| bytes)
    }

    fn entries_of(&self, bytes: &[u8]) -> BTreeMap<String, Value> {
        let document = Document::new(self.format, bytes.to_vec()).expect("an edit keeps UTF-8");
        let entries = document.entries(&self.section).expect("an edited file can be read");
        entries.into_iter().collect()
    }

    fn add_and_remove(&self) {
        let put =
            |name: &&str| Edit::Put { name: (*name).to_owned(), entry: some_entry(name).into() };
        let edits: Vec<Edit> = NEW.iter().map(put).collect();
        let (added, made) = match self.document.edit(&self.section, &edits, None) {
            Ok(edited) => edited,
            Err(error) => {
                let is_refused = error == DocumentError::Unsafe && self.is_valid(self.bytes);
                let may_be = self.format == Format::Yaml && may_be_refused(self.bytes);
                assert!(!is_refused || may_be, "the edit would have changed something else");
                return;
            }
        };
        let mut wanted = self.entries.clone();
        wanted.extend(NEW.map(|name| (name.to_owned(), Value::Object(some_entry(name)))));
        assert_eq!(self.entries_of(&added), wanted, "after adding");
        self.assert_others_can_read(&added);
        self.assert_kept(&added);
        let grown = Document::new(self.format, added.clone()).expect("an edit keeps UTF-8");
        let (same, _) = grown.edit(&self.section, &[], made.as_ref()).expect("no edit");
        assert_eq!(same, added, "no edit, no change");
        let gone = NEW.map(|name| Edit::Remove { name: name.to_owned() });
        let (back, _) = grown.edit(&self.section, &gone, made.as_ref()).expect("ours is removed");
        let (back, text) = (String::from_utf8_lossy(&back), String::from_utf8_lossy(self.bytes));
        assert_eq!(back, text, "through\n{}", String::from_utf8_lossy(&added));
    }

    // Every other program that could read the file can still read it.
    fn assert_others_can_read(&self, added: &[u8]) {
        if self.is_valid(self.bytes) {
            let text = String::from_utf8_lossy(added);
            assert!(self.is_valid(added), "other programs cannot read\n{text}");
        }
    }

    fn is_valid(&self, bytes: &[u8]) -> bool {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        foreign_value(self.format, text).is_some_and(|value| value.is_object())
    }

    // What was in the file is still there, in the same order. An empty section may have been filled.
    fn assert_kept(&self, added: &[u8]) {
        let dense = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.chars().filter(|c| !c.is_whitespace()).collect::<String>()
        };
        let mut kept = dense(self.bytes);
        for empty in ["{}", "[]", "null", "Null", "NULL", "~"] {
            kept = kept.replace(empty, "");
        }
        let after = dense(added);
        let mut rest = after.chars();
        assert!(kept.chars().all(|wanted| rest.any(|c| c == wanted)), "{kept}\nbecame\n{after}");
    }

    fn edit_each(&self) {
        for (name, entry) in self.entries.iter().take(3) {
            self.remove(name);
            if let Value::Object(fields) = entry {
                self.set(name, fields);
            }
        }
    }

    fn remove(&self, name: &str) {
        let edit = Edit::Remove { name: name.to_owned() };
        let Some(after) = self.edited(&[edit]) else { return };
        let mut wanted = self.entries.clone();
        wanted.remove(name);
        assert_eq!(self.entries_of(&after), wanted, "after removing {name:?}");
        self.assert_surroundings(name, &after);
    }

    fn set(&self, name: &str, fields: &Entry) {
        let first = fields.keys().next().cloned().unwrap_or_default();
        let set = vec![("command".to_owned(), json!("c d")), ("env".to_owned(), json!({"A": "b"}))];
        let mut entry = fields.clone();
        if self.section.list_key.as_ref() != Some(&first) {
            entry.shift_remove(&first);
        }
        let unset = if entry.len() < fields.len() { vec![first] } else { vec![] };
        let edit = Edit::Set { name: name.to_owned(), set: set.clone(), unset };
        let Some(after) = self.edited(&[edit]) else { return };
        entry.extend(set);
        let mut wanted = self.entries.clone();
        wanted.insert(name.to_owned(), Value::Object(entry));
        assert_eq!(self.entries_of(&after), wanted, "after setting {name:?}");
    }

    // Nothing changes before the entry in front of a removed entry, or after the start of the next one.
    fn assert_surroundings(&self, name: &str, after: &[u8]) {
        let text = std::str::from_utf8(self.bytes).expect("the file was read");
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let after = std::str::from_utf8(after).expect("an edit keeps UTF-8");
        let after = after.strip_prefix('\u{feff}').unwrap_or(after);
        let Ok(Some(root)) = parse(self.format, text) else { return };
        let Some(node) = root.descend(self.section.choose(Some(&root))) else { return };
        // The parts of a table of TOML may be at several places.
        if self.format == Format::Toml || self.section.list_key.is_some() {
            return;
        }
        let items = node.items();
        let Some(at) = items.iter().position(|item| item.key == name) else { return };
        // Brackets may take the place of the only entry.
        if items.len() == 1 {
            return;
        }
        // The position of a value that is missing may be in the next line.
        let own = text[..items[at].key_span.start].trim_end().len();
        let before = at.checked_sub(1).map_or(node.span.start, |at| items[at].node.span.end);
        let before = before.min(own);
        // A comment in the last line of an entry is part of it.
        let line = text[node.span.end..].find('\n').map_or(text.len(), |at| node.span.end + at);
        let end = if self.format == Format::Yaml { line } else { node.span.end };
        let next = items.get(at + 1).map_or(end, |next| next.key_span.start);
        assert!(after.starts_with(&text[..before]), "{text}\nbecame\n{after}");
        assert!(after.ends_with(&text[next..]), "{text}\nbecame\n{after}");
    }
}

fn some_entry(name: &str) -> Entry {
    let value = json!({"name": name, "command": "npx", "args": ["-y", "x"], "env": {"A": "b c"}});
    value.as_object().cloned().unwrap_or_default()
}

// Reads a file with a parser that shares no code with ours. A byte order mark is removed for YAML, as js-yaml and PyYAML
// do: libyaml counts the mark as a column, so it reads only one of the keys at the top level.
fn foreign_value(format: Format, text: &str) -> Option<Value> {
    let text =
        if format == Format::Yaml { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
    match format {
        Format::Jsonc => serde_json::from_str(text).ok(),
        Format::Toml => toml_edit::de::from_str(text).ok(),
        Format::Yaml => serde_yaml_ng::from_str(text).ok(),
    }
}
