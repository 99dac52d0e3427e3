//! The truth table that decides the step for one entry.

use serde_json::Value;

use super::Step;
use super::names::NameLists;
use crate::client::{Client, FieldRole, FieldSpellings};
use crate::document::Entry;
use crate::document::edit::Edit;
use crate::ledger::{FieldHashes, Owned, same};
use crate::render::{DesiredEntry, Rendered};

#[cfg(test)]
mod tests;

/// The inputs of the truth table for one entry.
pub struct Case<'a> {
    /// The desired entry.
    pub desired: Option<&'a DesiredEntry>,
    /// The entry in the file.
    pub actual: Option<&'a Value>,
    /// The entry in the ledger.
    pub owned: Option<&'a Owned>,
    /// What other owners wrote into the entry.
    pub others: Vec<&'a Owned>,
    /// Whether the server is disabled.
    pub disabled: bool,
    /// The client's fields that disable an entry, with their values.
    pub switch: &'a Entry,
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
                (true, None) if self.has_co_owner(actual) => Step::Join,
                (true, None) => Step::Theirs,
                // Only an adopted entry gets the variables that mcpgen adds to a bridge.
                (false, None) if !adopt && self.lacks_bridge_env(desired, actual) => Step::Theirs,
                (false, Some(_)) if !adopt && self.co_owners_differ(desired) => Step::Conflict,
                (false, Some(_)) if self.co_owners_differ(desired) => Step::Adopt,
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
                match (ours, self.has_co_owner(actual)) {
                    (true, true) if self.replaced && adopt => Step::Remove,
                    (true, true) if self.replaced => Step::Conflict,
                    (true, true) => Step::Release,
                    (true, false) => self.decide_disabled(actual).unwrap_or(Step::Remove),
                    (false, _) => Step::Forget,
                }
            }
            (None, Some(_), None) if self.replaced && adopt => Step::Remove,
            (None, Some(_), None) if self.replaced => Step::Conflict,
            (None, Some(_), None) => Step::Leave,
            (None, None, Some(_)) => Step::Forget,
            (None, None, None) => Step::Leave,
        }
    }

    fn has_co_owner(&self, actual: &Value) -> bool {
        let entry = actual.as_object();
        let owns =
            |other: &&Owned| other.fields.is_some() || entry.is_some_and(|it| other.matches(it));
        self.others.iter().any(owns)
    }

    // If two owners changed the entry in turn, neither would ever be done.
    fn co_owners_differ(&self, desired: &DesiredEntry) -> bool {
        let differs = |fields: &FieldHashes| fields != desired.hashes();
        self.others.iter().any(|other| other.fields.as_ref().is_some_and(differs))
    }

    // A launch field that somebody added to mcpgen's entry is drift too, like a changed field.
    fn as_written(&self, owned: &Owned, actual: &Value) -> bool {
        let Some(entry) = actual.as_object() else { return false };
        let added = |field: &String| {
            owned.names().all(|known| known != field) && self.launches(entry, field)
        };
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
        let starts = self.desired.is_none_or(|desired| program(desired));
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

    /// Returns the fields of the entry that are not desired and that mcpgen removes: fields that it once wrote, fields with
    /// which another owner disabled the entry, and fields that would change what is launched.
    pub fn surplus(&self, desired: &Entry, entry: &Entry) -> Vec<String> {
        let ours = |field: &String| {
            self.owned.into_iter().flat_map(Owned::names).any(|known| known == field)
        };
        let extra = entry.keys().filter(|field| !desired.contains_key(*field));
        let lists = self.name_lists();
        let goes = |field: &&String| {
            let theirs = || lists.has(field) && !lists.theirs(entry, field).is_empty();
            (ours(field) && !theirs())
                || self.launches(entry, field)
                || self.others_disabled(entry, field)
        };
        extra.filter(goes).cloned().collect()
    }

    fn others_disabled(&self, entry: &Entry, field: &str) -> bool {
        let off = self.switch.get(field).filter(|off| entry.get(field) == Some(*off));
        off.is_some_and(|off| self.others.iter().any(|other| other.wrote(field, off)))
    }

    /// Returns the edit that carries out a step.
    pub fn edit(&self, name: &str, step: &Step, rendered: &Rendered<'_>) -> Option<Edit> {
        let name = name.to_owned();
        match step {
            Step::Keep
            | Step::Theirs
            | Step::Join
            | Step::Release
            | Step::Enter
            | Step::Forget
            | Step::Leave
            | Step::Conflict => None,
            Step::Remove => Some(Edit::Remove { name }),
            Step::Add => Some(Edit::Put { name, entry: rendered.seeded(self.desired?.fields()) }),
            Step::Disable => self.disable(name),
            Step::Replace { .. } | Step::Adopt => match self.actual.and_then(Value::as_object) {
                None => Some(Edit::Put { name, entry: rendered.seeded(self.desired?.fields()) }),
                Some(entry) => {
                    let EntryDifference { set, unset } =
                        self.difference(self.desired?, entry, rendered.client);
                    Some(Edit::Set { name, set, unset })
                }
            },
        }
    }

    /// Returns what must change in an entry so that it is as desired.
    pub fn difference(&self, desired: &Entry, entry: &Entry, client: &Client) -> EntryDifference {
        let differs = |(field, want): &(String, Value)| {
            !entry.get(field).is_some_and(|have| same(want, have))
        };
        let wanted = self.name_lists().wanted(desired, entry);
        let mut set: Vec<_> = wanted.into_iter().filter(differs).collect();
        let mut unset = self.surplus(desired, entry);
        // A field with which mcpgen disabled the entry. Some clients do not accept an entry without this field.
        set.extend(unset.iter().filter_map(|it| Some((it.clone(), client.enabling(it)?))));
        unset.retain(|field| client.enabling(field).is_none());
        EntryDifference { set, unset }
    }
}

/// The fields of an entry that mcpgen writes, and those that it removes.
pub struct EntryDifference {
    /// The fields to write.
    pub set: Vec<(String, Value)>,
    /// The fields to remove.
    pub unset: Vec<String>,
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
