//! Edits of a section. One pass over the text removes the old parts and a second pass inserts the new parts, so the
//! cost is linear in the size of the file.

use std::collections::HashMap;

use serde_json::Value;

use super::node::{MapItem, Node, Style};
use super::outline::for_edit;
use super::{CreatedParts, DocumentError, Format, Section, splice};

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

/// Applies edits to a string that was parsed as `root`. `made` contains the parts that mcpgen created earlier for the
/// section, and is returned up to date. If the section becomes empty, it is restored from `made`.
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
        let root = for_edit(format, &text, section)?;
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
        let root = for_edit(format, &text, section)?;
        grow(&EditedText { text: &text, root: root.as_ref(), ..edited }, edits)
    };
    Ok((grown, remembered(place, made, new)))
}

/// Returns whether the edits did what they should. In YAML, an edit can change other fields of its entry, because they are
/// aliases of the changed one, so all fields are compared.
pub fn is_done<'n>(
    format: Format,
    section: &Section,
    edits: &[Edit],
    before: Option<&'n Node>,
    after: Option<&'n Node>,
) -> bool {
    let place = |root: Option<&'n Node>| root?.descend(section.choose(root));
    // Only the check of YAML compares with the earlier entries.
    let before = before.filter(|_| format == Format::Yaml);
    let (before, after) = (entries(place(before), section), entries(place(after), section));
    edits.iter().all(|edit| {
        let entry = after.get(edit.name());
        match edit {
            Edit::Remove { .. } => entry.is_none(),
            Edit::Put { .. } | Edit::Set { .. } if format != Format::Yaml => entry.is_some(),
            Edit::Put { entry: wanted, .. } => {
                entry.is_some_and(|entry| entry.to_value() == Value::Object((**wanted).clone()))
            }
            Edit::Set { name, set, unset } => {
                let value = before.get(name).map(|entry| entry.to_value());
                let Some(Value::Object(mut wanted)) = value else { return entry.is_some() };
                wanted.retain(|field, _| !unset.contains(field));
                wanted.extend(set.iter().cloned());
                entry.is_some_and(|entry| entry.to_value() == Value::Object(wanted))
            }
        }
    })
}

// Returns the entries of a section by name.
fn entries<'n>(place: Option<&'n Node>, section: &Section) -> HashMap<String, &'n Node> {
    let named = place
        .map(|node| section.index(node).into_iter().map(|(name, at)| (name, entry_node(node, at))));
    named.into_iter().flatten().collect()
}

// If the section still has entries, the earlier record stays valid. If the section is missing, it is created again.
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

// Returns whether the edits insert anything other than a value in place of another value.
fn adds(place: Option<&Node>, section: &Section, edits: &[Edit]) -> bool {
    let entries = entries(place, section);
    edits.iter().any(|edit| match edit {
        Edit::Put { .. } => true,
        Edit::Set { name, set, .. } => entries.get(name).is_none_or(|entry| {
            let inline = |item: &MapItem| item.node.style != Style::Table;
            set.iter().any(|(key, _)| !entry.item(key).is_some_and(inline))
        }),
        Edit::Remove { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Document;
    use super::*;

    fn refused(text: &str, edit: Edit) {
        let section = Section { paths: vec![vec!["servers".to_owned()]], list_key: None };
        let document = Document::new(Format::Yaml, text.into()).unwrap();
        let error = document.edit(&section, &[edit], None).unwrap_err();
        assert_eq!(error, DocumentError::Unsafe, "{text}");
    }

    // saphyr-parser reads the tag as a key with the name `null`, and reads it again when the key is cut out.
    #[test]
    fn an_edit_without_effect_is_refused() {
        refused("servers: {!}\n", Edit::Remove { name: "null".to_owned() });
    }

    #[test]
    fn an_edit_that_changes_an_alias_in_its_entry_is_refused() {
        let set = vec![("env".to_owned(), json!({"A": "b"}))];
        let text = "servers:\n  one:\n    env: &env\n      C: d\n    other: *env\n";
        refused(text, Edit::Set { name: "one".to_owned(), set, unset: vec![] });
    }
}
