//! `plan`, `apply` and `undo`.

use std::collections::BTreeSet;

use serde_json::json;

use super::owners;
use super::report::{self, Paint};
use super::{Done, Failure, Invocation, count, not_declared, print, say, tell, unknown_client};
use crate::apply::jobs::{self, Jobs, JobsError, RenderInput, Selection};
use crate::apply::project::ProjectRoot;
use crate::apply::target::{Prepared, Terms, prepare};
use crate::apply::undo::{self, Restored};
use crate::apply::{After, TargetError};
use crate::cli::{Apply, Exit, Plan, Scope, Undo};
use crate::client::ClientTable;
use crate::diagnostic::Diagnostic;
use crate::fs::{self, lock::OwnLock};
use crate::ledger::{self, Ledger};
use crate::plan::{Adopt, Step};

mod errors;

pub use errors::target_fault;
use errors::{known_servers, stopped};

/// Holds all files of a scope, planned.
struct Planned<'a> {
    targets: Vec<Prepared<'a>>,
    faults: Vec<Diagnostic>,
    exit: Exit,
}

impl Planned<'_> {
    fn fail(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
        self.exit = self.exit.and(Exit::Error);
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

    fn of(invocation: &Invocation<'_>, scope: &Scope) -> Self {
        Self::new(invocation, scope.owner.as_ref(), &scope.adopt, scope.adopt_all)
    }

    pub fn terms(&self) -> Terms<'_> {
        Terms { owner: &self.owner, adopt: &self.adopt }
    }
}

pub fn plan(invocation: &Invocation<'_>, flags: &Plan) -> Done {
    let table = invocation.table()?;
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    let paint = Paint(invocation.terminal.out);
    if flags.scope.json {
        print_json(&planned, &[])?;
    } else if flags.diff {
        print(
            &planned
                .targets
                .iter()
                .map(|t| report::diff::diff(t, invocation.env, paint))
                .collect::<String>(),
        )?;
    } else {
        print(
            &planned
                .targets
                .iter()
                .map(|t| report::lines(t, invocation.env, paint))
                .collect::<String>(),
        )?;
    }
    say_faults(invocation, &planned);
    let changes = planned.targets.iter().any(report::says_something);
    if !changes && planned.faults.is_empty() && invocation.terminal.person && !flags.scope.json {
        tell("nothing to change\n");
    }
    let changed = if changes && flags.exit_code { Exit::Changes } else { Exit::Done };
    Ok(planned.exit.and(changed))
}

pub fn apply(invocation: &Invocation<'_>, flags: Apply) -> Done {
    if flags.dry_run {
        return plan(invocation, &Plan { scope: flags.scope, diff: false, exit_code: false });
    }
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    let mut ledger = load(invocation)?;
    let mut planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    if planned.exit != Exit::Done && !flags.keep_going {
        if flags.scope.json {
            print_json(&planned, &[])?;
        }
        say_faults(invocation, &planned);
        if planned.targets.iter().any(report::says_something) {
            tell("nothing was written; `--keep-going` writes the other files\n");
        }
        return Ok(planned.exit);
    }
    let ownership = Ownership::of(invocation, &flags.scope);
    let outcome =
        crate::apply::apply(&mut planned.targets, &mut ledger, &ownership.terms(), invocation.env);
    let outcome = outcome.map_err(|error| stopped(invocation, &error))?;
    let changed = planned.targets.iter().any(|target| target.after != After::Unchanged);
    if flags.scope.none && !changed {
        undo::forget(invocation.env).map_err(|error| Failure::error(&error))?;
    }
    for (path, error) in &outcome.failures {
        planned.targets.retain(|target| target.job.path() != path);
        let late = matches!(error, TargetError::LateConflict(_));
        planned.exit = planned.exit.and(if late { Exit::Conflict } else { Exit::Error });
        planned.faults.push(target_fault(invocation, error, path, &invocation.env.display(path)));
    }
    report_apply(invocation, &flags, &planned)?;
    say_faults(invocation, &planned);
    Ok(planned.exit)
}

fn report_apply(
    invocation: &Invocation<'_>,
    flags: &Apply,
    planned: &Planned<'_>,
) -> Result<(), Failure> {
    let restart: BTreeSet<&str> = planned
        .targets
        .iter()
        .filter(|target| target.after != After::Unchanged)
        .flat_map(|target| target.job.clients())
        .filter(|client| client.restart)
        .map(|client| client.title.as_str())
        .collect();
    let restart: Vec<&str> = restart.into_iter().collect();
    if flags.scope.json {
        return print_json(planned, &restart);
    }
    let paint = Paint(invocation.terminal.err);
    tell(
        &planned
            .targets
            .iter()
            .map(|t| report::lines(t, invocation.env, paint))
            .collect::<String>(),
    );
    let adopted =
        |target: &Prepared<'_>| target.plan.steps.values().any(|step| *step == Step::Adopt);
    if planned.targets.iter().any(adopted) {
        let (undo, forget) =
            (invocation.suggest.undeclared("undo"), invocation.suggest.undeclared("undo --forget"));
        tell(&format!(
            "the files as they were, with any secret in them, are kept for {undo} until the next change; {forget} deletes them\n"
        ));
    }
    if !restart.is_empty() {
        tell(&format!("restart {}\n", report::list(&restart)));
    }
    Ok(())
}

