//! Edits of a section: what goes is cut out first, what comes is put in afterwards, each in one pass
//! over the text, so that the cost grows with the file and not with the square of its entries.

use serde_json::{Map, Value};

use super::node::{Item, Node, Shape, Style};
use super::splice::{self, Splice};
use super::{Entry, Fault, Format, Level, Made, Section, flow, fresh, read, toml, yaml};

/// Changes one entry of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Writes a whole entry, in the place of one of that name if there is one.
    Put {
        /// The entry's name.
        name: String,
        /// All its fields.
        entry: Entry,
    },
    /// Writes some fields of an entry that is there and takes others out.
    Set {
        /// The entry's name.
        name: String,
        /// The fields to write.
        set: Vec<(String, Value)>,
        /// The fields to take out.
        unset: Vec<String>,
    },
    /// Takes a whole entry out.
    Remove {
        /// The entry's name.
        name: String,
    },
}

impl Edit {
    /// Returns the entry's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Put { name, .. } | Self::Set { name, .. } | Self::Remove { name } => name,
        }
    }
}

/// Applies edits to a text that was read as `root`. `made` says what we had to make for the section
/// earlier and is handed back brought up to date: it alone tells how an emptied section goes back to
/// what it was.
///
/// # Errors
/// Fails where the text does not parse.
pub fn apply(
    format: Format,
    text: &str,
    root: Option<&Node>,
    section: &Section,
    edits: &[Edit],
    made: Option<&Made>,
) -> Result<(String, Option<Made>), Fault> {
    let path = section.choose(root);
    let cuts = prune(format, text, root, path, section, edits, made);
    let place = root.and_then(|root| root.descend(path));
    if !adds(place, section, edits) {
        return Ok((splice::apply(text, cuts), made.cloned()));
    }
    let was_full = place.is_some_and(|node| !node.parts().is_empty());
    let (grown, new) = if cuts.is_empty() {
        grow(format, text, root, path, section, edits)
    } else {
        let cut = splice::apply(text, cuts);
        grow(format, &cut, read(format, &cut)?.as_ref(), path, section, edits)
    };
    Ok((grown, if was_full { made.cloned() } else { made.cloned().or(new) }))
}

// Whether there is anything to put in that does not just take the place of something else.
fn adds(place: Option<&Node>, section: &Section, edits: &[Edit]) -> bool {
    let index = place.map(|node| section.index(node)).unwrap_or_default();
    let entry = |name| place.zip(index.get(name)).map(|(node, at)| entry_node(node, *at));
    edits.iter().any(|edit| match edit {
        Edit::Put { .. } => true,
        Edit::Set { name, set, .. } => entry(name).is_none_or(|entry| {
            let inline = |item: &Item| item.node.style != Style::Table;
            set.iter().any(|(key, _)| !entry.item(key).is_some_and(inline))
        }),
        Edit::Remove { .. } => false,
    })
}

fn prune(
    format: Format,
    text: &str,
    root: Option<&Node>,
    path: &[String],
    section: &Section,
    edits: &[Edit],
    made: Option<&Made>,
) -> Vec<Splice> {
    let Some(root) = root else { return vec![] };
    let Some(node) = root.descend(path) else { return vec![] };
    let index = section.index(node);
    let mut gone = vec![];
    let mut splices = vec![];
    for edit in edits {
        let Some(&at) = index.get(edit.name()) else { continue };
        match edit {
            Edit::Remove { .. } | Edit::Put { .. } => gone.push(at),
            Edit::Set { set, unset, .. } => {
                splices.extend(prune_fields(format, text, entry_node(node, at), set, unset));
            }
        }
    }
    let emptied = gone.len() == node.parts().len() && !gone.is_empty();
    let stays = edits.iter().any(|edit| matches!(edit, Edit::Put { .. }));
    match made {
        Some(Made::Section(depth)) if emptied && !stays => {
            let depth = path.len() - *depth.min(&path.len());
            let parent = root.descend(&path[..depth]).unwrap_or(root);
            let key = parent.items().iter().position(|item| item.key == path[depth]);
            splices.extend(remove(format, text, parent, Level::Entries, key.as_slice(), None));
        }
        Some(Made::Blank(null)) if emptied && !stays && null == NULL => {
            splices.push(Splice::replace(node.span.clone(), NULL));
        }
        Some(Made::Blank(blank)) if emptied && !stays => {
            splices.extend(remove(format, text, node, Level::Entries, &gone, Some(blank)));
        }
        Some(Made::File | Made::Section(_) | Made::Blank(_)) | None => {
            splices.extend(remove(format, text, node, Level::Entries, &gone, None));
        }
    }
    splices
}

