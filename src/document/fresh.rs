//! New files in each format.

use serde_json::{Map, Value};

use super::{Format, toml, write, yaml};

/// Writes a new file: the keys of the header, then a section with entries.
pub fn file(
    format: Format,
    header: &Map<String, Value>,
    path: &[String],
    entries: &Value,
) -> String {
    match format {
        Format::Jsonc => {
            let mut root = header.clone();
            nest(&mut root, path, entries.clone());
            write::json_pretty(&Value::Object(root), "", "  ", "\n") + "\n"
        }
        Format::Toml => {
            let body = toml::blocks(path, entries, "\n");
            join_parts(header_lines(format, header, " = "), body, "\n")
        }
        Format::Yaml => {
            let body = yaml::section_lines(path, entries, "", "\n");
            join_parts(header_lines(format, header, ": "), body, "")
        }
    }
}

fn header_lines(format: Format, header: &Map<String, Value>, sep: &str) -> String {
    header
        .iter()
        .map(|(k, v)| format!("{}{sep}{}\n", write::key(format, k), write::inline(format, v)))
        .collect()
}

fn join_parts(header: String, body: String, gap: &str) -> String {
    match (header.is_empty(), body.is_empty()) {
        (_, true) => header,
        (true, false) => body + "\n",
        (false, false) => format!("{header}{gap}{body}\n"),
    }
}

/// Inserts a value at a path of keys, and creates the missing maps.
pub fn nest(root: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((last, head)) = path.split_last() else { return };
    let mut map = root;
    for key in head {
        let slot = map.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        map = slot.as_object_mut().expect("just made an object");
    }
    map.insert(last.clone(), value);
}
