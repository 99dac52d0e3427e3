//! Lists of names of environment variables, which mcpgen and the user may both extend.

use std::borrow::Cow;

use serde_json::Value;

use crate::client::{FieldRole, FieldSpellings};
use crate::document::Entry;
use crate::ledger::Owned;

/// The fields of an entry that list names of variables.
pub struct NameLists<'a> {
    /// The names of the client's fields.
    pub spellings: &'a FieldSpellings,
    /// The fields of the entry that mcpgen wrote.
    pub owned: Option<&'a Owned>,
    /// Whether the entry starts a program. No client passes variables to anything else.
    pub starts: bool,
}

impl NameLists<'_> {
    /// Returns whether a field is such a list.
    pub fn has(&self, field: &str) -> bool {
        self.starts && self.spellings.is(FieldRole::EnvNames, field)
    }

    /// Returns the names of a list that mcpgen did not write. The ledger has a hash of the list that it wrote, so that
    /// list is found only if its names are still next to each other.
    pub fn theirs(&self, entry: &Entry, field: &str) -> Vec<Value> {
        let Some(list) = entry.get(field).and_then(Value::as_array) else { return vec![] };
        match self.ours(list, field) {
            Some((from, to)) => list[..from].iter().chain(&list[to..]).cloned().collect(),
            None => list.clone(),
        }
    }

    /// Returns whether a list has the wanted names, those of the user, and no others.
    pub fn agree(&self, entry: &Entry, field: &str, want: &Value) -> bool {
        let want = unite(want, self.theirs(entry, field));
        let (want, have) = (want.as_array(), entry.get(field).and_then(Value::as_array));
        let (want, have) = (want.map_or(&[][..], |it| it), have.map_or(&[][..], |it| it));
        want.iter().all(|name| have.contains(name)) && have.iter().all(|name| want.contains(name))
    }

    /// Returns the lists in which mcpgen's names are no longer wanted, without these names.
    pub fn left(&self, desired: &Entry, entry: &Entry) -> Vec<(String, Value)> {
        let gone =
            entry.iter().filter(|(field, _)| self.has(field) && !desired.contains_key(*field));
        let left = |(field, value): (&String, &Value)| {
            let theirs = self.theirs(entry, field);
            let shorter = value.as_array().is_some_and(|list| theirs.len() < list.len());
            (shorter && !theirs.is_empty()).then(|| (field.clone(), Value::Array(theirs)))
        };
        gone.filter_map(left).collect()
    }

    /// Returns the fields that the entry must have: the desired fields, with the names that the user added.
    pub fn wanted(&self, desired: &Entry, entry: &Entry) -> Vec<(String, Value)> {
        let united = |(field, want): (&String, &Value)| {
            let theirs = if self.has(field) { self.theirs(entry, field) } else { vec![] };
            (field.clone(), unite(want, theirs).into_owned())
        };
        desired.iter().map(united).chain(self.left(desired, entry)).collect()
    }

    /// Returns an entry as it would be if the user had added no names.
    pub fn as_written<'e>(&self, entry: &'e Entry) -> Cow<'e, Entry> {
        if !entry.keys().any(|field| self.has(field)) {
            return Cow::Borrowed(entry);
        }
        let mut entry = entry.clone();
        for (field, value) in entry.iter_mut().filter(|(field, _)| self.has(field)) {
            let Value::Array(list) = value else { continue };
            if let Some((from, to)) = self.ours(list, field) {
                *list = list[from..to].to_vec();
            }
        }
        Cow::Owned(entry)
    }

    fn ours(&self, list: &[Value], field: &str) -> Option<(usize, usize)> {
        let owned = self.owned.filter(|owned| owned.names().any(|name| name == field))?;
        let ends = |from: usize| (from + 1..=list.len()).rev().map(move |to| (from, to));
        let mut ranges = (0..list.len()).flat_map(ends);
        ranges.find(|(from, to)| owned.wrote(field, &Value::Array(list[*from..*to].to_vec())))
    }
}

// Appends the user's names to a list.
fn unite(want: &Value, theirs: Vec<Value>) -> Cow<'_, Value> {
    match want {
        Value::Array(want) if !theirs.is_empty() => {
            let new = theirs.into_iter().filter(|name| !want.contains(name));
            Cow::Owned(Value::Array(want.iter().cloned().chain(new).collect()))
        }
        Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_) => Cow::Borrowed(want),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger;

    fn entry(names: &Value) -> Entry {
        json!({ "env_vars": names }).as_object().unwrap().clone()
    }

    // What is wanted instead of a list, of which mcpgen wrote A and B.
    fn wanted(desired: &Entry, list: &Value) -> Option<Value> {
        let owned =
            Owned { fields: Some(ledger::hashes(&entry(&json!(["A", "B"])))), pending: None };
        let spellings = FieldSpellings::common();
        let lists = NameLists { spellings, owned: Some(&owned), starts: true };
        let wanted = lists.wanted(desired, &entry(list));
        assert!(wanted.len() < 2);
        wanted.into_iter().next().map(|(_, value)| value)
    }

    #[test]
    fn the_names_of_the_user_stay_when_ours_change() {
        for (list, want) in [
            (json!([]), json!(["B", "C"])),
            (json!(["A", "B"]), json!(["B", "C"])),
            (json!(["A", "B", "D"]), json!(["B", "C", "D"])),
            (json!([{ "name": "D" }, "A", "B", "C"]), json!(["B", "C", { "name": "D" }])),
            (json!(["A", "D", "B"]), json!(["B", "C", "A", "D"])),
        ] {
            assert_eq!(wanted(&entry(&json!(["B", "C"])), &list), Some(want), "{list}");
        }
    }

    #[test]
    fn our_names_go_when_none_is_desired() {
        let none = Entry::new();
        assert_eq!(wanted(&none, &json!(["A", "B", "D"])), Some(json!(["D"])));
        assert_eq!(wanted(&none, &json!(["D"])), None);
        assert_eq!(wanted(&none, &json!(["A", "B"])), None, "the field goes");
    }

    #[test]
    fn a_list_agrees_if_it_has_ours_and_those_of_the_user() {
        let owned =
            Owned { fields: Some(ledger::hashes(&entry(&json!(["A", "B"])))), pending: None };
        let spellings = FieldSpellings::common();
        let lists = NameLists { spellings, owned: Some(&owned), starts: true };
        let agree = |list: &Value, want: &Value| lists.agree(&entry(list), "env_vars", want);
        assert!(agree(&json!(["A", "B", "D"]), &json!(["A", "B"])));
        assert!(agree(&json!(["B", "A"]), &json!(["A", "B"])));
        assert!(!agree(&json!(["A", "B"]), &json!(["A"])), "B is ours and not wanted any more");
        assert!(!agree(&json!(["A", "B"]), &json!(["A", "C"])));
        assert!(!agree(&json!("A"), &json!(["A"])));
    }

    #[test]
    fn an_entry_as_written_has_only_our_names() {
        let owned =
            Owned { fields: Some(ledger::hashes(&entry(&json!(["A", "B"])))), pending: None };
        let spellings = FieldSpellings::common();
        let mut lists = NameLists { spellings, owned: Some(&owned), starts: true };
        let both = entry(&json!(["A", "B", "D"]));
        assert_eq!(*lists.as_written(&both), entry(&json!(["A", "B"])));
        assert_eq!(*lists.as_written(&entry(&json!(["D"]))), entry(&json!(["D"])));
        assert_eq!(*lists.as_written(&entry(&json!("A"))), entry(&json!("A")));
        lists.starts = false;
        assert_eq!(*lists.as_written(&both), both);
    }
}
