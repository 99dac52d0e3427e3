//! `plan`, `apply` and `undo`.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::report::{self, Paint};
use super::{Done, Failure, Rim, count, pick, print, say, tell, unknown_client};
use crate::apply::ApplyError;
use crate::apply::target::{After, Job, Prepared, TargetError, Terms, prepare};
use crate::apply::undo::{self, Restored};
use crate::cli::{Apply, Exit, Plan, Scope};
use crate::client::{Client, ClientTable};
use crate::diagnostic::{Diagnostic, nearest};
use crate::document::Fault;
use crate::fs;
use crate::ledger::{self, Ledger};
use crate::model::Model;
use crate::plan::Adopt;
use crate::render::{nothing, render};

/// Holds all files of a scope, planned.
struct Planned<'a> {
    targets: Vec<Prepared<'a>>,
    faults: Vec<Diagnostic>,
    exit: Exit,
}

struct Ownership {
    owner: String,
    adopt: Adopt,
}

impl Ownership {
    fn new(rim: &Rim<'_>, scope: &Scope) -> Self {
        let owner = scope.owner.clone().unwrap_or_else(|| rim.declaration_path().into());
        let adopt = match (scope.adopt_all, scope.adopt.is_empty()) {
            (true, _) => Adopt::All,
            (false, true) => Adopt::None,
            (false, false) => Adopt::Names(scope.adopt.iter().cloned().collect()),
        };
        Self { owner, adopt }
    }

    fn terms(&self) -> Terms<'_> {
        Terms { owner: &self.owner, adopt: &self.adopt }
    }
}

pub fn plan(rim: &Rim<'_>, flags: &Plan) -> Done {
    let table = rim.table()?;
    let ledger = load(rim)?;
    let planned = plan_scope(rim, &table, &flags.scope, &ledger)?;
    let paint = Paint(rim.terminal.out);
    if flags.scope.json {
        print_json(&planned, &[])?;
    } else if flags.diff {
        print(
            &planned.targets.iter().map(|t| report::diff(t, rim.env, paint)).collect::<String>(),
        )?;
    } else {
        print(
            &planned.targets.iter().map(|t| report::lines(t, rim.env, paint)).collect::<String>(),
        )?;
    }
    say_faults(rim, &planned);
    let changes = planned.targets.iter().any(report::says_something);
    if !changes && planned.faults.is_empty() && rim.terminal.person && !flags.scope.json {
        tell("nothing to change\n");
    }
    let changed = if changes && flags.exit_code { Exit::Changes } else { Exit::Done };
    Ok(planned.exit.and(changed))
}

pub fn apply(rim: &Rim<'_>, flags: Apply) -> Done {
    if flags.dry_run {
        return plan(rim, &Plan { scope: flags.scope, diff: false, exit_code: false });
    }
    let table = rim.table()?;
    fs::create_private_folder(&rim.env.state_dir()).map_err(|e| Failure::error(&e))?;
    let _lock =
        fs::lock::own_lock(&rim.env.state_dir().join("lock")).map_err(|e| Failure::error(&e))?;
    let mut ledger = load(rim)?;
    let mut planned = plan_scope(rim, &table, &flags.scope, &ledger)?;
    if planned.exit != Exit::Done && !flags.keep_going {
        if flags.scope.json {
            print_json(&planned, &[])?;
        }
        say_faults(rim, &planned);
        if planned.targets.iter().any(report::says_something) {
            tell("nothing was written; `--keep-going` writes the other files\n");
        }
        return Ok(planned.exit);
    }
    let ownership = Ownership::new(rim, &flags.scope);
    let outcome =
        crate::apply::apply(&mut planned.targets, &mut ledger, &ownership.terms(), rim.env);
    let outcome = outcome.map_err(|error| stopped(&error))?;
    for (path, error) in &outcome.failures {
        planned.targets.retain(|target| target.job.path != *path);
        let late = matches!(error, TargetError::LateConflict(_));
        planned.exit = planned.exit.and(if late { Exit::Conflict } else { Exit::Error });
        planned.faults.push(target_fault(error, &rim.env.display(path)));
    }
    report_apply(rim, &flags, &planned)?;
    say_faults(rim, &planned);
    Ok(planned.exit)
}

