//! Reads one section of a client's file, and edits that section without changing anything else.
//!
//! The three formats share one tree with positions ([`node`]) and one kind of edit ([`splice`]): a range of bytes is
//! replaced. Every byte outside stays the same, with comments, order and line breaks.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

mod comments;
mod created;
mod error;
mod format;

pub mod depth;
pub mod edit;
pub mod flow;
pub mod fresh;
pub mod jsonc;
pub mod node;
mod outline;
pub mod section;
pub mod splice;
pub mod toml;
mod unclosed;
pub mod write;
pub mod yaml;

pub use created::CreatedParts;
pub use error::{DocumentError, Position};
pub use format::Format;
use node::{Node, NodeShape};
pub use section::Section;

/// One server in a client's file: its fields in the order of the text.
pub type Entry = Map<String, Value>;

/// The entries of a section by name. An entry that is not a map is included as another value.
pub type Entries = HashMap<String, Value>;

/// The kind of part that is added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Entries of a section. Each field is on a separate line, and comments inside an entry are removed with it.
    Entries,
    /// Fields of an entry. Each field is on one line, and the comment after a removed field remains.
    Fields,
}

/// A client's file. The byte order mark is stored separately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    format: Format,
    text: String,
    bom: bool,
}

const BOM: &str = "\u{feff}";

