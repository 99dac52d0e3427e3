//! Problems that make clients ignore an entry or reject the whole file.

use serde_json::{Map, Value};

use super::launch_fields;
use crate::client::{FieldRole, FieldSpellings};

/// A problem of an entry. No message contains a value of the entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// The entry is not a table.
    #[error("the entry is {0}, not a table of fields")]
    NotAMap(&'static str),
    /// The entry launches nothing.
    #[error("the entry has neither a command nor a URL")]
    Nothing,
    /// The entry launches two things.
    #[error("the entry has both a command and a URL")]
    Both,
    /// A field has a value of another type.
    #[error("`{field}` is {found}, not {wanted}")]
    Kind {
        /// The field, or a key in it.
        field: String,
        /// The type that it has.
        found: &'static str,
        /// The type that clients expect.
        wanted: &'static str,
    },
}

// Types of servers that a client has built in or starts in its own way.
const OWN_TYPES: [&str; 4] = ["builtin", "platform", "frontend", "inline_python"];

/// Finds every problem of an entry.
pub fn problems(entry: &Value, spellings: &FieldSpellings) -> Vec<EntryProblem> {
    let Some(fields) = entry.as_object() else { return vec![EntryProblem::NotAMap(kind(entry))] };
    let fields = launch_fields(fields, spellings);
    let check = EntryCheck { fields, spellings };
    let mut found: Vec<EntryProblem> = check.launch().into_iter().collect();
    found.extend(check.kinds(FieldRole::Url, "a string", Value::is_string));
    found.extend(check.kinds(FieldRole::Command, "a string", |it| it.is_string() || it.is_array()));
    found.extend(check.kinds(FieldRole::Args, "a list", Value::is_array));
    found.extend(check.kinds(FieldRole::Env, "a table", Value::is_object));
    for role in [FieldRole::Args, FieldRole::Command] {
        for (name, value) in spellings.all(role, fields) {
            let mut list = value.as_array().into_iter().flatten();
            let wrong = list.find(|item| !item.is_string());
            found.extend(wrong.map(|item| wrong_kind(&format!("{name}[]"), item, "a string")));
        }
    }
    for (name, value) in spellings.all(FieldRole::Env, fields) {
        let map = value.as_object().into_iter().flatten();
        let wrong = map.filter(|(_, value)| !value.is_string());
        found.extend(wrong.map(|(key, it)| wrong_kind(&format!("{name}.{key}"), it, "a string")));
    }
    found
}

struct EntryCheck<'a> {
    fields: &'a Map<String, Value>,
    spellings: &'a FieldSpellings,
}

impl EntryCheck<'_> {
    fn launch(&self) -> Option<EntryProblem> {
        let has = |role: FieldRole| {
            let mut found = self.spellings.all(role, self.fields);
            found.any(|(_, value)| !value.is_null() && *value != "")
        };
        let mut types = self.spellings.all(FieldRole::Transport, self.fields);
        let is_own = |word: &str| OWN_TYPES.contains(&word);
        match (has(FieldRole::Command), has(FieldRole::Url)) {
            (true, true) => Some(EntryProblem::Both),
            (true, false) | (false, true) => None,
            // The client starts this server in a way that mcpgen does not read.
            (false, false) if has(FieldRole::Other) => None,
            (false, false) if types.any(|(_, word)| word.as_str().is_some_and(is_own)) => None,
            (false, false) => Some(EntryProblem::Nothing),
        }
    }

    fn kinds(
        &self,
        role: FieldRole,
        wanted: &'static str,
        fits: fn(&Value) -> bool,
    ) -> Vec<EntryProblem> {
        let there = self.spellings.all(role, self.fields);
        let wrong = there.filter(|(_, it)| !it.is_null() && !fits(it));
        wrong.map(|(name, it)| wrong_kind(name, it, wanted)).collect()
    }
}

fn wrong_kind(field: &str, found: &Value, wanted: &'static str) -> EntryProblem {
    EntryProblem::Kind { field: field.to_owned(), found: kind(found), wanted }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_has_a_problem_if_clients_ignore_it() {
        for (entry, want) in [
            (json!({"command": "npx", "args": ["x"], "env": {"A": "b"}}), vec![]),
            (json!({"url": "https://a.example", "command": null}), vec![]),
            (json!({"type": "builtin", "name": "developer"}), vec![]),
            (json!({"transport": {"type": "stdio", "command": "x"}}), vec![]),
            (json!("npx x"), vec!["the entry is a string, not a table of fields"]),
            (json!({"enabled": true}), vec!["the entry has neither a command nor a URL"]),
            (json!({"command": "x", "url": "y"}), vec!["the entry has both a command and a URL"]),
            (json!({"command": "x", "args": "-y z"}), vec!["`args` is a string, not a list"]),
            (json!({"command": "x", "args": [1]}), vec!["`args[]` is a number, not a string"]),
            (json!({"command": "x", "env": {"P": 1}}), vec!["`env.P` is a number, not a string"]),
            (json!({"command": "x", "env": {"A": null}}), vec!["`env.A` is null, not a string"]),
        ] {
            let found: Vec<String> = problems(&entry, FieldSpellings::common())
                .iter()
                .map(EntryProblem::to_string)
                .collect();
            assert_eq!(found, want, "{entry}");
        }
    }
}
