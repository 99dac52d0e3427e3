//! The output formats of a plan: lines for people, JSON for programs, and a diff of the changed entries.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde_json::Value;

use crate::apply::target::Prepared;
use crate::diagnostic::Diagnostic;
use crate::display::list;
use crate::fs::Placement;
use crate::paths::Environment;
use crate::plan::Step;
use crate::suggest::ShellCommand;

pub mod also_reads;
pub mod conflict;
pub mod diff;
pub mod excluded;
pub mod exposed;
pub mod headers;
pub mod identity;
pub mod kept;
pub mod losses;
pub mod project;
pub mod steps;
pub mod unpassed;

mod shown;

use steps::{StepWords, Tense};

/// Paints strings if the output is a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    /// Paints a string with the number of a colour or style (ECMA-48, SGR).
    pub fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn sign(self, sign: &str, text: &str) -> String {
        match sign {
            "+" => self.wrap("32", text),
            "-" => self.wrap("31", text),
            _other => self.wrap("33", text),
        }
    }
}

/// Returns whether there is anything to list for a file.
pub fn is_reported(target: &Prepared<'_>) -> bool {
    let is_said = |step: &Step| StepWords::of(step).is_some() || *step == Step::Conflict;
    target.plan.steps.values().any(is_said)
}

/// Lists the changes of one file. Returns an empty string if there are none.
pub fn lines(target: &Prepared<'_>, env: &Environment, paint: Paint, tense: Tense) -> String {
    let steps = target.plan.steps.iter();
    let steps: Vec<_> =
        steps.filter_map(|(name, step)| Some((name, StepWords::of(step)?))).collect();
    if steps.is_empty() {
        return String::new();
    }
    let width = steps.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let location = &target.job.location;
    let mut head = paint.wrap("1", &env.display(&location.path));
    if let Some(end) = end(target, env) {
        head += &format!(" -> {}", env.display(end));
    }
    let line = |(name, words): &(&String, StepWords)| {
        let (sign, what) = (paint.sign(words.sign, words.sign), words.said(tense));
        format!("  {sign} {name:width$}  {what}\n")
    };
    let how = match target.placement {
        Placement::Exchange => "",
        Placement::InPlace => "; written in place",
    };
    format!("{head} ({}{how})\n{}", titles(target), steps.iter().map(line).collect::<String>())
}

fn titles(target: &Prepared<'_>) -> String {
    let mut titles: Vec<&str> = target.job.clients().map(|client| client.title.as_str()).collect();
    // Two homes of a client may share a file.
    titles.dedup();
    list(&titles)
}

// Returns the path that links lead to, if it differs from the path of the target.
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
            .help(format!("to make the file a link again, run {back} and then {link}"))
            .help(format!("or remove `{linked}` if it is not needed")),
    )
}

/// The plan of a file as JSON. A plan may have thousands of changes.
#[derive(Serialize)]
pub struct FileReport<'a> {
    client: &'a str,
    home: &'a Option<Utf8PathBuf>,
    path: &'a Utf8Path,
    end: &'a Utf8Path,
    changes: Vec<ChangeReport<'a>>,
    conflicts: Vec<&'a str>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ChangeReport<'a> {
    name: &'a str,
    change: &'static str,
    drift: bool,
    removes: Value,
}

/// Returns the plan of a file for JSON. `targets` are all files of the plan.
pub fn json<'a>(
    target: &'a Prepared<'_>,
    targets: &[Prepared<'_>],
    env: &Environment,
) -> FileReport<'a> {
    let change = |(name, step): (&'a String, &'a Step)| {
        let change = match step {
            Step::Add => "add",
            Step::Replace { .. } => "replace",
            Step::Disable => "disable",
            Step::Adopt | Step::Enter => "adopt",
            Step::Remove => "remove",
            Step::Join => "share",
            Step::Release => "release",
            Step::Keep | Step::Theirs | Step::Forget | Step::Leave | Step::Conflict => return None,
        };
        let removes = losses::json(target.plan.losses.get(name));
        let drift = *step == Step::Replace { drift: true };
        Some(ChangeReport { name, change, drift, removes })
    };
    let lacks = target.job.rendered.lacks.iter();
    let mut notes: Vec<String> = lacks.map(|(what, clients)| lack(clients, what)).collect();
    notes.extend(target.job.rendered.exposed.iter().map(|server| exposed::note(server)));
    notes.extend(headers::of_clients(&[target]));
    notes.extend(unpassed::titles(std::iter::once(target)));
    notes.extend(also_reads::of_file(target, targets, env));
    notes.extend(kept::of_file(target, env));
    FileReport {
        client: &target.job.client().name,
        home: &target.job.home,
        path: target.job.path(),
        end: &target.job.location.end,
        changes: target.plan.steps.iter().filter_map(change).collect(),
        conflicts: target.plan.conflicts(),
        notes,
    }
}

/// Lists the settings that some clients cannot express, one line for each setting.
pub fn lacks<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>) -> String {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (what, clients) in targets.flat_map(|target| &target.job.rendered.lacks) {
        found.entry(what).or_default().extend(clients);
    }
    found.iter().map(|(what, clients)| format!("note: {}\n", lack(clients, what))).collect()
}

fn lack(clients: &BTreeSet<&str>, what: &str) -> String {
    let clients: Vec<&str> = clients.iter().copied().collect();
    let verb = if clients.len() == 1 { "does" } else { "do" };
    format!("{} {verb} not support {what}", list(&clients))
}
