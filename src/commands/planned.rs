//! The files that `plan` and `apply` work on, with their plans.

use serde::Serialize;
use serde_json::Value;

use super::{
    Failure, Invocation, eprint_diagnostics, eprint_text, not_declared, owners, print_json, report,
    unknown_client,
};
use crate::apply::jobs::{self, Jobs, JobsError, RenderInput, Selection};
use crate::apply::project::ProjectRoot;
use crate::apply::target::{Prepared, Terms, prepare};
use crate::cli::{Exit, Scope};
use crate::client::ClientTable;

use crate::diagnostic::Diagnostic;
use crate::ledger::Ledger;
use crate::model::{ExcludedServer, Machine, Model};
use crate::paths::Environment;
use crate::plan::Adopt;

mod errors;

use errors::known_servers;
pub use errors::{stopped, target_fault};

/// All files of a scope, planned.
pub struct Planned<'a> {
    pub targets: Vec<Prepared<'a>>,
    pub faults: Vec<Diagnostic>,
    pub exit: Exit,
    // The declared clients that have no file in the project.
    without_file: String,
    excluded: Vec<ExcludedServer>,
    unused_sets: Vec<Diagnostic>,
    identity: String,
}

#[derive(Serialize)]
struct PlanReport<'a> {
    targets: Vec<report::FileReport<'a>>,
    errors: Vec<String>,
    restart: &'a [&'a str],
    excluded: Vec<Value>,
}

impl Planned<'_> {
    fn fail(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
        self.exit = self.exit.and(Exit::Error);
    }

    pub fn print_json(&self, env: &Environment, restart: &[&str]) -> Result<(), Failure> {
        let json = |target| report::json(target, &self.targets, env);
        let targets: Vec<_> = self.targets.iter().map(json).collect();
        let faults: Vec<String> = self.faults.iter().map(Diagnostic::title).collect();
        let excluded = report::excluded::json(&self.excluded);
        print_json(&PlanReport { targets, errors: faults, restart, excluded })
    }

    /// Reports the servers that this machine does not get, and the active sets that no server has.
    pub fn eprint_exclusions(&self, invocation: &Invocation<'_>) {
        eprint_text(&report::excluded::note(&self.excluded));
        eprint_diagnostics(&self.unused_sets, invocation.terminal);
    }

    pub fn eprint_errors(&self, invocation: &Invocation<'_>) {
        let changed = self.targets.iter().filter(|target| report::is_reported(target));
        eprint_text(&report::lacks(changed.clone()));
        eprint_text(&report::exposed::notes(changed.clone()));
        let (env, suggest) = (invocation.env, &invocation.suggest);
        eprint_text(&report::headers::notes(changed.clone(), env, suggest));
        eprint_text(&report::also_reads::notes(&self.targets, invocation.env));
        for note in self.targets.iter().flat_map(|it| report::kept::of_file(it, invocation.env)) {
            eprint_text(&format!("note: {note}\n"));
        }
        eprint_text(&report::losses::notes(changed.clone(), invocation.env));
        eprint_text(&report::project::notes(changed.clone(), invocation.env));
        if changed.clone().next().is_some() {
            eprint_text(&self.without_file);
            eprint_text(&self.identity);
        }
        eprint_diagnostics(&report::unpassed::warnings(changed), invocation.terminal);
        eprint_diagnostics(&self.faults, invocation.terminal);
    }
}

pub struct Ownership {
    pub owner: String,
    pub adopt: Adopt,
}

impl Ownership {
    pub fn new(
        invocation: &Invocation<'_>,
        owner: Option<&String>,
        adopt: &[String],
        adopt_all: bool,
    ) -> Self {
        let owner = owner.cloned().unwrap_or_else(|| invocation.declaration_path().into());
        let adopt = match (adopt_all, adopt.is_empty()) {
            (true, _) => Adopt::All,
            (false, true) => Adopt::None,
            (false, false) => Adopt::Names(adopt.iter().cloned().collect()),
        };
        Self { owner, adopt }
    }

    pub fn of(invocation: &Invocation<'_>, scope: &Scope) -> Self {
        Self::new(invocation, scope.owner.as_ref(), &scope.adopt, scope.adopt_all)
    }

    pub fn terms(&self) -> Terms<'_> {
        Terms { owner: &self.owner, adopt: &self.adopt }
    }
}

