//! Edits of a section. First everything that goes is removed, then everything new is inserted, each in one pass over
//! the text, so that the cost is linear in the size of the file.

use super::node::{MapItem, Node, Style};
use super::{CreatedParts, DocumentError, Format, Section, parse, splice};

mod change;
mod edited;
mod grow;
mod prune;
mod whole;

pub use change::Edit;
use change::entry_node;
use edited::EditedText;
use grow::grow;
use prune::prune;

/// Applies edits to a string that was parsed as `root`. `made` says what mcpgen created for the section earlier, and is
/// returned up to date. An emptied section is restored from it.
///
/// # Errors
/// Fails if the text has a syntax error.
pub fn apply(
    format: Format,
    text: &str,
    root: Option<&Node>,
    section: &Section,
    edits: &[Edit],
    made: Option<&CreatedParts>,
) -> Result<(String, Option<CreatedParts>), DocumentError> {
    let path = section.choose(root);
    let place = root.and_then(|root| root.descend(path));
    let adds = adds(place, section, edits);
    let edited = EditedText { format, text, root, section, path };
    if let Some(cut) = whole::cut(&edited, edits, made) {
        let text = splice::apply(text, vec![cut]);
        if !adds {
            return Ok((text, None));
        }
        let root = parse(format, &text)?;
        return Ok(grow(&EditedText { text: &text, root: root.as_ref(), ..edited }, edits));
    }
    let cuts = prune(&edited, edits, made);
    if !adds {
        return Ok((splice::apply(text, cuts), made.cloned()));
    }
    let (grown, new) = if cuts.is_empty() {
        grow(&edited, edits)
    } else {
        let text = splice::apply(text, cuts);
        let root = parse(format, &text)?;
        grow(&EditedText { text: &text, root: root.as_ref(), ..edited }, edits)
    };
    Ok((grown, remembered(place, made, new)))
}

// If the section still exists, what is known about it stays valid. Otherwise it was created again.
fn remembered(
    place: Option<&Node>,
    made: Option<&CreatedParts>,
    new: Option<CreatedParts>,
) -> Option<CreatedParts> {
    match place {
        Some(node) if !node.parts().is_empty() => made.cloned(),
        None if !matches!(made, Some(CreatedParts::File)) => new,
        Some(_) | None => made.cloned().or(new),
    }
}

// Whether the edits insert anything, other than a value in place of another one.
fn adds(place: Option<&Node>, section: &Section, edits: &[Edit]) -> bool {
    let index = place.map(|node| section.index(node)).unwrap_or_default();
    let entry = |name| place.zip(index.get(name)).map(|(node, at)| entry_node(node, *at));
    edits.iter().any(|edit| match edit {
        Edit::Put { .. } => true,
        Edit::Set { name, set, .. } => entry(name).is_none_or(|entry| {
            let inline = |item: &MapItem| item.node.style != Style::Table;
            set.iter().any(|(key, _)| !entry.item(key).is_some_and(inline))
        }),
        Edit::Remove { .. } => false,
    })
}
