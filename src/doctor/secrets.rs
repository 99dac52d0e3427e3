//! Finds secrets in plain text in clients' files, and placeholders in place of secrets. It reports the place but never
//! the value.

use serde_json::Value;

use super::input::DoctorInput;
use super::{Finding, Severity};
use crate::secret::literal::{SecretVerdict, judge_arguments, judge_named};
use crate::suggest::ShellCommand;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for section in input.sections {
        let entries = section.entries.as_ref().map(Vec::as_slice).unwrap_or_default();
        for entry in entries {
            let mut places = vec![];
            walk(&entry.value, "", &mut places);
            let path = input.env.display(&section.path);
            let finding =
                |(place, verdict): (String, _)| finding(&entry.name, &path, &place, verdict);
            found.extend(places.into_iter().filter_map(finding));
        }
    }
    found
}

fn finding(entry: &str, path: &str, place: &str, verdict: SecretVerdict) -> Option<Finding> {
    Some(match verdict {
        SecretVerdict::Harmless => return None,
        SecretVerdict::Placeholder => {
            let cause =
                format!("`{entry}` in {path} still has the placeholder of a README in `{place}`");
            let remedy = "replace it in the file, or declare the server with a secret reference";
            Finding::new(Severity::Warning, "placeholder", cause, remedy)
        }
        SecretVerdict::Secret(what) => {
            let cause = format!("`{entry}` in {path} contains {what} in plain text in `{place}`");
            let remedy = format!(
                "write `keyring:NAME` in the declaration instead, and store the secret with {}",
                ShellCommand::new("mcpgen secret set NAME")
            );
            Finding::new(Severity::Warning, "plain", cause, remedy)
        }
    })
}

fn walk(value: &Value, place: &str, found: &mut Vec<(String, SecretVerdict)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match value.as_str() {
                    Some(text) => found.push((below, judge_named(key, text))),
                    None => walk(value, &below, found),
                }
            }
        }
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().map(|it| it.as_str().unwrap_or_default()).collect();
            for (at, (value, verdict)) in list.iter().zip(judge_arguments(&words)).enumerate() {
                let below = format!("{place}[{at}]");
                match value {
                    Value::String(_) => found.push((below, verdict)),
                    Value::Null | Value::Bool(_) | Value::Number(_) => {}
                    Value::Array(_) | Value::Object(_) => walk(value, &below, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
