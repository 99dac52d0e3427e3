//! A file without any value, only white space and comments. Entries are appended to it, and removed with the line
//! breaks around them.

use serde_json::{Map, Value};

use super::super::node::Node;
use super::super::splice::{self, Splice};
use super::super::{CreatedParts, Format, fresh, toml, write, yaml};
use super::change::{Edit, empties};
use super::edited::EditedText;

/// Appends entries to a string without values.
pub fn add(
    format: Format,
    text: &str,
    path: &[String],
    entries: &Value,
) -> (Vec<Splice>, Option<CreatedParts>) {
    let newline = splice::newline_of(text);
    let body = match format {
        Format::Jsonc => {
            let mut root = Map::new();
            fresh::nest(&mut root, path, entries.clone());
            write::json_pretty(&Value::Object(root), "", "  ", newline)
        }
        Format::Toml => toml::blocks(path, entries, newline),
        Format::Yaml => yaml::section_lines(path, entries, "", newline),
    };
    let open_line = !(text.is_empty() || text.ends_with('\n'));
    // A blank line separates a table from the comments before it.
    let blank_line = format == Format::Toml && !text.trim().is_empty();
    let before = newline.repeat(usize::from(open_line) + usize::from(blank_line));
    let splice = Splice::insert(text.len(), format!("{before}{body}{newline}"));
    (vec![splice], Some(CreatedParts::Whole { before, after: newline.to_owned() }))
}

/// Removes the text that [`add`] appended, if the edits remove all entries and nothing was added inside or after the
/// text.
pub fn cut(edited: &EditedText<'_>, edits: &[Edit], made: Option<&CreatedParts>) -> Option<Splice> {
    let EditedText { format, text, root, section, path } = *edited;
    let Some(CreatedParts::Whole { before, after }) = made else { return None };
    let root = root?;
    if !empties(root.descend(path)?, section, edits) || !holds_only(root, path) {
        return None;
    }
    let span = match format {
        Format::Jsonc => root.span.clone(),
        Format::Toml => toml::span(text, root)?,
        Format::Yaml => {
            splice::line_start(text, root.span.start)..splice::line_end(text, root.span.end)
        }
    };
    let untouched = text[..span.start].ends_with(before.as_str()) && text[span.end..] == **after;
    (untouched && !root.has_comment(text, span.clone()))
        .then(|| Splice::cut(span.start - before.len()..text.len()))
}

fn holds_only(root: &Node, path: &[String]) -> bool {
    let mut node = root;
    path.iter().all(|key| match node.items() {
        [only] if only.key == *key => {
            node = &only.node;
            true
        }
        _ => false,
    })
}
