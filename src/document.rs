//! A client's file as a parsed text: reading one section of it, and editing that without touching
//! anything else.
//!
//! The three formats share one tree with places ([`node`]) and one kind of edit ([`splice`]): a range of
//! bytes is replaced, and every byte outside stays, comments, order, line breaks and all.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

pub mod depth;
pub mod edit;
pub mod flow;
pub mod fresh;
pub mod jsonc;
pub mod node;
pub mod section;
pub mod splice;
pub mod toml;
pub mod write;
pub mod yaml;

use node::{Node, NodeShape};
pub use section::Section;

/// Names the formats of clients' files: a closed set, unlike the clients themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON, with comments and trailing commas where the file has them.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Tells the format from a template's name: `x.jsonc.j2`, `x.toml.j2`, `x.yaml.j2`.
    pub fn of_template(name: &str) -> Option<Self> {
        match name.strip_suffix(".j2")?.rsplit_once('.')?.1 {
            "jsonc" => Some(Self::Jsonc),
            "toml" => Some(Self::Toml),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Returns the format's name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jsonc => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// Holds one server in a client's file: its fields in the order of the text.
pub type Entry = Map<String, Value>;

/// Holds the entries of a section by name. One that is no map is some other value.
pub type Entries = HashMap<String, Value>;

/// Says what is put in or taken out somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Entries of a section: they open up, a field each line, and go with the comments inside them.
    Entries,
    /// Fields of an entry: each stays on a line, and the comment behind it outlives it.
    Fields,
}

/// Says what we had to make in a file for our entries to have a place, so that it can go with them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CreatedParts {
    /// The whole file.
    File,
    /// The section's key, and this many levels of it.
    Section(usize),
    /// The section was there and empty: the white space (or brackets) that stood for nothing.
    Blank(String),
    /// The section's key, in a map that was there and empty.
    Inside {
        /// How many levels of keys.
        levels: usize,
        /// What was there in place of the map's content, or of a null.
        blank: String,
    },
    /// Everything but white space and comments, at the end of the file.
    Whole {
        /// The line breaks between what was there and ours.
        before: String,
        /// The line break after ours.
        after: String,
    },
}

/// Points into a text, counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    fn new(text: &str, at: usize) -> Self {
        let (line, column) = crate::diagnostic::line_column(text, at);
        Self { line, column }
    }
}

/// Says why a file cannot be read or edited. None of its messages holds any of the file's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The file is not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8(Position),
    /// The file does not parse.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Where.
        position: Position,
    },
    /// Values are nested deeper than is read.
    #[error("values are nested more than {limit} levels deep")]
    TooDeep {
        /// How many levels are read.
        limit: usize,
        /// Where the first one too many is.
        position: Position,
    },
    /// A key of the section, or of an entry, is there twice.
    #[error("`{name}` is there twice")]
    Duplicate {
        /// The key.
        name: String,
        /// Where the second one is.
        position: Position,
    },
    /// The section (or the file) is something else than a map (or a list).
    #[error("{name} is not a {wanted}")]
    WrongShape {
        /// What it is: the file, or the section's path.
        name: String,
        /// What it should be.
        wanted: &'static str,
        /// Where it is.
        position: Option<Position>,
    },
    /// The section, or an entry to change, is YAML's alias for something that stands elsewhere.
    #[error("`{name}` is an alias for something else")]
    Alias {
        /// The key.
        name: String,
        /// Where it is.
        position: Position,
    },
    /// An edit would have changed something that is not ours: an anchor, an odd spelling, a bug of ours;
    /// caught before any harm.
    #[error("the edit would change something that is not mcpgen's")]
    Unsafe,
}

impl DocumentError {
    fn too_deep(text: &str, at: usize, limit: usize) -> Self {
        Self::TooDeep { limit, position: Position::new(text, at) }
    }

    fn syntax(text: &str, at: usize, message: &str) -> Self {
        // A parser's message may go on with lines that quote the text.
        let first = message.lines().next().unwrap_or_default().trim_end_matches('.');
        let message = lower_first(first).replace("invalid ", "bad ");
        Self::Syntax { message, position: Position::new(text, at) }
    }

    /// Returns where the fault lies, if it lies somewhere.
    pub fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::NotUtf8(position)
            | Self::Syntax { position, .. }
            | Self::TooDeep { position, .. }
            | Self::Duplicate { position, .. }
            | Self::Alias { position, .. }
            | Self::WrongShape { position: Some(position), .. } => {
                Some((position.line, position.column))
            }
            Self::WrongShape { position: None, .. } | Self::Unsafe => None,
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// Holds a client's file: its text without the byte order mark, which is kept aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    format: Format,
    text: String,
    bom: bool,
}

