//! The losses of a step: fields of an entry that mcpgen did not write and that the replacement does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Step;
use super::case::{Case, is_empty};
use crate::client::{Client, FieldRole, FieldSpellings};
use crate::document::Entry;

/// A lost field, with the lost keys in it. It contains only names, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The field.
    pub field: String,
    /// The names in the field: environment variables, headers or keys. Empty if the field is not a map of names.
    pub keys: Vec<String>,
}

// An adoption replaces the fields of the launch, so these are not losses.
const REACH: [FieldRole; 4] =
    [FieldRole::Command, FieldRole::Args, FieldRole::Url, FieldRole::Transport];
// Maps of names, which may also be inside another field.
const NAMED: [FieldRole; 2] = [FieldRole::Env, FieldRole::Headers];

/// Finds the losses of a step. `instead` is the entry that is written in place of this one, possibly by another name.
/// `carried` are the names that its launch uses in another way.
pub fn losses(
    case: &Case<'_>,
    step: &Step,
    instead: Option<&Entry>,
    carried: Option<&BTreeSet<String>>,
    client: &Client,
) -> Vec<Loss> {
    let Some(entry) = case.actual.and_then(Value::as_object) else { return vec![] };
    let whole = match step {
        Step::Adopt | Step::Disable | Step::Replace { .. } => false,
        Step::Remove => true,
        Step::Conflict => case.replaced,
        Step::Keep
        | Step::Theirs
        | Step::Join
        | Step::Release
        | Step::Enter
        | Step::Add
        | Step::Forget
        | Step::Leave => return vec![],
    };
    let surplus = instead.map(|instead| case.surplus(instead, entry)).unwrap_or_default();
    let goes = |field: &String| {
        // The names of variables that the user added stay.
        let replaced = || instead.is_some_and(|it| it.contains_key(field));
        let names = || client.fields().is(FieldRole::EnvNames, field);
        // A switch of another owner is set back.
        let removed = || surplus.contains(field) && client.enabling(field).is_none();
        whole || removed() || (replaced() && !names())
    };
    let theirs = |(field, value): &(&String, &Value)| {
        goes(field)
            && !is_empty(value)
            && client.seed.get(*field) != Some(value)
            && !case.owned.is_some_and(|owned| owned.wrote(field, value))
    };
    let replacement = Replacement { instead, carried, spellings: client.fields() };
    let goes = entry.iter().filter(theirs);
    goes.filter_map(|(field, value)| replacement.loss(field, value)).collect()
}

/// The entry that is written in place of another one.
struct Replacement<'a> {
    instead: Option<&'a Entry>,
    carried: Option<&'a BTreeSet<String>>,
    spellings: &'a FieldSpellings,
}

impl Replacement<'_> {
    fn loss(&self, field: &str, value: &Value) -> Option<Loss> {
        let new = self.instead.and_then(|instead| instead.get(field));
        let mut keys = self.names(field, value);
        let named = !keys.is_empty();
        let kept = new.map(|new| self.names(field, new)).unwrap_or_default();
        keys.retain(|key| !kept.contains(key) && !self.carries(key));
        let goes = match named {
            true => !keys.is_empty(),
            false => new.is_none() && !self.has_role(&REACH, field) && !self.carries(field),
        };
        goes.then(|| Loss { field: field.to_owned(), keys })
    }

    fn carries(&self, name: &str) -> bool {
        self.carried.into_iter().flatten().any(|it| it.eq_ignore_ascii_case(name))
    }

    fn has_role(&self, roles: &[FieldRole], field: &str) -> bool {
        roles.iter().any(|role| self.spellings.is(*role, field))
    }

    // Returns the names in a field that is a map or a list of names.
    fn names(&self, field: &str, value: &Value) -> Vec<String> {
        let launch_table = self.spellings.is(FieldRole::LaunchTable, field);
        match value {
            Value::Object(map) => map
                .iter()
                .filter(|(key, _)| !launch_table || !self.has_role(&REACH, key))
                .flat_map(|(key, value)| match value {
                    Value::Object(inner) if self.has_role(&NAMED, key) => {
                        inner.keys().cloned().collect()
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => vec![key.clone()],
                })
                .collect(),
            Value::Array(list) if self.spellings.is(FieldRole::EnvNames, field) => {
                list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_losses_of_a_table_of_the_launch_are_its_variables_and_other_fields() {
        let spellings = FieldSpellings::common();
        let replacement = Replacement { instead: None, carried: None, spellings };
        let launch = json!({"command": "c", "args": [], "env": {"A": "b"}, "cwd": "/"});
        let loss = |field: &str| replacement.loss(field, &launch).unwrap().keys;
        assert_eq!(loss("transport"), ["A", "cwd"]);
        assert_eq!(loss("mine"), ["command", "args", "A", "cwd"]);
    }

    #[test]
    fn the_losses_of_a_list_of_variables_are_its_names() {
        let spellings = FieldSpellings::common();
        let replacement = Replacement { instead: None, carried: None, spellings };
        let loss = |field: &str| replacement.loss(field, &json!(["A", {"name": "B"}])).unwrap();
        assert_eq!(loss("env_vars").keys, ["A"]);
        assert_eq!(loss("mine").keys, [""; 0]);
    }
}