// What JSON has for nothing: no white space between brackets can be that.
const NULL: &str = "null";

fn entry_node(node: &Node, at: usize) -> &Node {
    match &node.shape {
        Shape::Map(items) => &items[at].node,
        Shape::List(elements) => &elements[at],
        Shape::Scalar(_) => node,
    }
}

fn prune_fields(
    format: Format,
    text: &str,
    entry: &Node,
    set: &[(String, Value)],
    unset: &[String],
) -> Vec<Splice> {
    let lines = flow::spans_lines(text, &entry.span);
    let mut gone = vec![];
    let mut out = vec![];
    for (at, item) in entry.items().iter().enumerate() {
        let new = set.iter().find(|(key, _)| *key == item.key).map(|(_, value)| value);
        match new {
            None if unset.contains(&item.key) => gone.push(at),
            Some(value) if item.node.to_value() != *value => {
                match replace(format, text, item, lines, value) {
                    Some(splice) => out.push(splice),
                    None => gone.push(at),
                }
            }
            Some(_) | None => {}
        }
    }
    out.extend(remove(format, text, entry, Level::Fields, &gone, None));
    out
}

// A TOML table cannot become a value where it stands: it goes, and the field is put in anew.
fn replace(format: Format, text: &str, item: &Item, lines: bool, value: &Value) -> Option<Splice> {
    match (format, item.node.style) {
        (_, Style::Table) => None,
        (Format::Yaml, Style::Block | Style::Flow) => Some(yaml::replace(text, item, value)),
        (Format::Jsonc | Format::Toml, Style::Block | Style::Flow) => {
            let new = flow::value_text(format, text, item.key_span.start, lines, value);
            Some(Splice::replace(item.node.span.clone(), new))
        }
    }
}

fn remove(
    format: Format,
    text: &str,
    node: &Node,
    level: Level,
    which: &[usize],
    blank: Option<&str>,
) -> Vec<Splice> {
    match node.style {
        _ if which.is_empty() => vec![],
        Style::Flow => flow::remove(format, text, node, which, blank.unwrap_or("")),
        Style::Table => toml::remove(text, node, level, which),
        Style::Block => {
            let brackets = if matches!(node.shape, Shape::List(_)) { " []" } else { " {}" };
            yaml::remove(text, node, level, which, blank.unwrap_or(brackets))
        }
    }
}

fn grow(
    format: Format,
    text: &str,
    root: Option<&Node>,
    path: &[String],
    section: &Section,
    edits: &[Edit],
) -> (String, Option<Made>) {
    let node = root.and_then(|root| root.descend(path));
    let index = node.map(|node| section.index(node)).unwrap_or_default();
    let mut splices = vec![];
    let mut new: Vec<(String, Value)> = vec![];
    for edit in edits {
        match edit {
            Edit::Remove { .. } => {}
            Edit::Put { name, entry } => new.push((name.clone(), Value::Object(entry.clone()))),
            Edit::Set { name, set, .. } => {
                let at = index.get(name).copied();
                let entry = node.zip(at).map(|(node, at)| (node, entry_node(node, at)));
                match entry.and_then(|(node, entry)| add_fields(format, text, node, entry, set)) {
                    Some(add) => splices.extend(add),
                    None => new.push((name.clone(), Value::Object(set.iter().cloned().collect()))),
                }
            }
        }
    }
    if new.is_empty() {
        return (splice::apply(text, splices), None);
    }
    let (more, made) = add_entries(format, text, root, path, section, &new);
    splices.extend(more);
    (splice::apply(text, splices), made)
}

