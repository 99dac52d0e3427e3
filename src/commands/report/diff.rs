//! The difference that a plan makes to the entries of a file, without secrets.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::Paint;
use super::shown::ShownValues;
use super::steps::{StepWords, Tense};
use crate::apply::target::Prepared;
use crate::display::printable;
use crate::document::{Entry, Format, fresh, write};
use crate::paths::Environment;

/// Shows the changed entries line by line, in the format of the file: the fields that change, the fields that mcpgen
/// writes, and the fields of the launch. A removed entry is shown completely. If mcpgen did not write a value, it is shown
/// only if it is known to be harmless.
pub fn diff(target: &Prepared<'_>, env: &Environment, paint: Paint) -> String {
    let shown = env.display(target.job.path());
    let mut out = String::new();
    let mut entries = target.shown();
    let desired: HashMap<&str, &Entry> = target
        .job
        .rendered
        .entries
        .iter()
        .map(|(name, entry)| (name.as_str(), &***entry))
        .collect();
    for (name, step) in target.plan.steps.iter().filter(|(_, step)| step.is_change()) {
        let (old, new) = entries.remove(name.as_str()).unwrap_or_default();
        let desired = desired.get(name.as_str()).copied();
        let stays = |field: &String| {
            let both = [&old, &new].map(|entry| entry.as_ref().and_then(|entry| entry.get(field)));
            both[0] == both[1] && !is_ours(target, desired, field)
        };
        let fields = old.iter().chain(&new).flat_map(Entry::keys);
        let hidden: HashSet<String> = fields.filter(|field| stays(field)).cloned().collect();
        let shown =
            ShownValues::new(target.job.client().fields(), desired, target.plan.pending.get(name));
        let mine = |entry: Option<Entry>| {
            entry.map_or_else(String::new, |mut entry| {
                entry.retain(|field, _| !hidden.contains(field));
                text(target, name, shown.entry(&entry))
            })
        };
        let (old, new) = (mine(old), mine(new));
        let what = StepWords::of(step).map_or("", |words| words.said(Tense::Planned));
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

fn text(target: &Prepared<'_>, name: &str, entry: Entry) -> String {
    let mut entries = serde_json::Map::new();
    entries.insert(name.to_owned(), Value::Object(entry));
    let value = Value::Object(entries);
    match target.job.client().format {
        Format::Jsonc => write::json_pretty(&value, "", "  ", "\n") + "\n",
        Format::Toml | Format::Yaml => {
            let path = target.job.client().section.paths.last().cloned().unwrap_or_default();
            fresh::file(target.job.client().format, &serde_json::Map::new(), &path, &value)
        }
    }
}
