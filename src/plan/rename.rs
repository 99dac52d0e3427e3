//! The new entry of a server that replaces an entry of another name. It keeps the user's own fields of that entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::{Case, EntryDifference};
use crate::document::{Entries, Entry};
use crate::render::Rendered;

/// Returns the new entries by name. `case` gives the inputs of the truth table for an old name.
pub fn renamed<'a>(
    rendered: &Rendered<'_>,
    actual: &Entries,
    case: impl Fn(&String) -> Case<'a>,
) -> BTreeMap<String, Arc<Entry>> {
    let mut renamed = BTreeMap::new();
    for (old, new) in &rendered.replaces {
        let desired = rendered.entries.iter().find(|(name, _)| name == new);
        let earlier = actual.get(old).and_then(|value| value.as_object());
        if actual.contains_key(new) || renamed.contains_key(new) {
            continue;
        }
        if let (Some((_, desired)), Some(earlier)) = (desired, earlier) {
            let EntryDifference { set, unset } =
                case(old).difference(desired, earlier, rendered.client);
            let mut entry = earlier.clone();
            entry.retain(|field, _| !unset.contains(field));
            entry.extend(set);
            renamed.insert(new.clone(), rendered.seeded(&Arc::new(entry)));
        }
    }
    renamed
}
