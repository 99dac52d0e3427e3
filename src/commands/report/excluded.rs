//! The declared servers that this machine does not get.

use serde_json::{Value, json};

use crate::display::clean;
use crate::model::ExcludedServer;

/// Returns the line about these servers, which is empty if there are none.
pub fn line<'a>(excluded: impl IntoIterator<Item = &'a ExcludedServer>) -> String {
    let words = |ExcludedServer { name, exclusion }: &ExcludedServer| {
        clean(&format!("{name} ({exclusion})"))
    };
    let all: Vec<String> = excluded.into_iter().map(words).collect();
    if all.is_empty() {
        return String::new();
    }
    format!("not on this machine: {}\n", all.join(", "))
}

/// Returns the line as a note, which is empty if there are no such servers.
pub fn note(excluded: &[ExcludedServer]) -> String {
    let line = line(excluded);
    if line.is_empty() { line } else { format!("note: {line}") }
}

/// Returns these servers as JSON.
pub fn json(excluded: &[ExcludedServer]) -> Vec<Value> {
    let row = |ExcludedServer { name, exclusion }: &ExcludedServer| json!({ "server": clean(name), "reason": clean(&exclusion.to_string()) });
    excluded.iter().map(row).collect()
}
