//! Finds secrets in plain text in clients' files, and reports the place but never the value.

use serde_json::Value;

use super::input::DoctorInput;
use super::{Finding, Severity};
use crate::secret::literal::{looks_like, looks_like_behind, looks_like_named};
use crate::suggest::ShellCommand;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for section in input.sections {
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        for entry in entries {
            let mut places = vec![];
            walk(&entry.value, "", &mut places);
            let path = input.env.display(&section.path);
            found.extend(places.into_iter().map(|(place, what)| {
                let cause = format!(
                    "`{}` in {path} contains {what} in plain text in `{place}`",
                    entry.name
                );
                let remedy = format!(
                    "write `keyring:NAME` in the declaration instead, and store the secret with {}",
                    ShellCommand::new("mcpgen secret set NAME")
                );
                Finding::new(Severity::Warning, "plain", cause, remedy)
            }));
        }
    }
    found
}

fn walk(value: &Value, place: &str, found: &mut Vec<(String, &'static str)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match value.as_str() {
                    Some(text) => {
                        found.extend(
                            literal(text, looks_like_named(key, text)).map(|what| (below, what)),
                        );
                    }
                    None => walk(value, &below, found),
                }
            }
        }
        Value::Array(list) => walk_list(list, place, found),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn walk_list(list: &[Value], place: &str, found: &mut Vec<(String, &'static str)>) {
    let mut flag = "";
    for (at, value) in list.iter().enumerate() {
        let below = format!("{place}[{at}]");
        let Some(text) = value.as_str() else {
            walk(value, &below, found);
            continue;
        };
        let what =
            if flag.starts_with("--") { looks_like_behind(flag, text) } else { looks_like(text) };
        found.extend(literal(text, what).map(|what| (below, what)));
        flag = text;
    }
}

// A value that the client expands, or that a README asks the reader to replace, is not a secret.
fn literal(text: &str, what: Option<&'static str>) -> Option<&'static str> {
    let filled = ["${", "{env:", "{file:", "<", "$(", "%"].iter().any(|mark| text.contains(mark));
    what.filter(|_| !filled)
}
