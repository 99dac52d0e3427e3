//! The difference that a plan makes to the entries of a file, without secrets.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{Paint, sign};
use crate::apply::target::Prepared;
use crate::display::printable;
use crate::document::{Entry, Format, fresh, write};
use crate::paths::Environment;
use crate::secret::literal;

/// Shows the changed entries line by line, in the format of the file: the fields that change, the fields that mcpgen
/// writes, and the fields of the launch. A removed entry is shown completely. Old values of environment variables and
/// headers, and old values that look like secrets, are masked.
pub fn diff(target: &Prepared<'_>, env: &Environment, paint: Paint) -> String {
    let shown = env.display(target.job.path());
    let mut out = String::new();
    let mut entries = target.shown();
    let desired: HashMap<&str, &Entry> =
        target.job.rendered.entries.iter().map(|(name, entry)| (name.as_str(), entry)).collect();
    for (name, step) in target.plan.steps.iter().filter(|(_, step)| step.is_change()) {
        let (old, new) = entries.remove(name.as_str()).unwrap_or_default();
        let desired = desired.get(name.as_str()).copied();
        let stays = |field: &String| {
            let value = |entry: &Option<Entry>| entry.as_ref()?.get(field).cloned();
            value(&old) == value(&new) && !is_ours(target, desired, field)
        };
        let fields = old.iter().chain(&new).flat_map(Entry::keys);
        let hidden: HashSet<String> = fields.filter(|field| stays(field)).cloned().collect();
        let mine = |entry: Option<Entry>| {
            entry.map_or_else(String::new, |mut entry| {
                entry.retain(|field, _| !hidden.contains(field));
                text(target, name, &entry)
            })
        };
        let old = old.map(|old| masked(old, new.as_ref()));
        let (old, new) = (mine(old), mine(new));
        let what = sign(step).map_or("", |(_, what)| what);
        out += &paint.wrap("36", &format!("@@ {name}: {what} @@"));
        out.push('\n');
        for change in TextDiff::from_lines(&old, &new).iter_all_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => "-",
                ChangeTag::Insert => "+",
                ChangeTag::Equal => " ",
            };
            let line = format!("{sign}{}", printable(change.value().trim_end_matches('\n')));
            out += &if sign == " " { line } else { paint.sign(sign, &line) };
            out.push('\n');
        }
    }
    if out.is_empty() { out } else { format!("--- {shown}\n+++ {shown}\n{out}") }
}

fn is_ours(target: &Prepared<'_>, desired: Option<&Entry>, field: &String) -> bool {
    let client = target.job.client();
    client.launch_fields().contains(field)
        || client.seed.contains_key(field)
        || desired.is_some_and(|desired| desired.contains_key(field))
}

fn text(target: &Prepared<'_>, name: &str, entry: &Entry) -> String {
    let mut entries = serde_json::Map::new();
    entries.insert(name.to_owned(), Value::Object(entry.clone()));
    let value = Value::Object(entries);
    match target.job.client().format {
        Format::Jsonc => write::json_pretty(&value, "", "  ", "\n") + "\n",
        Format::Toml | Format::Yaml => {
            let path = target.job.client().section.paths.last().cloned().unwrap_or_default();
            fresh::file(target.job.client().format, &serde_json::Map::new(), &path, &value)
        }
    }
}

// Masks the values of environment variables and headers in an old entry, which may contain anything. A value that
// equals the desired value is shown.
fn masked(old: Entry, new: Option<&Entry>) -> Entry {
    let mask = |(field, value): (String, Value)| {
        let desired = new.and_then(|new| new.get(&field));
        let value = mask(value, hides(&field), desired);
        (field, value)
    };
    old.into_iter().map(mask).collect()
}

fn hides(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let words = [
        "env",
        "header",
        "token",
        "secret",
        "auth",
        "key",
        "request",
        "pass",
        "credential",
        "cookie",
        "bearer",
        "session",
        "private",
    ];
    words.iter().any(|word| field.contains(word))
}

fn mask(value: Value, hide: bool, desired: Option<&Value>) -> Value {
    if desired == Some(&value) {
        return value;
    }
    match value {
        Value::String(_) if hide => "…".into(),
        Value::String(text) => literal::mask(&text).into(),
        Value::Array(list) => mask_list(list, hide),
        Value::Object(map) => {
            let pair = |(key, value): (String, Value)| {
                let desired = desired.and_then(|map| map.get(&key));
                let value = mask(value, hide || hides(&key), desired);
                (key, value)
            };
            Value::Object(map.into_iter().map(pair).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

// In a list of arguments, the argument after `--header` or `--token` is masked like a field of that name.
fn mask_list(list: Vec<Value>, hide: bool) -> Value {
    let mut next = false;
    let item = |value: Value| {
        let named = value.as_str().is_some_and(|text| text.starts_with('-') && hides(text));
        let assigned = named && value.as_str().is_some_and(|text| text.contains('='));
        let hide = hide || assigned || std::mem::replace(&mut next, named && !assigned);
        mask(value, hide, None)
    };
    Value::Array(list.into_iter().map(item).collect())
}
