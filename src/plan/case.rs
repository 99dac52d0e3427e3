//! The truth table that decides the step for one entry.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Step;
use super::names::NameLists;
use crate::client::{FieldRole, FieldSpellings};
use crate::document::Entry;
use crate::document::edit::Edit;
use crate::ledger::{Owned, same};
use crate::render::Rendered;

/// The inputs of the truth table for one entry.
pub struct Case<'a> {
    /// The desired entry.
    pub desired: Option<&'a Entry>,
    /// The entry in the file.
    pub actual: Option<&'a Value>,
    /// The entry in the ledger.
    pub owned: Option<&'a Owned>,
    /// Whether a desired entry replaces this entry.
    pub replaced: bool,
    /// The names of the client's fields.
    pub spellings: &'a FieldSpellings,
}

impl Case<'_> {
    /// Decides the step.
    pub fn decide(&self, adopt: bool) -> Step {
        match (self.desired, self.actual, self.owned) {
            (Some(_), None, _) => Step::Add,
            (Some(desired), Some(actual), owned) => match (self.equal(desired, actual), owned) {
                (true, Some(_)) => Step::Keep,
                (true, None) if adopt => Step::Enter,
                (true, None) => Step::Theirs,
                // Only an adopted entry gets the variables that mcpgen adds to a bridge.
                (false, None) if !adopt && self.lacks_bridge_env(desired, actual) => Step::Theirs,
                (false, Some(owned)) if self.as_written(owned, actual) => {
                    Step::Replace { drift: false }
                }
                // If no fields are settled and the entry differs from the pending ones, it belongs to somebody else.
                (false, Some(owned)) if owned.fields.is_some() => Step::Replace { drift: true },
                (false, _) if adopt => Step::Adopt,
                (false, _) => Step::Conflict,
            },
            (None, Some(actual), Some(owned)) => {
                let ours = owned.fields.is_some() || self.as_written(owned, actual);
                if ours { Step::Remove } else { Step::Forget }
            }
            (None, Some(_), None) if self.replaced && adopt => Step::Remove,
            (None, Some(_), None) if self.replaced => Step::Conflict,
            (None, Some(_), None) => Step::Leave,
            (None, None, Some(_)) => Step::Forget,
            (None, None, None) => Step::Leave,
        }
    }

    // A launch field that somebody added to mcpgen's entry is drift too, like a changed field.
    fn as_written(&self, owned: &Owned, actual: &Value) -> bool {
        let Some(entry) = actual.as_object() else { return false };
        let known: BTreeSet<&String> = owned.names().collect();
        let added = |field: &String| !known.contains(field) && self.launches(entry, field);
        owned.matches(&self.name_lists().as_written(entry)) && !entry.keys().any(added)
    }

    fn launches(&self, entry: &Entry, field: &String) -> bool {
        self.spellings.launch().contains(field)
            && entry.get(field).is_some_and(|value| !is_empty(value))
            && !self.name_lists().has(field)
    }

    // Only a program gets variables.
    fn name_lists(&self) -> NameLists<'_> {
        let program = |entry: &Entry| {
            self.spellings.all(FieldRole::Command, entry).any(|(_, value)| !is_empty(value))
        };
        let starts = self.desired.is_none_or(program);
        NameLists { spellings: self.spellings, owned: self.owned, starts }
    }

    fn equal(&self, desired: &Entry, actual: &Value) -> bool {
        let Some(entry) = actual.as_object() else { return false };
        let (none, lists) = (Value::Null, self.name_lists());
        let agrees = |(field, want): (&String, &Value)| {
            let have = entry.get(field).unwrap_or(&none);
            match lists.has(field) {
                true => lists.agree(entry, field, want),
                false => same(want, have) || (is_empty(want) && is_empty(have)),
            }
        };
        desired.iter().all(agrees)
            && self.surplus(desired, entry).is_empty()
            && lists.left(desired, entry).is_empty()
    }

    fn lacks_bridge_env(&self, desired: &Entry, actual: &Value) -> bool {
        self.equal(&self.spellings.without_bridge_env(desired), actual)
    }

    /// Returns the fields of the entry that are not desired and that mcpgen removes: fields that it once wrote, and
    /// fields that would change what is launched.
    pub fn surplus(&self, desired: &Entry, entry: &Entry) -> Vec<String> {
        let ours: BTreeSet<&String> = self.owned.into_iter().flat_map(Owned::names).collect();
        let extra = entry.keys().filter(|field| !desired.contains_key(*field));
        let lists = self.name_lists();
        let goes = |field: &&String| {
            let theirs = || lists.has(field) && !lists.theirs(entry, field).is_empty();
            (ours.contains(field) && !theirs()) || self.launches(entry, field)
        };
        extra.filter(goes).cloned().collect()
    }

    /// Returns the edit that carries out a step.
    pub fn edit(&self, name: &str, step: &Step, rendered: &Rendered<'_>) -> Option<Edit> {
        let name = name.to_owned();
        match step {
            Step::Keep
            | Step::Theirs
            | Step::Enter
            | Step::Forget
            | Step::Leave
            | Step::Conflict => None,
            Step::Remove => Some(Edit::Remove { name }),
            Step::Add => Some(Edit::Put { name, entry: rendered.seeded(self.desired?) }),
            Step::Replace { .. } | Step::Adopt => match self.actual.and_then(Value::as_object) {
                None => Some(Edit::Put { name, entry: rendered.seeded(self.desired?) }),
                Some(entry) => {
                    let desired = self.desired?;
                    let differs = |(field, want): &(String, Value)| {
                        !entry.get(field).is_some_and(|have| same(want, have))
                    };
                    let wanted = self.name_lists().wanted(desired, entry);
                    let set = wanted.into_iter().filter(differs).collect();
                    let unset = self.surplus(desired, entry);
                    Some(Edit::Set { name, set, unset })
                }
            },
        }
    }
}