impl Document {
    /// Decodes the bytes of a file.
    ///
    /// # Errors
    /// Fails if they are not UTF-8.
    pub fn new(format: Format, bytes: Vec<u8>) -> Result<Self, DocumentError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            DocumentError::NotUtf8(Position::new(&String::from_utf8_lossy(good), good.len()))
        })?;
        match text.strip_prefix(BOM) {
            Some(rest) => Ok(Self { format, text: rest.to_owned(), bom: true }),
            None => Ok(Self { format, text, bom: false }),
        }
    }

    /// Returns the entries of a section.
    ///
    /// # Errors
    /// Fails if the file has a syntax error, if the section has a duplicate key, or if it is not a map (or a list).
    pub fn entries(&self, section: &Section) -> Result<Entries, DocumentError> {
        if let Some(found) = self.peek(section) {
            return Ok(found);
        }
        let Some(root) = parse(self.format, &self.text)? else { return Ok(Entries::new()) };
        if !matches!(root.shape, NodeShape::Map(_)) {
            let position = Some(Position::new(&self.text, root.span.start));
            return Err(DocumentError::WrongShape {
                name: "the file".into(),
                wanted: "map",
                position,
            });
        }
        self.refuse_duplicates(&root, section)?;
        let above = || section.heads().into_iter().find_map(|head| root.item(head));
        let place = section.key(&root).or_else(above).map(|item| item.key_span.start);
        section.take(&mut root.into_value()).map_err(|error| self.with_position(error, place))
    }

    /// Returns whether the file has a section, which may be empty.
    pub fn has(&self, section: &Section) -> bool {
        let has = |root: &Node| section.paths.iter().any(|path| root.descend(path).is_some());
        parse(self.format, &self.text).ok().flatten().is_some_and(|root| has(&root))
    }

    /// Returns the value of a top-level key. The rest of a JSON file is skipped.
    pub fn field(&self, key: &str) -> Option<Value> {
        let mut peeked = match self.format {
            Format::Jsonc => jsonc::peek(&self.text, &[key]),
            Format::Toml | Format::Yaml => None,
        };
        match &mut peeked {
            Some(found) => found.remove(key),
            None => self.value()?.as_object_mut()?.remove(key),
        }
    }

    /// Returns the value of the file, or `None` if it has a syntax error or is empty.
    pub fn value(&self) -> Option<Value> {
        parse(self.format, &self.text).ok().flatten().map(Node::into_value)
    }

    /// Returns whether the file starts with a byte order mark.
    pub fn has_byte_order_mark(&self) -> bool {
        self.bom
    }

    /// Returns `false` for JSON with comments or trailing commas.
    pub fn is_strict(&self) -> bool {
        match self.format {
            Format::Jsonc => {
                self.text.trim().is_empty()
                    || serde_json::from_str::<serde::de::IgnoredAny>(&self.text).is_ok()
            }
            Format::Toml | Format::Yaml => true,
        }
    }

    /// Returns the size of the text in bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    // Adds the position to an error of a section that was read without positions.
    fn with_position(&self, mut error: DocumentError, at: Option<usize>) -> DocumentError {
        if let DocumentError::WrongShape { position: position @ None, .. } = &mut error {
            *position = at.map(|at| Position::new(&self.text, at));
        }
        error
    }

    // Duplicates outside the section are ignored, unless the section itself is the duplicate.
    fn refuse_duplicates(&self, root: &Node, section: &Section) -> Result<(), DocumentError> {
        let heads = section.heads();
        let mut found: Vec<&node::MapItem> = vec![];
        for item in root.items().iter().filter(|item| heads.contains(&item.key.as_str())) {
            let twice = found.iter().any(|seen| seen.key == item.key).then_some(item);
            if let Some(item) = twice.or_else(|| item.node.duplicate()) {
                return Err(self.duplicate(&item.key, item.key_span.start));
            }
            found.push(item);
        }
        let list = root.descend(section.choose(Some(root)));
        let mut names = HashSet::new();
        for element in list.map(Node::elements).unwrap_or_default() {
            if let Some(name) = section.name_of(element)
                && !names.insert(name.clone())
            {
                return Err(self.duplicate(&name, element.span.start));
            }
        }
        Ok(())
    }

    fn duplicate(&self, name: &str, at: usize) -> DocumentError {
        DocumentError::Duplicate { name: name.to_owned(), position: Position::new(&self.text, at) }
    }

    // The fast path. If it fails, the slow path finds the position of the error.
    fn peek(&self, section: &Section) -> Option<Entries> {
        if self.format != Format::Jsonc {
            return None;
        }
        let found = jsonc::peek(&self.text, &section.heads())?;
        section.take(&mut Value::Object(found)).ok()
    }

    /// Applies edits. Returns the new bytes of the file, and the parts that were created besides the entries.
    ///
    /// # Errors
    /// Fails if the file has a syntax error, or if the edits would change anything else.
    pub fn edit(
        &self,
        section: &Section,
        edits: &[edit::Edit],
        made: Option<&CreatedParts>,
    ) -> Result<(Vec<u8>, Option<CreatedParts>), DocumentError> {
        yaml::refuse_bare_returns(self.format, &self.text)?;
        let outlined = outline::outline_of_large(self.format, &self.text, section);
        let is_outlined = outlined.is_some();
        let before = if is_outlined { outlined } else { parse(self.format, &self.text)? };
        if let Some(root) = &before {
            self.refuse_aliases(root, section, edits)?;
            self.refuse_other_shapes(root, section)?;
        }
        // A syntax error after the edit is a bug of mcpgen.
        let own = |_: DocumentError| DocumentError::Unsafe;
        let (text, made) =
            edit::apply(self.format, &self.text, before.as_ref(), section, edits, made)
                .map_err(own)?;
        let names = edits.iter().map(edit::Edit::name).collect();
        let after = match (&before, is_outlined) {
            (Some(before), true) => {
                let after = outline::outline(&text, section).ok_or(DocumentError::Unsafe)?;
                if !outline::is_same_outside(section, (&self.text, before), (&text, &after)) {
                    return Err(DocumentError::Unsafe);
                }
                Some(after)
            }
            (_, _) => parse(self.format, &text).map_err(own)?,
        };
        let is_done = edit::is_done(self.format, section, edits, before.as_ref(), after.as_ref());
        if !is_done || !rest(before, section, &names).same(&rest(after, section, &names)) {
            return Err(DocumentError::Unsafe);
        }
        let text = if self.bom { format!("{BOM}{text}") } else { text };
        Ok((text.into_bytes(), made))
    }

    // Entries are not added to a value that cannot contain them.
    fn refuse_other_shapes(&self, root: &Node, section: &Section) -> Result<(), DocumentError> {
        section.wrong_shape(root).map_or(Ok(()), |(name, wanted, at)| {
            let position = Some(Position::new(&self.text, at));
            Err(DocumentError::WrongShape { name, wanted, position })
        })
    }

    // An alias is not edited, because the file may use its anchor elsewhere.
    fn refuse_aliases(
        &self,
        root: &Node,
        section: &Section,
        edits: &[edit::Edit],
    ) -> Result<(), DocumentError> {
        let changed = |name: &str| {
            edits.iter().any(|edit| matches!(edit, edit::Edit::Set { .. }) && edit.name() == name)
        };
        let mut node = root;
        let mut found = None;
        for key in section.choose(Some(root)) {
            let Some(item) = node.item(key) else { break };
            found = found.or(item.node.is_alias().then_some(item));
            node = &item.node;
        }
        let entries = node.items().iter();
        let entry = entries.into_iter().find(|item| item.node.is_alias() && changed(&item.key));
        found.or(entry).map_or(Ok(()), |item| {
            let position = Position::new(&self.text, item.node.span.start);
            Err(DocumentError::Alias { name: item.key.clone(), position })
        })
    }

    /// Returns whether a file contains only `header` and a section without entries, and no comment.
    pub fn is_husk(&self, section: &Section, header: &Map<String, Value>) -> bool {
        let Ok(root) = parse(self.format, &self.text) else { return false };
        let Some(root) = root else { return self.text.trim().is_empty() };
        if root.has_comment(&self.text, 0..self.text.len()) {
            return false;
        }
        let heads = section.heads();
        let rest = root.items().iter().filter(|item| !heads.contains(&item.key.as_str()));
        let known = |item: &node::MapItem| header.get(&item.key) == Some(&item.node.to_value());
        rest.into_iter().all(known)
            && section.take(&mut root.into_value()).is_ok_and(|found| found.is_empty())
    }
}

// Returns the values of a file without the named entries. A section that is then empty is omitted.
fn rest(root: Option<Node>, section: &Section, names: &HashSet<&str>) -> Node {
    let Some(mut root) = root else {
        return Node { style: node::Style::Block, span: 0..0, shape: NodeShape::Map(vec![]) };
    };
    let path = section.choose(Some(&root)).to_vec();
    section.strip(&mut root, &path, names);
    root
}

/// Parses a string with positions. A string without any value has no root.
///
/// # Errors
/// Fails if the text has a syntax error.
pub fn parse(format: Format, text: &str) -> Result<Option<Node>, DocumentError> {
    match format {
        Format::Jsonc => jsonc::parse(text),
        Format::Toml => toml::parse(text).map(Some),
        Format::Yaml => yaml::parse(text),
    }
}

#[cfg(test)]
mod tests;