fn add_fields(
    format: Format,
    text: &str,
    section: &Node,
    entry: &Node,
    set: &[(String, Value)],
) -> Option<Vec<Splice>> {
    let missing: Vec<(Option<&str>, &Value)> = set
        .iter()
        .filter(|(key, _)| entry.item(key).is_none())
        .map(|(key, value)| (Some(key.as_str()), value))
        .collect();
    if missing.is_empty() {
        return Some(vec![]);
    }
    match (format, entry.style) {
        (_, Style::Table) => toml::insert_fields(text, entry, &missing),
        (Format::Yaml, Style::Flow)
            if entry.items().is_empty() && section.style == Style::Block =>
        {
            let item = section.items().iter().find(|item| item.node.span == entry.span)?;
            Some(yaml::fill(text, item.key_span.start, entry, Level::Fields, &missing))
        }
        (Format::Jsonc | Format::Toml | Format::Yaml, Style::Flow) => {
            Some(flow::insert(format, text, entry, &missing))
        }
        (Format::Jsonc | Format::Toml | Format::Yaml, Style::Block) => {
            Some(yaml::insert(text, entry, Level::Fields, &missing))
        }
    }
}

fn add_entries(
    format: Format,
    text: &str,
    root: Option<&Node>,
    path: &[String],
    section: &Section,
    new: &[(String, Value)],
) -> (Vec<Splice>, Option<Made>) {
    let entries = section.collect(new);
    let Some(root) = root else {
        let body = fresh::file(format, &Map::new(), path, &entries);
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return (vec![Splice::insert(text.len(), format!("{gap}{body}"))], None);
    };
    let pairs: Vec<(Option<&str>, &Value)> = new
        .iter()
        .map(|(name, value)| (section.list_key.is_none().then_some(name.as_str()), value))
        .collect();
    let Some(node) = root.descend(path) else {
        return add_section(format, text, root, path, &entries);
    };
    let key_at = section.key(root).map_or(0, |item| item.key_span.start);
    let blank = |from: usize, to: usize| Some(Made::Blank(text[from..to].to_owned()));
    let empty = node.parts().is_empty();
    let in_lines = parent(root, path).is_some_and(|parent| parent.style == Style::Block);
    match (format, node.style) {
        (_, Style::Table) => (toml::insert(text, root, path, &entries), None),
        (Format::Yaml, Style::Flow) if empty && in_lines => {
            let colon = text[..node.span.start].trim_end_matches([' ', '\t']).len();
            (yaml::fill(text, key_at, node, Level::Entries, &pairs), blank(colon, node.span.end))
        }
        (_, Style::Flow) if node.is_null() => {
            let value = flow::value_text(format, text, key_at, true, &entries);
            (vec![Splice::replace(node.span.clone(), value)], blank(node.span.start, node.span.end))
        }
        (_, Style::Flow) => {
            let made = if empty { blank(node.span.start + 1, node.span.end - 1) } else { None };
            (flow::insert(format, text, node, &pairs), made)
        }
        (_, Style::Block) => (yaml::insert(text, node, Level::Entries, &pairs), None),
    }
}

fn parent<'a>(root: &'a Node, path: &[String]) -> Option<&'a Node> {
    root.descend(path.split_last()?.1)
}

fn add_section(
    format: Format,
    text: &str,
    root: &Node,
    path: &[String],
    entries: &Value,
) -> (Vec<Splice>, Option<Made>) {
    let depth = (0..path.len()).rev().find(|&d| root.descend(&path[..d]).is_some()).unwrap_or(0);
    let parent = root.descend(&path[..depth]).unwrap_or(root);
    let made = Some(Made::Section(path.len() - depth));
    let mut value = Map::new();
    fresh::nest(&mut value, &path[depth + 1..], entries.clone());
    let value = if path.len() == depth + 1 { entries.clone() } else { Value::Object(value) };
    let splices = match parent.style {
        Style::Table => toml::insert(text, root, path, entries),
        Style::Flow => flow::insert(format, text, parent, &[(Some(&path[depth]), &value)]),
        Style::Block => {
            let newline = splice::newline_of(text);
            let indent = splice::indent_of(text, parent.span.start).to_owned();
            let lines = yaml::section_lines(&path[depth..], entries, &indent, newline);
            vec![Splice::insert(
                splice::line_end(text, parent.span.end),
                format!("{newline}{lines}"),
            )]
        }
    };
    (splices, made)
}