fn stopped(error: &ApplyError) -> Failure {
    let fault = Diagnostic::error(error.to_string());
    Failure::from(match error {
        ApplyError::Fs(_) | ApplyError::Ledger(_) => fault.note("no client's file was changed"),
        ApplyError::Unsettled(_) => {
            fault.note("some files are written").help("`mcpgen apply` goes on from there")
        }
    })
}

fn report_apply(rim: &Rim<'_>, flags: &Apply, planned: &Planned<'_>) -> Result<(), Failure> {
    let restart: BTreeSet<&str> = planned
        .targets
        .iter()
        .filter(|target| target.after != After::Unchanged && target.job.client().restart)
        .map(|target| target.job.client().title.as_str())
        .collect();
    let restart: Vec<&str> = restart.into_iter().collect();
    if flags.scope.json {
        return print_json(planned, &restart);
    }
    let paint = Paint(rim.terminal.err);
    tell(&planned.targets.iter().map(|t| report::lines(t, rim.env, paint)).collect::<String>());
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

fn say_faults(rim: &Rim<'_>, planned: &Planned<'_>) {
    let changed = planned.targets.iter().filter(|target| report::says_something(target));
    tell(&report::lacks(changed));
    say(&planned.faults, rim.terminal);
}

fn load(rim: &Rim<'_>) -> Result<Ledger, Failure> {
    Ledger::load(&ledger::path(rim.env)).map_err(|error| Failure::error(&error))
}

fn plan_scope<'t>(
    rim: &Rim<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    ledger: &Ledger,
) -> Result<Planned<'t>, Failure> {
    let ownership = Ownership::new(rim, scope);
    let mut planned = Planned { targets: vec![], faults: vec![], exit: Exit::Done };
    for job in jobs(rim, table, scope, ledger, &ownership.owner, &mut planned)? {
        let path = job.path.clone();
        let shown = rim.env.display(&path);
        match prepare(job, ledger, &ownership.terms()) {
            Ok(target) => {
                let conflicts = target.plan.conflicts();
                for name in &conflicts {
                    let other = ledger.other_owner(&ownership.owner, &path, name);
                    let by = target.job.rendered.replaces.get(*name);
                    planned.faults.push(report::conflict(name, by, &shown, other));
                    planned.exit = planned.exit.and(Exit::Conflict);
                }
                planned.targets.push(target);
            }
            Err(error) => {
                planned.faults.push(target_fault(&error, &shown));
                planned.exit = planned.exit.and(Exit::Error);
            }
        }
    }
    Ok(planned)
}

fn target_fault(error: &TargetError, shown: &str) -> Diagnostic {
    match error {
        TargetError::Fs(error) => Diagnostic::error(error.to_string()),
        TargetError::Fault(fault) => {
            Diagnostic::error(fault.to_string()).in_file(shown, fault.spot()).help(match fault {
                Fault::Alias { .. } => "write it out where it stands; mcpgen leaves it as it is",
                Fault::Unsafe => {
                    "write it without anchors, aliases and tabs; mcpgen leaves it as it is"
                }
                Fault::NotUtf8(_)
                | Fault::Syntax { .. }
                | Fault::Duplicate { .. }
                | Fault::WrongShape { .. } => {
                    "mend the file in the client or by hand; mcpgen leaves it as it is"
                }
            })
        }
        TargetError::LateConflict(_) | TargetError::Busy => Diagnostic::error(error.to_string())
            .in_file(shown, None)
            .help("run `mcpgen apply` again"),
    }
}

