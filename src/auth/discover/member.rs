//! Reads members of a metadata document. A member of the wrong type counts as missing.

use serde_json::{Map, Value};

/// Returns a string member.
pub fn string(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.get(name)?.as_str().map(str::to_owned)
}

/// Returns the strings of a list member; empty if it is missing.
pub fn strings(map: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = map.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