const BOM: &str = "\u{feff}";

impl Document {
    /// Takes a file's bytes.
    ///
    /// # Errors
    /// Fails where they are not UTF-8.
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

    /// Reads the entries of a section.
    ///
    /// # Errors
    /// Fails where the file does not parse, where a key in the section is there twice, and where the
    /// section is no map (or no list).
    pub fn entries(&self, section: &Section) -> Result<Entries, DocumentError> {
        if let Some(found) = self.peek(section) {
            return Ok(found);
        }
        let Some(root) = read(self.format, &self.text)? else { return Ok(Entries::new()) };
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
        section.take(&mut root.into_value()).map_err(|fault| self.placed(fault, place))
    }

    /// Returns the value of a top-level key, the rest skipped where that can be.
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

    /// Returns the whole value; `None` where the file does not parse or holds nothing.
    pub fn value(&self) -> Option<Value> {
        read(self.format, &self.text).ok().flatten().map(Node::into_value)
    }

    /// Returns whether it is JSON without comments and trailing commas, or of another format.
    pub fn is_strict(&self) -> bool {
        match self.format {
            Format::Jsonc => {
                self.text.trim().is_empty()
                    || serde_json::from_str::<serde::de::IgnoredAny>(&self.text).is_ok()
            }
            Format::Toml | Format::Yaml => true,
        }
    }

    /// Returns how many bytes the text has.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    // What reads a section out of a mere value does not know where it stands.
    fn placed(&self, mut fault: DocumentError, at: Option<usize>) -> DocumentError {
        if let DocumentError::WrongShape { position: position @ None, .. } = &mut fault {
            *position = at.map(|at| Position::new(&self.text, at));
        }
        fault
    }

    // A duplicate beside the section is none of our business, as long as it is not the section itself.
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

    // The quick look; the slower reader says where a fault is.
    fn peek(&self, section: &Section) -> Option<Entries> {
        if self.format != Format::Jsonc {
            return None;
        }
        let found = jsonc::peek(&self.text, &section.heads())?;
        section.take(&mut Value::Object(found)).ok()
    }

    /// Returns the file's bytes after some edits, and what had to be made for them.
    ///
    /// # Errors
    /// Fails where the file does not parse, and rather than change what is not in the edits.
    pub fn edit(
        &self,
        section: &Section,
        edits: &[edit::Edit],
        made: Option<&CreatedParts>,
    ) -> Result<(Vec<u8>, Option<CreatedParts>), DocumentError> {
        let before = read(self.format, &self.text)?;
        before.as_ref().map_or(Ok(()), |root| self.refuse_aliases(root, section, edits))?;
        // What does not parse after an edit of ours is no fault of the file.
        let own = |_: DocumentError| DocumentError::Unsafe;
        let (text, made) =
            edit::apply(self.format, &self.text, before.as_ref(), section, edits, made)
                .map_err(own)?;
        let names = edits.iter().map(edit::Edit::name).collect();
        let after = rest(read(self.format, &text).map_err(own)?, section, &names);
        if !rest(before, section, &names).same(&after) {
            return Err(DocumentError::Unsafe);
        }
        let bom = if self.bom { BOM } else { "" };
        Ok((format!("{bom}{text}").into_bytes(), made))
    }

    // What an alias stands for may be somebody else's too, so nothing is put into it.
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

    /// Returns whether a file has no comment, and nothing but `header` and a section without entries.
    pub fn is_husk(&self, section: &Section, header: &Map<String, Value>) -> bool {
        let Ok(root) = read(self.format, &self.text) else { return false };
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

// Everything in a file but the named entries, and without a section that holds nothing else.
fn rest(root: Option<Node>, section: &Section, names: &HashSet<&str>) -> Node {
    let Some(mut root) = root else {
        return Node { style: node::Style::Block, span: 0..0, shape: NodeShape::Map(vec![]) };
    };
    let path = section.choose(Some(&root)).to_vec();
    section.strip(&mut root, &path, names);
    root
}

/// Reads a text with places; one without any value has no root.
///
/// # Errors
/// Fails where it does not parse.
pub fn read(format: Format, text: &str) -> Result<Option<Node>, DocumentError> {
    match format {
        Format::Jsonc => jsonc::read(text),
        Format::Toml => toml::read(text).map(Some),
        Format::Yaml => yaml::read(text),
    }
}

#[cfg(test)]
mod tests;