pub fn plan_scope<'t>(
    invocation: &Invocation<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    ledger: &mut Ledger,
) -> Result<Planned<'t>, Failure> {
    let ownership = Ownership::of(invocation, scope);
    let owner = ownership.owner.as_str();
    let mut planned = Planned {
        targets: vec![],
        faults: vec![],
        exit: Exit::Done,
        without_file: String::new(),
        excluded: vec![],
        unused_sets: vec![],
        identity: String::new(),
    };
    if let Some(old) = &scope.inherit {
        ledger.inherit(&owners::find(invocation, ledger, old)?, owner);
    }
    let Collected { jobs: Jobs { jobs, found }, without_file, excluded, unused_sets, identity } =
        collect(invocation, table, scope, owner, ledger)?;
    planned.without_file = without_file;
    (planned.excluded, planned.unused_sets) = (excluded, unused_sets);
    planned.identity = identity;
    if found.iter().any(Diagnostic::is_error) {
        planned.exit = Exit::Error;
    }
    planned.faults.extend(found);
    planned.faults.extend(owners::orphans(invocation, ledger, owner));
    for job in jobs {
        let path = job.path().to_owned();
        let shown = invocation.env.display(&path);
        match prepare(job, ledger, &ownership.terms()) {
            Ok(target) => {
                planned.faults.extend(report::lost_link(&target, invocation.env));
                if !target.plan.conflicts().is_empty() {
                    planned.exit = planned.exit.and(Exit::Conflict);
                }
                planned.targets.push(target);
            }
            Err(error) => planned.fail(target_fault(invocation, &error, &path, &shown)),
        }
    }
    let again = |name: Option<&str>| match name {
        Some(name) => invocation.suggest.again("apply", Some(name)),
        None => invocation.suggest.again_with("apply", "--adopt-all"),
    };
    let targets: Vec<&Prepared<'_>> = planned.targets.iter().collect();
    let conflicts = report::conflict::conflicts(invocation, &targets, &again);
    planned.faults.extend(conflicts);
    Ok(planned)
}

/// The files to plan.
struct Collected<'t> {
    jobs: Jobs<'t>,
    without_file: String,
    excluded: Vec<ExcludedServer>,
    unused_sets: Vec<Diagnostic>,
    identity: String,
}

fn collect<'t>(
    invocation: &Invocation<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    owner: &str,
    ledger: &mut Ledger,
) -> Result<Collected<'t>, Failure> {
    let known = |name: &String| {
        table.get(name).is_some() || ledger.targets(owner).any(|(_, row)| row.client == *name)
    };
    if let Some(name) = scope.clients.iter().find(|name| !known(name)) {
        return Err(Failure::usage(unknown_client(invocation, name, table)));
    }
    let selection =
        Selection { clients: &scope.clients, project: project(invocation, scope)?, owner };
    if scope.none {
        let jobs = jobs::collect(&selection, None, table, ledger, invocation.env)
            .map_err(|error| Failure::error(&error))?;
        let (without_file, excluded, unused_sets) = (String::new(), vec![], vec![]);
        let identity = String::new();
        return Ok(Collected { jobs, without_file, excluded, unused_sets, identity });
    }
    let here = Machine::here(invocation.env, &invocation.suggest.sets);
    let model = invocation.model_starting(table, scope.mcpgen.as_ref(), here)?;
    known_servers(&scope.adopt, &model)?;
    let launcher = invocation.launcher(&model, invocation.env, scope.linked_at.as_deref())?;
    let launcher = match &selection.project {
        Some(project) => {
            launcher.in_project(project.relative(&invocation.declaration_path()).as_deref())
        }
        None => launcher,
    };
    let declared = RenderInput { model: &model, launcher: &launcher };
    let collected = jobs::collect(&selection, Some(&declared), table, ledger, invocation.env);
    let jobs = collected.map_err(|error| match error {
        JobsError::NotDeclared(name) => Failure::usage(not_declared(&name, &model.clients)),
        JobsError::Render(error) => invocation.unrendered(&error).into(),
        JobsError::Path(error) => Failure::error(&error),
    })?;
    let without_file = match &selection.project {
        Some(_) => report::project::without_file(table, &model.clients),
        None => String::new(),
    };
    let identity = report::identity::note(invocation, &model);
    let Model { excluded, unused_sets, .. } = model;
    Ok(Collected { jobs, without_file, excluded, unused_sets, identity })
}

// The project must exist, unless its entries are to be removed from the ledger.
fn project(invocation: &Invocation<'_>, scope: &Scope) -> Result<Option<ProjectRoot>, Failure> {
    let Some(dir) = &scope.project else { return Ok(None) };
    let path = invocation.env.absolute(dir);
    if scope.none {
        return Ok(Some(ProjectRoot::gone(path, scope.follow_links)));
    }
    let root = ProjectRoot::new(path, scope.follow_links);
    root.map(Some).map_err(|error| Failure::error(&error))
}