fn print_json(planned: &Planned<'_>, restart: &[&str]) -> Result<(), Failure> {
    let targets: Vec<_> = planned.targets.iter().map(report::json).collect();
    let faults: Vec<String> = planned.faults.iter().map(Diagnostic::title).collect();
    let value = json!({ "targets": targets, "faults": faults, "restart": restart });
    print(&(serde_json::to_string_pretty(&value).expect("plain data") + "\n"))
}

fn say_faults(invocation: &Invocation<'_>, planned: &Planned<'_>) {
    let changed = planned.targets.iter().filter(|target| report::says_something(target));
    tell(&report::lacks(changed.clone()));
    tell(&report::losses::notes(changed, invocation.env));
    say(&planned.faults, invocation.terminal);
}

pub fn load(invocation: &Invocation<'_>) -> Result<Ledger, Failure> {
    Ledger::load(&ledger::path(invocation.env)).map_err(|error| {
        let fault = Diagnostic::error(error.to_string());
        error
            .help(invocation.env, &invocation.suggest)
            .into_iter()
            .fold(fault, Diagnostic::help)
            .into()
    })
}

fn plan_scope<'t>(
    invocation: &Invocation<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    ledger: &mut Ledger,
) -> Result<Planned<'t>, Failure> {
    let ownership = Ownership::of(invocation, scope);
    let owner = ownership.owner.as_str();
    let mut planned = Planned { targets: vec![], faults: vec![], exit: Exit::Done };
    if let Some(old) = &scope.inherit {
        ledger.inherit(&owners::find(invocation, ledger, old)?, owner);
    }
    let Jobs { jobs, found } = collect(invocation, table, scope, owner, ledger)?;
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
                let conflicts = target.plan.conflicts();
                for name in &conflicts {
                    let other = ledger.other_owner(&ownership.owner, &path, name);
                    let again = |name: &str| invocation.suggest.again("apply", Some(name));
                    planned
                        .faults
                        .push(report::conflict::conflict(invocation, name, &target, other, &again));
                    planned.exit = planned.exit.and(Exit::Conflict);
                }
                planned.targets.push(target);
            }
            Err(error) => planned.fail(target_fault(invocation, &error, &path, &shown)),
        }
    }
    Ok(planned)
}

fn collect<'t>(
    invocation: &Invocation<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    owner: &str,
    ledger: &mut Ledger,
) -> Result<Jobs<'t>, Failure> {
    let known = |name: &String| {
        table.get(name).is_some() || ledger.targets(owner).any(|(_, row)| row.client == *name)
    };
    if let Some(name) = scope.clients.iter().find(|name| !known(name)) {
        return Err(Failure::usage(unknown_client(invocation, name, table)));
    }
    let selection =
        Selection { clients: &scope.clients, project: project(invocation, scope)?, owner };
    if scope.none {
        return jobs::collect(&selection, None, table, ledger, invocation.env)
            .map_err(|error| Failure::error(&error));
    }
    let model = invocation.model(table)?;
    known_servers(&scope.adopt, &model)?;
    let launcher = invocation.launcher(&model, invocation.env, scope.linked_at.as_deref())?;
    let declared = RenderInput { model: &model, launcher: &launcher };
    let collected = jobs::collect(&selection, Some(&declared), table, ledger, invocation.env);
    collected.map_err(|error| match error {
        JobsError::NotDeclared(name) => Failure::usage(not_declared(&name, &model.clients)),
        JobsError::Render(error) => invocation.unrendered(&error).into(),
        JobsError::Path(error) => Failure::error(&error),
    })
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

pub fn lock(invocation: &Invocation<'_>) -> Result<OwnLock, Failure> {
    let state = invocation.env.state_dir();
    fs::create_private_folder(&state)
        .and_then(|()| fs::check_private(&fs::real_path(&state)?))
        .map_err(|error| Failure::error(&error))?;
    let waiting = |holder| tell(&format!("waiting for {} to finish\n", fs::another(holder)));
    fs::lock::own_lock(&state.join("lock"), &waiting).map_err(|error| Failure::error(&error))
}

pub fn undo(invocation: &Invocation<'_>, flags: &Undo) -> Done {
    let table = invocation.table()?;
    let _lock = lock(invocation)?;
    if flags.forget {
        let there = undo::forget(invocation.env).map_err(|error| Failure::error(&error))?;
        tell(if there { "deleted what was kept for undo\n" } else { "nothing is kept for undo\n" });
        return Ok(Exit::Done);
    }
    let done =
        undo::undo(invocation.env, &table, &ledger::path(invocation.env), flags.follow_links)
            .map_err(|e| Failure::error(&e))?;
    for (path, restored) in &done {
        let how = match restored {
            Restored::Bytes => "as it was",
            Restored::Entries => "its entries as they were; the file has changed since",
            Restored::Nothing => continue,
        };
        tell(&format!("{}: {how}\n", invocation.env.display(path)));
    }
    if done.iter().all(|(_, restored)| *restored == Restored::Nothing) {
        tell(&format!("{}, nothing to put back\n", count(done.len(), "file")));
    }
    Ok(Exit::Done)
}
