//! How a plan looks: lines for people, JSON for programs, a diff of the changed entries.

use std::collections::{BTreeMap, HashMap, HashSet};

use camino::Utf8Path;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::Invocation;
use crate::apply::target::Prepared;
use crate::diagnostic::{Diagnostic, printable};
use crate::document::{Entry, Format, fresh, write};
use crate::fs::Placement;
use crate::paths::Environment;
use crate::plan::Step;
use crate::secret::literal;
use crate::suggest::ShellCommand;

pub mod losses;

/// Paints text, where it goes to a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    /// Paints a text by the number of a colour or style (ECMA-48, SGR).
    pub fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn sign(self, sign: &str, text: &str) -> String {
        match sign {
            "+" => self.wrap("32", text),
            "-" | "!" => self.wrap("31", text),
            _other => self.wrap("33", text),
        }
    }
}

fn sign(step: &Step) -> Option<(&'static str, &'static str)> {
    match step {
        Step::Add => Some(("+", "add")),
        Step::Replace { drift: false } => Some(("~", "replace")),
        Step::Replace { drift: true } => Some(("~", "replace (drift: someone edited it)")),
        Step::Adopt => Some(("~", "adopt")),
        Step::Enter => Some(("=", "adopt as it is")),
        Step::Remove => Some(("-", "remove")),
        Step::Conflict => Some(("!", "conflict")),
        Step::Keep | Step::Theirs | Step::Forget | Step::Leave => None,
    }
}

/// Returns whether there is anything to list for a file.
pub fn says_something(target: &Prepared<'_>) -> bool {
    target.plan.steps.values().any(|step| sign(step).is_some())
}

/// Lists what changes in one file; empty where nothing does.
pub fn lines(target: &Prepared<'_>, env: &Environment, paint: Paint) -> String {
    let steps: Vec<_> =
        target.plan.steps.iter().filter_map(|(name, step)| Some((name, sign(step)?))).collect();
    if steps.is_empty() {
        return String::new();
    }
    let width = steps.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let location = &target.job.location;
    let mut head = paint.wrap("1", &env.display(&location.path));
    if let Some(end) = end(target, env) {
        head += &format!(" -> {}", env.display(end));
    }
    let line = |(name, (sign, what)): &(&String, (&str, &str))| {
        format!("  {} {name:width$}  {what}\n", paint.sign(sign, sign))
    };
    let how = match target.placement {
        Placement::Exchange => "",
        Placement::InPlace => "; written in place",
    };
    format!("{head} ({}{how})\n{}", titles(target), steps.iter().map(line).collect::<String>())
}

fn titles(target: &Prepared<'_>) -> String {
    let titles: Vec<&str> = target.job.clients().map(|client| client.title.as_str()).collect();
    list(&titles)
}

// Where the path leads, if that is elsewhere than it says.
fn end<'a>(target: &'a Prepared<'_>, env: &Environment) -> Option<&'a Utf8Path> {
    let location = &target.job.location;
    let base = target.job.project.as_ref().unwrap_or(&env.home);
    location.leads_elsewhere(base).then_some(&*location.end)
}

/// Warns of a link into the user's own files that a client has replaced by a file.
pub fn lost_link(target: &Prepared<'_>, env: &Environment) -> Option<Diagnostic> {
    let end = target.lost_link.as_ref()?;
    let path = target.job.path();
    let (file, linked) = (env.display(path), env.display(end));
    let back = ShellCommand::new("mv").path(path, env).path(end, env);
    let link = ShellCommand::new("ln -s").path(end, env).path(path, env);
    let title =
        format!("`{file}` was a link to `{linked}` and is a file now; `{linked}` is out of date");
    Some(
        Diagnostic::warning(title)
            .help(format!("make it a link again with {back} and {link}"))
            .help(format!("or remove `{linked}` if it is not needed")),
    )
}

/// Shows the changed entries line by line, in the file's own format: the fields that change, and beside them our own
/// and those that launch. An entry that is removed is shown whole. No value of an environment or a header is
/// shown, and none that looks like a secret.
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

// What stood in a file may hold anything: values of variables and headers are never shown, unless they
// are the very ones that are desired.
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

// In a list of arguments, the one behind `--header` or `--token` is as good as a value of that name.
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

/// Returns a file's plan as JSON.
pub fn json(target: &Prepared<'_>) -> Value {
    let change = |(name, step): (&String, &Step)| {
        let kind = match step {
            Step::Add => "add",
            Step::Replace { .. } => "replace",
            Step::Adopt | Step::Enter => "adopt",
            Step::Remove => "remove",
            Step::Keep | Step::Theirs | Step::Forget | Step::Leave | Step::Conflict => return None,
        };
        let removes = losses::json(target.plan.losses.get(name));
        let drift = *step == Step::Replace { drift: true };
        Some(json!({ "name": name, "change": kind, "drift": drift, "removes": removes }))
    };
    json!({
        "client": target.job.client().name,
        "path": target.job.path(),
        "end": target.job.location.end,
        "changes": target.plan.steps.iter().filter_map(change).collect::<Vec<_>>(),
        "conflicts": target.plan.conflicts(),
        "notes": target.job.rendered.lacks.iter().map(|what| lack(&[&target.job.client().name], what)).collect::<Vec<_>>(),
    })
}

/// Describes an entry that stands in the way.
pub fn conflict(
    invocation: &Invocation<'_>,
    name: &str,
    target: &Prepared<'_>,
    other_owner: Option<&str>,
    again: &dyn Fn(&str) -> ShellCommand,
) -> Diagnostic {
    let path = invocation.env.display(target.job.path());
    let losses = target.plan.losses.get(name);
    let with = |fault: Diagnostic, what: &str| match losses {
        Some(losses) => fault.note(format!("{what} would remove its {}", losses::fields(losses))),
        None => fault,
    };
    if let Some(by) = target.job.rendered.replaces.get(name) {
        let fault = Diagnostic::error(format!("`{name}` is still there, and `{by}` replaces it"));
        return with(fault, "taking it out")
            .in_file(path.as_str(), None)
            .help(format!(
                "take it out with {}; {} has it",
                again(by),
                invocation.suggest.undeclared("undo")
            ))
            .help("or take it out of `replaces` in mcp.toml");
    }
    let fault = match other_owner {
        None => {
            Diagnostic::error(format!("`{name}` is already there, and mcpgen did not write it"))
        }
        Some(owner) => {
            Diagnostic::error(format!("`{name}` is already there, and belongs to another owner"))
                .note(format!("the owner is `{owner}`"))
        }
    };
    with(fault, "adopting it")
        .in_file(path, None)
        .help(format!("take the entry over with {}", again(name)))
        .help("or rename the server in mcp.toml")
}

/// Says what some clients cannot express, one line for each thing.
pub fn lacks<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>) -> String {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for target in targets {
        for what in &target.job.rendered.lacks {
            found.entry(what).or_default().push(&target.job.client().name);
        }
    }
    found.iter().map(|(what, clients)| format!("note: {}\n", lack(clients, what))).collect()
}

fn lack(clients: &[&str], what: &str) -> String {
    format!("{} {} no {what}", list(clients), if clients.len() == 1 { "has" } else { "have" })
}

/// Joins words as a sentence does.
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
