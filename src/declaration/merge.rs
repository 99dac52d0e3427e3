//! Merges the fields of an included file into a declaration: lists of names are joined, tables are merged, and every
//! other value must be in one file only.

use crate::diagnostic::Diagnostic;
use crate::document::node::{MapItem, Node, NodeShape};

use super::sources::DeclarationSources;

// What happens to a field that two files have.
enum Merging {
    Tables,
    Lists,
    Conflict,
}

fn merging(path: &str) -> Merging {
    match path {
        "homes" | "idp" | "launch" | "launch.env" | "machine" | "servers" => Merging::Tables,
        "clients" | "machine.sets" => Merging::Lists,
        _ if path.starts_with("homes.") => Merging::Lists,
        _ => Merging::Conflict,
    }
}

/// Merges the fields of an included file, except `include`. Both values of a conflict stay in the tree, so that the
/// errors of both are reported.
pub fn merge(
    into: &mut Node,
    from: Node,
    sources: &DeclarationSources,
    found: &mut Vec<Diagnostic>,
) {
    let NodeShape::Map(items) = from.shape else { return };
    let items = items.into_iter().filter(|item| item.key != "include").collect();
    merge_items(into, items, "", &mut |path, known, item| {
        let title = match path.strip_prefix("servers.") {
            Some(server) => format!("server `{server}` is declared twice"),
            None => format!("`{path}` is set twice"),
        };
        let first = sources.describe(known.key_span.clone());
        let error = Diagnostic::error(title).note(format!("the first one is in {first}"));
        let error = error.help("remove one of the two");
        found.push(sources.point(error, item.key_span.clone(), "second one"));
    });
}

fn merge_items(
    into: &mut Node,
    items: Vec<MapItem>,
    path: &str,
    conflict: &mut dyn FnMut(&str, &MapItem, &MapItem),
) {
    for item in items {
        let path = match path {
            "" => item.key.clone(),
            path => format!("{path}.{}", item.key),
        };
        let Some(known) = into.item_mut(&item.key) else {
            push(into, item);
            continue;
        };
        match (merging(&path), &mut known.node.shape, item.node.shape) {
            (Merging::Tables, NodeShape::Map(_), NodeShape::Map(items)) => {
                merge_items(&mut known.node, items, &path, conflict);
            }
            (Merging::Lists, NodeShape::List(elements), NodeShape::List(more)) => {
                elements.extend(more);
            }
            (merging, _, shape) => {
                let item = MapItem { node: Node { shape, ..item.node }, ..item };
                // Otherwise, one of the two has the wrong type, and that is the error.
                if matches!(merging, Merging::Conflict) {
                    conflict(&path, known, &item);
                }
                push(into, item);
            }
        }
    }
}

fn push(into: &mut Node, item: MapItem) {
    if let NodeShape::Map(items) = &mut into.shape {
        items.push(item);
    }
}
