//! Removes whole entries from a section, and fields from other entries.

use serde_json::Value;

use super::super::node::{MapItem, Node, NodeShape, Style};
use super::super::splice::Splice;
use super::super::{CreatedParts, Format, Level, flow, toml, yaml};
use super::change::{Edit, empties, entry_node};
use super::edited::EditedText;

/// Removes everything that edits remove or replace. A section that becomes empty is restored from `made`.
pub fn prune(edited: &EditedText<'_>, edits: &[Edit], made: Option<&CreatedParts>) -> Vec<Splice> {
    let EditedText { format, text, root, section, path } = *edited;
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
    let stays = edits.iter().any(|edit| matches!(edit, Edit::Put { .. }));
    let made = made.filter(|_| empties(node, section, edits) && !stays);
    splices.extend(match made {
        Some(CreatedParts::Section(levels)) => remove_key(format, text, root, path, *levels, None),
        Some(CreatedParts::Inside { levels, blank }) => {
            remove_key(format, text, root, path, *levels, Some(blank))
        }
        Some(CreatedParts::Whole { .. }) => remove_key(format, text, root, path, path.len(), None),
        Some(CreatedParts::Blank(blank)) => empty(format, text, node, &gone, blank),
        Some(CreatedParts::File) | None => remove(format, text, node, Level::Entries, &gone, None),
    });
    splices
}

// Removes the last levels of a path with everything in them.
fn remove_key(
    format: Format,
    text: &str,
    root: &Node,
    path: &[String],
    levels: usize,
    blank: Option<&str>,
) -> Vec<Splice> {
    let depth = path.len() - levels.clamp(1, path.len());
    let parent = root.descend(&path[..depth]).unwrap_or(root);
    let key: Vec<usize> =
        parent.items().iter().position(|item| item.key == path[depth]).into_iter().collect();
    match blank.filter(|_| parent.items().len() == 1) {
        Some(blank) => empty(format, text, parent, &key, blank),
        None => remove(format, text, parent, Level::Entries, &key, None),
    }
}

// Removes everything from a map or list that was empty before mcpgen added entries.
fn empty(format: Format, text: &str, node: &Node, all: &[usize], blank: &str) -> Vec<Splice> {
    if NULLS.contains(&blank) && node.style == Style::Flow {
        return vec![Splice::replace(node.span.clone(), blank)];
    }
    remove(format, text, node, Level::Entries, all, Some(blank))
}

// Nulls of JSON and YAML, which cannot be confused with the white space between brackets.
const NULLS: [&str; 4] = ["null", "~", "Null", "NULL"];

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

// A TOML table cannot be replaced by a value in place: it is removed, and the field is added elsewhere.
fn replace(
    format: Format,
    text: &str,
    item: &MapItem,
    lines: bool,
    value: &Value,
) -> Option<Splice> {
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
            let brackets = if matches!(node.shape, NodeShape::List(_)) { " []" } else { " {}" };
            yaml::remove(text, node, level, which, blank.unwrap_or(brackets))
        }
    }
}
