//! The section of a file that contains the entries.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::node::{MapItem, Node, NodeShape, Style};
use super::{DocumentError, Entries};

/// The path of the entries in a client's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Paths of keys. The first path that exists in a file is used, otherwise the last path.
    pub paths: Vec<Vec<String>>,
    /// The field that contains the name of an entry, if the section is a list.
    pub list_key: Option<String>,
}

impl Section {
    /// Returns the top-level keys that may contain the section.
    pub fn heads(&self) -> Vec<&str> {
        self.paths.iter().filter_map(|path| path.first()).map(String::as_str).collect()
    }

    /// Returns the path that is used in a file.
    pub fn choose(&self, root: Option<&Node>) -> &[String] {
        let exists =
            |path: &&Vec<String>| root.is_some_and(|root| root.descend(path.iter()).is_some());
        let found = self.paths.iter().find(exists).or(self.paths.last());
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Finds the section's key in a file.
    pub fn key<'a>(&self, root: &'a Node) -> Option<&'a MapItem> {
        let (last, head) = self.choose(Some(root)).split_last()?;
        root.descend(head)?.item(last)
    }

    /// Removes and returns the entries of this section from the value of a file.
    ///
    /// # Errors
    /// Fails if the section is not a map (or not a list). A null counts as empty.
    pub fn take(&self, root: &mut Value) -> Result<Entries, DocumentError> {
        let exists = |path: &&Vec<String>| {
            path.iter().try_fold(&*root, |value, key| value.get(key)).is_some()
        };
        let wrong = |path: &[String], wanted| {
            let name = format!("`{}`", path.join("."));
            Err(DocumentError::WrongShape { name, wanted, position: None })
        };
        let Some(path) = self.paths.iter().find(exists) else {
            let above = self.paths.last().and_then(|path| no_map(root, path));
            return above.map_or_else(|| Ok(Entries::new()), |above| wrong(above, "map"));
        };
        let place = path.iter().try_fold(root, |value, key| value.get_mut(key));
        let wrong = |wanted| wrong(path, wanted);
        match (place.map(Value::take).unwrap_or_default(), &self.list_key) {
            (Value::Null, _) => Ok(Entries::new()),
            (Value::Object(map), None) => Ok(map.into_iter().collect()),
            (Value::Array(list), Some(key)) => Ok(named(list, key)),
            (_, None) => wrong("map"),
            (_, Some(_)) => wrong("list"),
        }
    }

    /// Finds the first value on the path of the section that cannot contain entries: its name, the expected type and its
    /// position. A null counts as empty, but not in place of the whole file, not if the value is missing in brackets, as
    /// in `{servers: }`, and not without a colon.
    pub fn wrong_shape(&self, root: &Node) -> Option<(String, &'static str, usize)> {
        let path = self.choose(Some(root));
        let mut node = root;
        let mut missing = false;
        for depth in 0..=path.len() {
            let is_list = depth == path.len() && self.list_key.is_some();
            let fits = match node.shape {
                NodeShape::Map(_) => !is_list,
                NodeShape::List(_) => is_list,
                NodeShape::Scalar(_) => depth > 0 && node.is_null() && !missing,
            };
            if !fits {
                let path = format!("`{}`", path[..depth].join("."));
                let name = if depth == 0 { "the file".to_owned() } else { path };
                return Some((name, if is_list { "list" } else { "map" }, node.span.start));
            }
            let item = path.get(depth).and_then(|key| node.item(key))?;
            missing = item.node.span.is_empty()
                && (node.style == Style::Flow || item.node.span.start == item.key_span.end);
            node = &item.node;
        }
        None
    }

    /// Finds the position of each named entry in the section's node.
    pub fn index(&self, node: &Node) -> HashMap<String, usize> {
        match &self.list_key {
            None => {
                node.items().iter().enumerate().map(|(at, item)| (item.key.clone(), at)).collect()
            }
            Some(_) => {
                let named = node.elements().iter().enumerate();
                named.filter_map(|(at, element)| Some((self.name_of(element)?, at))).collect()
            }
        }
    }

    /// Returns the name of an element, if the section is a list.
    pub fn name_of(&self, element: &Node) -> Option<String> {
        let name = element.item(self.list_key.as_ref()?)?;
        name.node.as_str().map(str::to_owned)
    }

    /// Combines entries into the value of this section: a map, or a list.
    pub fn collect(&self, entries: &[(String, Value)]) -> Value {
        match self.list_key {
            None => Value::Object(entries.iter().cloned().collect()),
            Some(_) => entries.iter().map(|(_, entry)| entry.clone()).collect(),
        }
    }

    /// Removes the named entries from a file, and the section if it is then empty.
    pub fn strip(&self, root: &mut Node, path: &[String], names: &HashSet<&str>) {
        let below = |node, key: &String| Node::item_mut(node, key).map(|item| &mut item.node);
        if let Some(section) = path.iter().try_fold(&mut *root, below) {
            match &mut section.shape {
                NodeShape::Map(entries) => entries.retain(|it| !names.contains(it.key.as_str())),
                NodeShape::List(elements) => {
                    let named = |name: String| names.contains(name.as_str());
                    elements.retain(|element| !self.name_of(element).is_some_and(named));
                }
                NodeShape::Scalar(_) => {}
            }
        }
        strip_empty(root, path);
    }
}

// Removes empty maps and lists, starting at the end of a path.
fn strip_empty(root: &mut Node, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    let Some(item) = root.item_mut(first) else { return };
    strip_empty(&mut item.node, rest);
    let empty = item.node.parts().is_empty();
    let scalar = matches!(item.node.shape, NodeShape::Scalar(_)) && !item.node.is_null();
    if empty
        && !scalar
        && let NodeShape::Map(items) = &mut root.shape
    {
        items.retain(|item| item.key != *first);
    }
}

// Returns the first part of a path that is not a map.
fn no_map<'a>(root: &Value, path: &'a [String]) -> Option<&'a [String]> {
    let mut value = root;
    for (at, key) in path.iter().enumerate() {
        value = value.get(key)?;
        if !value.is_object() && !value.is_null() {
            return Some(&path[..=at]);
        }
    }
    None
}

fn named(list: Vec<Value>, key: &str) -> Entries {
    let pair = |entry: Value| Some((entry.get(key)?.as_str()?.to_owned(), entry));
    list.into_iter().filter_map(pair).collect()
}
