//! The section of a file that holds the entries: finding it, reading it, taking it apart.

use std::collections::HashMap;

use serde_json::Value;

use super::node::Node;
use super::{Entries, Fault};

/// Says where a client's entries lie in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Paths of keys; the first that exists in a file counts, else the last.
    pub paths: Vec<Vec<String>>,
    /// The field that holds an entry's name, where the section is a list.
    pub list_key: Option<String>,
}

impl Section {
    /// Returns the top-level keys a file may hold the section under.
    pub fn heads(&self) -> Vec<&str> {
        self.paths.iter().filter_map(|path| path.first()).map(String::as_str).collect()
    }

    /// Picks the path that counts in a file.
    pub fn choose(&self, root: Option<&Node>) -> &[String] {
        let exists =
            |path: &&Vec<String>| root.is_some_and(|root| root.descend(path.iter()).is_some());
        let found = self.paths.iter().find(exists).or(self.paths.last());
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Reads the entries of this section out of a file's value.
    ///
    /// # Errors
    /// Fails where the section is no map (or no list). A null is an empty one.
    pub fn read(&self, root: &Value) -> Result<Entries, Fault> {
        let place = |path: &&Vec<String>| path.iter().try_fold(root, |value, key| value.get(key));
        let Some(value) = self.paths.iter().find_map(|path| place(&path)) else {
            return Ok(Entries::new());
        };
        let wrong = |wanted| {
            let path = self.paths.last().map(|path| path.join(".")).unwrap_or_default();
            Err(Fault::WrongShape { section: path, wanted })
        };
        match (value, &self.list_key) {
            (Value::Null, _) => Ok(Entries::new()),
            (Value::Object(map), None) => {
                Ok(map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            (Value::Array(list), Some(key)) => Ok(named(list, key)),
            (_, None) => wrong("map"),
            (_, Some(_)) => wrong("list"),
        }
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

    /// Returns the name of an element, where the section is a list.
    pub fn name_of(&self, element: &Node) -> Option<String> {
        let name = element.item(self.list_key.as_ref()?)?;
        Some(name.node.to_value().as_str()?.to_owned())
    }

    /// Puts entries together as this section holds them: a map, or a list.
    pub fn collect(&self, entries: &[(String, Value)]) -> Value {
        match self.list_key {
            None => Value::Object(entries.iter().cloned().collect()),
            Some(_) => entries.iter().map(|(_, entry)| entry.clone()).collect(),
        }
    }

    /// Takes the named entries out of a file's value, and a section that then holds nothing.
    pub fn strip(&self, root: &mut Value, path: &[String], names: &[&str]) {
        let Some((last, head)) = path.split_last() else { return };
        let Some(parent) = head.iter().try_fold(&mut *root, |value, key| value.get_mut(key)) else {
            return;
        };
        let Some(map) = parent.as_object_mut() else { return };
        let empty = match map.get_mut(last) {
            Some(Value::Object(entries)) => {
                entries.retain(|name, _| !names.contains(&name.as_str()));
                entries.is_empty()
            }
            Some(Value::Array(list)) => {
                let key = self.list_key.as_deref().unwrap_or_default();
                list.retain(|entry| !entry[key].as_str().is_some_and(|name| names.contains(&name)));
                list.is_empty()
            }
            Some(Value::Null) => true,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
        };
        if empty {
            map.shift_remove(last);
            if map.is_empty() && !head.is_empty() {
                self.strip(root, head, names);
            }
        }
    }
}

fn named(list: &[Value], key: &str) -> Entries {
    list.iter()
        .filter_map(|entry| Some((entry.get(key)?.as_str()?.to_owned(), entry.clone())))
        .collect()
}
