//! Adds whole entries to a section, and fields to existing entries.

use serde_json::{Map, Value};

use super::super::node::{Node, Style};
use super::super::splice::{self, Splice};
use super::super::{CreatedParts, Format, Level, flow, fresh, toml, yaml};
use super::change::{Edit, entry_node};
use super::edited::EditedText;
use super::whole;

/// Inserts everything that edits add. Returns the new text, and the parts that were created besides the entries.
pub fn grow(edited: &EditedText<'_>, edits: &[Edit]) -> (String, Option<CreatedParts>) {
    let EditedText { format, text, root, section, path } = *edited;
    let node = root.and_then(|root| root.descend(path));
    let index = node.map(|node| section.index(node)).unwrap_or_default();
    let mut splices = vec![];
    let mut new: Vec<(String, Value)> = vec![];
    for edit in edits {
        match edit {
            Edit::Remove { .. } => {}
            Edit::Put { name, entry } => new.push((name.clone(), Value::Object((**entry).clone()))),
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
    let (more, made) = add_entries(edited, &new);
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
    edited: &EditedText<'_>,
    new: &[(String, Value)],
) -> (Vec<Splice>, Option<CreatedParts>) {
    let EditedText { format, text, root, section, path } = *edited;
    let entries = section.collect(new);
    let has_values = |root: &&Node| root.style != Style::Table || !root.items().is_empty();
    let Some(root) = root.filter(has_values) else {
        return whole::add(format, text, path, &entries);
    };
    let pairs: Vec<(Option<&str>, &Value)> = new
        .iter()
        .map(|(name, value)| (section.list_key.is_none().then_some(name.as_str()), value))
        .collect();
    let Some(node) = root.descend(path) else {
        return add_section(format, text, root, path, &entries);
    };
    let key_at = section.key(root).map_or(0, |item| item.key_span.start);
    let blank = |from: usize, to: usize| Some(CreatedParts::Blank(text[from..to].to_owned()));
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
) -> (Vec<Splice>, Option<CreatedParts>) {
    let depth = (0..path.len()).rev().find(|&d| root.descend(&path[..d]).is_some()).unwrap_or(0);
    let parent = root.descend(&path[..depth]).unwrap_or(root);
    let levels = path.len() - depth;
    let mut value = Map::new();
    fresh::nest(&mut value, &path[depth + 1..], entries.clone());
    let value = if levels == 1 { entries.clone() } else { Value::Object(value) };
    if parent.style == Style::Flow && parent.items().is_empty() {
        let (splices, blank) = fill_parent(format, text, root, &path[..=depth], value);
        return (splices, Some(CreatedParts::Inside { levels, blank }));
    }
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
    (splices, Some(CreatedParts::Section(levels)))
}

// Adds a key to an empty map, or in place of a null. Returns the text that was replaced.
fn fill_parent(
    format: Format,
    text: &str,
    root: &Node,
    path: &[String],
    value: Value,
) -> (Vec<Splice>, String) {
    let (key, above) = path.split_last().expect("a section's path has a key");
    let parent = root.descend(above).unwrap_or(root);
    let span = parent.span.clone();
    let holder = above.split_last().and_then(|(_, head)| root.descend(head));
    let place = holder.zip(above.last()).and_then(|(node, key)| node.item(key));
    let key_at = place.map_or(0, |item| item.key_span.start);
    if format == Format::Yaml && holder.is_some_and(|node| node.style == Style::Block) {
        let colon = text[..span.start].trim_end_matches([' ', '\t']).len();
        let splices = yaml::fill(text, key_at, parent, Level::Entries, &[(Some(key), &value)]);
        return (splices, text[colon..span.end].to_owned());
    }
    if parent.is_null() {
        let map = Value::Object([(key.clone(), value)].into_iter().collect());
        let new = flow::value_text(format, text, key_at, true, &map);
        return (vec![Splice::replace(span.clone(), new)], text[span].to_owned());
    }
    let blank = text[span.start + 1..span.end - 1].to_owned();
    (flow::insert(format, text, parent, &[(Some(key), &value)]), blank)
}
