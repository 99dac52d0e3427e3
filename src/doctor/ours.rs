//! What mcpgen wrote: entries that start nothing, that somebody edited, or whose file is gone.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::scene::{Scene, Way};
use super::{Finding, Severity};
use crate::diagnostic::printable;
use crate::launch::Launcher;
use crate::launch::start::RequiredSecret;
use crate::secret::resolve::resolve;
use crate::suggest::Suggest;
use crate::survey::declared::Declared;
use crate::survey::{FoundEntry, Reach, Scope};

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = scene.ways.iter().filter_map(|way| exec(scene, way)).collect();
    found.extend(declared(scene).into_values().flat_map(|declared| secrets(scene, declared)));
    match scene.ledger {
        Ok(_) => found.extend(written(scene)),
        Err(error) => {
            let help = error.help(scene.env, scene.suggest);
            let remedy = help.as_deref().unwrap_or("see above; clients' files are as they were");
            found.push(Finding::new(Severity::Broken, "ledger", error.to_string(), remedy));
        }
    }
    found
}

fn exec(scene: &Scene<'_>, way: &Way<'_>) -> Option<Finding> {
    let Reach::Exec(exec) = way.reach else { return None };
    let why = exec.behind.as_ref().err()?;
    let cause = format!("{} starts nothing for {}: {why}", way.who, way.place(scene.env));
    let file = scene.env.display(&exec.declaration);
    let apply = scene.suggest.with_file(&exec.declaration).mcpgen("apply");
    let remedy = format!("fix {file}, or run {}", apply.or("mcpgen apply with that file"));
    Some(Finding::new(Severity::Broken, "exec", cause, remedy))
}

// Each server once, however many clients start it.
fn declared<'s>(scene: &'s Scene<'_>) -> BTreeMap<(&'s Utf8Path, &'s str), &'s Declared> {
    let behind = |way: &'s Way<'_>| match way.reach {
        Reach::Exec(exec) => {
            let declared = exec.behind.as_ref().ok()?;
            Some(((exec.declaration.as_path(), exec.server.as_str()), &**declared))
        }
        Reach::Bridge(_) | Reach::Address { .. } | Reach::Program(_) => None,
    };
    scene.ways.iter().filter_map(behind).collect()
}

// Only what can be looked up without a store being unlocked: `check --secrets` asks for the rest.
fn secrets(scene: &Scene<'_>, declared: &Declared) -> Vec<Finding> {
    let start = &declared.start;
    let launcher = Launcher::for_start(&start.launch, scene.env);
    let wanted = launcher.start(&start.server).wanted;
    let silent = |wanted: &&RequiredSecret<'_>| wanted.reference.is_silent();
    let asked: Vec<&RequiredSecret<'_>> = wanted.iter().filter(silent).collect();
    let answers = resolve(asked.iter().map(|wanted| wanted.reference), scene.env, 2);
    let finding = |wanted: &&RequiredSecret<'_>| {
        let error = answers[wanted.reference].as_ref().err()?;
        let (name, server) = (wanted.name, &start.server.name);
        let cause = format!("`{server}` cannot start: there is no `{name}` ({error})");
        Some(Finding::new(Severity::Broken, "secret", cause, error.help()))
    };
    asked.iter().filter_map(finding).collect()
}

fn written(scene: &Scene<'_>) -> Vec<Finding> {
    let Ok(ledger) = scene.ledger else { return vec![] };
    let mut sections: BTreeMap<&Utf8Path, Vec<&FoundEntry>> = BTreeMap::new();
    for section in
        scene.sections.iter().filter(|section| !matches!(section.scope, Scope::Folder(_)))
    {
        let Ok(entries) = &section.entries else { continue };
        sections.entry(&section.path).or_default().extend(entries);
    }
    let mut found = vec![];
    for (owner, path, target) in ledger.by_owner() {
        let suggest = scene.suggest.with_owner(owner, target.project.as_deref());
        let shown = scene.env.display(path);
        if !path.is_file() {
            let cause = format!("{shown} is gone, and mcpgen had written into it");
            found.push(Finding::new(Severity::Warning, "gone", cause, restore(&suggest)));
            continue;
        }
        let Some(entries) = sections.get(path.as_path()) else { continue };
        for (name, owned) in &target.entries {
            let entry = entries.iter().find(|entry| entry.name == *name);
            let what = match entry.map(|entry| entry.value.as_object()) {
                Some(Some(fields)) if owned.matches(fields) => continue,
                Some(_) => "was edited since mcpgen wrote it",
                None => "was taken out since mcpgen wrote it",
            };
            let cause = format!("`{}` in {shown} {what}", printable(name));
            let remedy =
                format!("look at {}, then {}", suggest.apply("plan --diff"), restore(&suggest));
            found.push(Finding::new(Severity::Warning, "drift", cause, remedy));
        }
    }
    found
}

fn restore(suggest: &Suggest) -> String {
    format!("run {}", suggest.apply("apply"))
}