// The declared clients' files, then those this owner once wrote to that are no longer declared.
fn jobs<'t>(
    rim: &Rim<'_>,
    table: &'t ClientTable,
    scope: &Scope,
    ledger: &Ledger,
    owner: &str,
    planned: &mut Planned<'_>,
) -> Result<Vec<Job<'t>>, Failure> {
    let project = scope.project.as_deref().map(|dir| rim.env.absolute(dir));
    let mut jobs: Vec<Job<'t>> = vec![];
    let rows: Vec<_> = ledger.targets(owner).filter(|(_, row)| row.project == project).collect();
    let known: BTreeSet<&str> = rows.iter().map(|(_, row)| row.client.as_str()).collect();
    if scope.none {
        if let Some(name) = scope.clients.iter().find(|name| table.get(name).is_none()) {
            return Err(Failure::usage(unknown_client(name, table)));
        }
    } else {
        let model = rim.model(table)?;
        known_servers(&scope.adopt, &model)?;
        let launcher = rim.launcher(&model, rim.env, scope.linked_at.as_deref())?;
        let mut declared = model.clients.clone();
        // A client that is only in the ledger may be named to clean it up alone.
        let named: Vec<String> = scope
            .clients
            .iter()
            .filter(|name| declared.contains(name) || !known.contains(name.as_str()))
            .cloned()
            .collect();
        if named.is_empty() && !scope.clients.is_empty() {
            declared.clear();
        }
        for client in pick(&named, &declared, table)? {
            let Some(path) = path(client, rim, project.as_deref())? else { continue };
            let rendered =
                render(&model, &launcher, client).map_err(|error| rim.unrendered(&error))?;
            match jobs.iter_mut().find(|job| job.path == path) {
                None => jobs.push(Job { path, project: project.clone(), rendered }),
                // Two clients that read one file: what the first one gets serves both.
                Some(job) => {
                    job.rendered.replaces.extend(rendered.replaces);
                    let new = rendered.entries.into_iter();
                    let seen: BTreeSet<String> =
                        job.rendered.entries.iter().map(|(name, _)| name.clone()).collect();
                    job.rendered.entries.extend(new.filter(|(name, _)| !seen.contains(name)));
                }
            }
        }
    }
    for (path, row) in rows {
        let wanted = scope.clients.is_empty() || scope.clients.contains(&row.client);
        if !wanted || jobs.iter().any(|job| job.path == *path) {
            continue;
        }
        match table.get(&row.client) {
            Some(client) => {
                let rendered = nothing(client).map_err(|error| Failure::error(&error))?;
                jobs.push(Job { path: path.clone(), project: project.clone(), rendered });
            }
            None => planned.faults.push(gone_client(&row.client, path, rim)),
        }
    }
    Ok(jobs)
}

// A misspelt name would take over nothing, silently.
fn known_servers(names: &[String], model: &Model) -> Result<(), Failure> {
    let servers = || model.servers.iter().map(|server| server.name.as_str());
    let Some(name) = names.iter().find(|name| !servers().any(|known| known == *name)) else {
        return Ok(());
    };
    let fault = Diagnostic::error(format!("no server is named `{name}`"));
    Err(Failure::usage(match nearest(name, servers()) {
        Some(near) => fault.help(format!("a server with a similar name exists: `{near}`")),
        None => fault.help("`--adopt` takes the name of a declared server"),
    }))
}

fn gone_client(client: &str, path: &Utf8Path, rim: &Rim<'_>) -> Diagnostic {
    Diagnostic::warning(format!("`{client}` is no longer in the client table, so its entries stay"))
        .in_file(rim.env.display(path), None)
        .help("put its row back into templates/clients.toml, or take the entries out by hand")
}

fn path(
    client: &Client,
    rim: &Rim<'_>,
    project: Option<&Utf8Path>,
) -> Result<Option<Utf8PathBuf>, Failure> {
    match project {
        Some(project) => Ok(client.project_path(project)),
        None => client.path(rim.env).map_err(|error| Failure::error(&error)),
    }
}

pub fn undo(rim: &Rim<'_>) -> Done {
    let table = rim.table()?;
    fs::create_private_folder(&rim.env.state_dir()).map_err(|e| Failure::error(&e))?;
    let _lock =
        fs::lock::own_lock(&rim.env.state_dir().join("lock")).map_err(|e| Failure::error(&e))?;
    let done =
        undo::undo(rim.env, &table, &ledger::path(rim.env)).map_err(|e| Failure::error(&e))?;
    for (path, restored) in &done {
        let how = match restored {
            Restored::Bytes => "as it was",
            Restored::Entries => "its entries as they were; the file has changed since",
            Restored::Nothing => continue,
        };
        tell(&format!("{}: {how}\n", rim.env.display(path)));
    }
    if done.iter().all(|(_, restored)| *restored == Restored::Nothing) {
        tell(&format!("{}, nothing to put back\n", count(done.len(), "file")));
    }
    Ok(Exit::Done)
}
