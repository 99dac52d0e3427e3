//! What is odd about an entry: clients pass over such a one, or refuse their whole file for it.

use serde_json::{Map, Value};

/// Says what is odd about an entry. None of its messages holds any of the entry's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// It is no map.
    #[error("it is {0}, not a table of fields")]
    NotAMap(&'static str),
    /// It has neither a command nor an address.
    #[error("it has neither a command nor an address")]
    Nothing,
    /// It has both.
    #[error("it has both a command and an address")]
    Both,
    /// A field is of another kind.
    #[error("`{field}` is {found}, not {wanted}")]
    Kind {
        /// The field, or a key below it.
        field: String,
        /// What it is.
        found: &'static str,
        /// What clients expect.
        wanted: &'static str,
    },
}

const ADDRESSES: [&str; 4] = ["url", "httpUrl", "serverUrl", "uri"];
const COMMANDS: [&str; 2] = ["command", "cmd"];
const ENVIRONMENTS: [&str; 3] = ["env", "environment", "envs"];
// What a client has built in, or starts by a way of its own.
const OWN_TYPES: [&str; 4] = ["builtin", "platform", "frontend", "inline_python"];

/// Finds all that is odd about an entry.
pub fn problems(entry: &Value) -> Vec<EntryProblem> {
    let Some(fields) = entry.as_object() else { return vec![EntryProblem::NotAMap(kind(entry))] };
    let nested = fields.get("transport").and_then(Value::as_object);
    let fields = nested.unwrap_or(fields);
    let mut found: Vec<EntryProblem> = launched(fields).into_iter().collect();
    found.extend(of_kind(fields, &ADDRESSES, "a text", Value::is_string));
    found.extend(of_kind(fields, &COMMANDS, "a text", |it| it.is_string() || it.is_array()));
    found.extend(of_kind(fields, &["args"], "a list", Value::is_array));
    found.extend(of_kind(fields, &ENVIRONMENTS, "a table", Value::is_object));
    for name in ["args", "command"] {
        let list = fields.get(name).and_then(Value::as_array).into_iter().flatten();
        let wrong = list.into_iter().find(|item| !item.is_string());
        found.extend(wrong.map(|item| not(&format!("{name}[]"), item, "a text")));
    }
    for name in ENVIRONMENTS {
        let map = fields.get(name).and_then(Value::as_object).into_iter().flatten();
        let wrong = map.into_iter().filter(|(_, value)| !value.is_string());
        found.extend(wrong.map(|(key, value)| not(&format!("{name}.{key}"), value, "a text")));
    }
    found
}

fn launched(fields: &Map<String, Value>) -> Option<EntryProblem> {
    let has = |names: &[&str]| {
        names.iter().any(|name| fields.get(*name).is_some_and(|it| !it.is_null() && *it != ""))
    };
    let built_in = fields.get("type").and_then(Value::as_str);
    match (has(&COMMANDS), has(&ADDRESSES)) {
        (true, true) => Some(EntryProblem::Both),
        (false, false) if built_in.is_none_or(|word| !OWN_TYPES.contains(&word)) => {
            Some(EntryProblem::Nothing)
        }
        (true, false) | (false, true | false) => None,
    }
}

fn of_kind(
    fields: &Map<String, Value>,
    names: &[&str],
    wanted: &'static str,
    fits: fn(&Value) -> bool,
) -> Vec<EntryProblem> {
    let there = names.iter().filter_map(|name| Some((name, fields.get(*name)?)));
    let wrong = there.filter(|(_, it)| !it.is_null() && !fits(it));
    wrong.map(|(name, it)| not(name, it, wanted)).collect()
}

fn not(field: &str, found: &Value, wanted: &'static str) -> EntryProblem {
    EntryProblem::Kind { field: field.to_owned(), found: kind(found), wanted }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_odd_where_clients_pass_over_it() {
        for (entry, want) in [
            (json!({"command": "npx", "args": ["x"], "env": {"A": "b"}}), vec![]),
            (json!({"url": "https://a.example", "command": null}), vec![]),
            (json!({"type": "builtin", "name": "developer"}), vec![]),
            (json!({"transport": {"type": "stdio", "command": "x"}}), vec![]),
            (json!("npx x"), vec!["it is a text, not a table of fields"]),
            (json!({"enabled": true}), vec!["it has neither a command nor an address"]),
            (json!({"command": "x", "url": "y"}), vec!["it has both a command and an address"]),
            (json!({"command": "x", "args": "-y z"}), vec!["`args` is a text, not a list"]),
            (json!({"command": "x", "args": [1]}), vec!["`args[]` is a number, not a text"]),
            (json!({"command": "x", "env": {"P": 1}}), vec!["`env.P` is a number, not a text"]),
        ] {
            let found: Vec<String> = problems(&entry).iter().map(EntryProblem::to_string).collect();
            assert_eq!(found, want, "{entry}");
        }
    }
}