/// Returns whether a value is null or empty.
// Some clients write an empty list or map, and others omit the field. The launch is the same.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger;

    fn entry(value: &Value) -> Entry {
        value.as_object().unwrap().clone()
    }

    fn owned(fields: Option<&Value>, pending: Option<&Value>) -> Owned {
        let hashes = |value: &Value| ledger::hashes(&entry(value));
        Owned { fields: fields.map(hashes), pending: pending.map(hashes) }
    }

    type Row<'a> = (&'a str, Option<&'a Value>, Option<&'a Value>, Option<&'a Owned>, bool, Step);

    fn decides(rows: &[Row<'_>]) {
        for (what, desired, actual, owned, adopt, want) in rows {
            let desired = desired.map(entry);
            let case = Case {
                desired: desired.as_ref(),
                actual: *actual,
                owned: *owned,
                replaced: what.starts_with("replaced"),
                spellings: FieldSpellings::common(),
            };
            assert_eq!(case.decide(*adopt), *want, "{what}");
        }
    }

    #[test]
    fn the_truth_table_holds_for_desired_entries() {
        let d = json!({"command": "new"});
        let newer = json!({"command": "newer"});
        let same = json!({"command": "new", "args": [], "disabled": true});
        let old = json!({"command": "old", "disabled": true});
        let as_old = owned(Some(&json!({"command": "old"})), None);
        let as_new = owned(Some(&d), None);
        let pending = owned(None, Some(&d));
        let odd = json!("text");
        let drift = |drift| Step::Replace { drift };
        decides(&[
            ("missing", Some(&d), None, None, false, Step::Add),
            ("ours, removed by someone", Some(&d), None, Some(&as_old), false, Step::Add),
            ("pending, never written", Some(&d), None, Some(&pending), false, Step::Add),
            ("equal and ours", Some(&d), Some(&same), Some(&as_new), false, Step::Keep),
            ("equal and pending", Some(&d), Some(&same), Some(&pending), false, Step::Keep),
            ("equal and theirs", Some(&d), Some(&same), None, false, Step::Theirs),
            ("equal, theirs, adopted", Some(&d), Some(&same), None, true, Step::Enter),
            ("differs as we wrote it", Some(&d), Some(&old), Some(&as_old), false, drift(false)),
            ("differs, someone edited", Some(&d), Some(&old), Some(&as_new), false, drift(true)),
            ("ours is not a map any more", Some(&d), Some(&odd), Some(&as_new), false, drift(true)),
            ("differs and theirs", Some(&d), Some(&old), None, false, Step::Conflict),
            ("differs, theirs, adopted", Some(&d), Some(&old), None, true, Step::Adopt),
            ("not a map and theirs", Some(&d), Some(&odd), None, false, Step::Conflict),
            (
                "pending, but someone else's",
                Some(&d),
                Some(&old),
                Some(&pending),
                false,
                Step::Conflict,
            ),
            (
                "pending was written, changed since",
                Some(&newer),
                Some(&d),
                Some(&pending),
                false,
                drift(false),
            ),
        ]);
    }

    #[test]
    fn the_truth_table_holds_for_entries_that_are_not_desired() {
        let d = json!({"command": "new"});
        let old = json!({"command": "old", "disabled": true});
        let as_old = owned(Some(&json!({"command": "old"})), None);
        let as_new = owned(Some(&d), None);
        let pending = owned(None, Some(&d));
        decides(&[
            ("not desired, ours", None, Some(&old), Some(&as_old), false, Step::Remove),
            ("not desired, ours, edited", None, Some(&old), Some(&as_new), false, Step::Remove),
            (
                "not desired, pending was written",
                None,
                Some(&d),
                Some(&pending),
                false,
                Step::Remove,
            ),
            (
                "not desired, pending, someone else's",
                None,
                Some(&old),
                Some(&pending),
                false,
                Step::Forget,
            ),
            ("not desired, theirs", None, Some(&old), None, true, Step::Leave),
            ("replaced, theirs", None, Some(&old), None, false, Step::Conflict),
            ("replaced, theirs, adopting", None, Some(&old), None, true, Step::Remove),
            ("replaced, ours", None, Some(&old), Some(&as_old), false, Step::Remove),
            ("not desired, missing", None, None, Some(&as_old), false, Step::Forget),
        ]);
    }

    #[test]
    fn an_added_launch_field_is_drift_and_is_removed_but_other_added_fields_stay() {
        let d = entry(&json!({"command": "c"}));
        let actual = json!({"command": "c", "env": {"A": "b"}, "autoApprove": ["x"]});
        let owned = Owned { fields: Some(ledger::hashes(&d)), pending: None };
        let case = Case {
            desired: Some(&d),
            actual: Some(&actual),
            owned: Some(&owned),
            replaced: false,
            spellings: FieldSpellings::common(),
        };
        let step = case.decide(false);
        assert_eq!(step, Step::Replace { drift: true });
        let table = crate::client::ClientTable::load(None).unwrap();
        let rendered = crate::render::nothing(table.get("cursor").unwrap()).unwrap();
        let Some(Edit::Set { set, unset, .. }) = case.edit("x", &step, &rendered) else { panic!() };
        assert_eq!((set, unset), (vec![], vec!["env".to_owned()]));
    }
}
