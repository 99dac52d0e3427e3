//! Edits of a section: what goes is cut out first, what comes is put in afterwards, each in one pass
//! over the text, so that the cost grows with the file and not with the square of its entries.

use serde_json::Value;

use super::node::{MapItem, Node, NodeShape, Style};
use super::{CreatedParts, DocumentError, Entry, Format, Section, read, splice};

mod grow;
mod prune;
mod whole;

use grow::grow;
use prune::prune;

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
    made: Option<&CreatedParts>,
) -> Result<(String, Option<CreatedParts>), DocumentError> {
    let path = section.choose(root);
    let place = root.and_then(|root| root.descend(path));
    let adds = adds(place, section, edits);
    if let Some(cut) = whole::cut(format, text, root, path, section, edits, made) {
        let text = splice::apply(text, vec![cut]);
        return match adds {
            true => Ok(grow(format, &text, read(format, &text)?.as_ref(), path, section, edits)),
            false => Ok((text, None)),
        };
    }
    let cuts = prune(format, text, root, path, section, edits, made);
    if !adds {
        return Ok((splice::apply(text, cuts), made.cloned()));
    }
    let (grown, new) = if cuts.is_empty() {
        grow(format, text, root, path, section, edits)
    } else {
        let cut = splice::apply(text, cuts);
        grow(format, &cut, read(format, &cut)?.as_ref(), path, section, edits)
    };
    Ok((grown, remembered(place, made, new)))
}

// Where the section is still there, what was remembered of it counts; where it is not, it was made anew.
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

// Whether edits take out or replace everything a section has.
fn empties(node: &Node, section: &Section, edits: &[Edit]) -> bool {
    let index = section.index(node);
    let gone = edits.iter().filter(|edit| match edit {
        Edit::Remove { name } | Edit::Put { name, .. } => index.contains_key(name),
        Edit::Set { .. } => false,
    });
    let gone = gone.count();
    gone > 0 && gone == node.parts().len()
}

// Whether there is anything to put in that does not just take the place of something else.
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

fn entry_node(node: &Node, at: usize) -> &Node {
    match &node.shape {
        NodeShape::Map(items) => &items[at].node,
        NodeShape::List(elements) => &elements[at],
        NodeShape::Scalar(_) => node,
    }
}
