//! Checks of the entries that mcpgen wrote: whether they start a server, were edited, or have lost their file.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::diagnostic::Help as _;
use crate::display::printable;
use crate::launch::Launcher;
use crate::launch::start::RequiredSecret;
use crate::secret_store::resolve::resolve_all;
use crate::suggest::Suggest;
use crate::survey::Declared;
use crate::survey::{EntryReach, EntryScope, FoundEntry};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        input.routes.iter().filter_map(|route| exec(input, route)).collect();
    found.extend(declared(input).into_values().flat_map(|declared| secrets(input, declared)));
    match input.ledger {
        Ok(_) => found.extend(written(input)),
        Err(error) => {
            let help = error.commands(input.env, input.suggest);
            let remedy = help
                .as_deref()
                .unwrap_or("correct this error; the clients' files were not changed");
            found.push(Finding::new(Severity::Broken, "ledger", error.to_string(), remedy));
        }
    }
    found
}

fn exec(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    let EntryReach::Exec(exec) = route.reach else { return None };
    let why = exec.behind.as_ref().err()?;
    let cause = format!("{} cannot start {}: {why}", route.who, route.place(input.env));
    let file = input.env.display(&exec.declaration);
    let apply = input.suggest.with_file(&exec.declaration).mcpgen("apply");
    let remedy =
        format!("correct {file}, or run {}", apply.or("mcpgen apply with that declaration"));
    Some(Finding::new(Severity::Broken, "exec", cause, remedy))
}

// Returns each server once, even if several clients start it.
fn declared<'s>(input: &'s DoctorInput<'_>) -> BTreeMap<(&'s Utf8Path, &'s str), &'s Declared> {
    let behind = |route: &'s Route<'_>| match route.reach {
        EntryReach::Exec(exec) => {
            let declared = exec.behind.as_ref().ok()?;
            Some(((exec.declaration.as_path(), exec.server.as_str()), &**declared))
        }
        EntryReach::Bridge(_) | EntryReach::Address { .. } | EntryReach::Program(_) => None,
    };
    input.routes.iter().filter_map(behind).collect()
}

// Looks up only the secrets whose store need not be unlocked; `check --secrets` looks up all of them.
fn secrets(input: &DoctorInput<'_>, declared: &Declared) -> Vec<Finding> {
    let start = &declared.start;
    let launcher = Launcher::for_start(&start.launch, input.env);
    let wanted = launcher.start(&start.server).secrets;
    let silent = |wanted: &&RequiredSecret<'_>| wanted.reference.location().is_silent();
    let asked: Vec<&RequiredSecret<'_>> = wanted.iter().filter(silent).collect();
    let answers = resolve_all(asked.iter().map(|wanted| wanted.reference), input.env, 2);
    let finding = |wanted: &&RequiredSecret<'_>| {
        let error = answers[wanted.reference].as_ref().err()?;
        let (name, server) = (wanted.name, &start.server.name);
        let cause = format!("`{server}` cannot start: cannot resolve the secret `{name}`: {error}");
        Some(Finding::new(Severity::Broken, "secret", cause, error.help().unwrap_or_default()))
    };
    asked.iter().filter_map(finding).collect()
}

fn written(input: &DoctorInput<'_>) -> Vec<Finding> {
    let Ok(ledger) = input.ledger else { return vec![] };
    let mut sections: BTreeMap<&Utf8Path, Vec<&FoundEntry>> = BTreeMap::new();
    for section in
        input.sections.iter().filter(|section| !matches!(section.scope, EntryScope::Directory(_)))
    {
        let Ok(entries) = &section.entries else { continue };
        sections.entry(&section.path).or_default().extend(entries);
    }
    let mut found = vec![];
    for (owner, path, target) in ledger.by_owner() {
        let suggest = input.suggest.with_owner(owner, target.project.as_deref());
        let shown = input.env.display(path);
        if !path.is_file() {
            let cause = format!("{shown} no longer exists, and mcpgen wrote entries to it");
            found.push(Finding::new(Severity::Warning, "gone", cause, restore(&suggest)));
            continue;
        }
        let Some(entries) = sections.get(path.as_path()) else { continue };
        for (name, owned) in &target.entries {
            let entry = entries.iter().find(|entry| entry.name == *name);
            let what = match entry.map(|entry| entry.value.as_object()) {
                Some(Some(fields)) if owned.matches(fields) => continue,
                Some(_) => "was edited since mcpgen wrote it",
                None => "was removed since mcpgen wrote it",
            };
            let cause = format!("`{}` in {shown} {what}", printable(name));
            let remedy = format!(
                "to see the difference, run {}; to restore the entry, {}",
                suggest.apply("plan --diff"),
                restore(&suggest)
            );
            found.push(Finding::new(Severity::Warning, "drift", cause, remedy));
        }
    }
    found
}

fn restore(suggest: &Suggest) -> String {
    format!("run {}", suggest.apply("apply"))
}
