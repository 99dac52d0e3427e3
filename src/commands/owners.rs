//! `owners`: lists the owners of the entries in the clients' files, and the owners whose declaration no longer exists.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Done, Failure, Invocation, columns, count, print, print_json, records};
use crate::cli::{Exit, Owners};
use crate::diagnostic::Diagnostic;
use crate::doctor::{Finding, Severity};
use crate::ledger::{Ledger, Target};
use crate::similar::similar_name;
use crate::suggest::ShellCommand;

/// One owner and its targets.
struct Owner<'l> {
    name: &'l str,
    rows: Vec<(&'l Utf8PathBuf, &'l Target)>,
}

impl<'l> Owner<'l> {
    fn new(ledger: &'l Ledger, name: &'l str) -> Self {
        Self { name, rows: ledger.targets(name).collect() }
    }

    // An owner is a declaration's path, unless `--owner` gave it another name.
    fn declaration(&self) -> Option<&'l Utf8Path> {
        Some(Utf8Path::new(self.name)).filter(|path| path.is_absolute())
    }

    fn is_orphan(&self) -> bool {
        self.declaration().is_some_and(|path| !path.exists())
    }

    fn entries(&self) -> usize {
        self.rows.iter().map(|(_, row)| row.entries.len()).sum()
    }

    fn lost(&self, invocation: &Invocation<'_>) -> String {
        let shown = invocation.env.display(Utf8Path::new(self.name));
        let entries = match self.entries() {
            1 => "its entry is".to_owned(),
            n => format!("its {n} entries are"),
        };
        let files = count(self.rows.len(), "file");
        format!("the declaration `{shown}` was not found, but {entries} still in {files}")
    }

    fn inherit(&self, invocation: &Invocation<'_>) -> ShellCommand {
        invocation.suggest.mcpgen("apply").option("--inherit", self.name)
    }

    // Returns one command for the user's own files, and one for each project.
    fn clean_up(&self, invocation: &Invocation<'_>) -> Vec<ShellCommand> {
        let projects: BTreeSet<Option<&Utf8PathBuf>> =
            self.rows.iter().map(|(_, row)| row.project.as_ref()).collect();
        let command = |project: Option<&Utf8PathBuf>| {
            let command =
                invocation.suggest.undeclared("apply --none").option("--owner", self.name);
            match project {
                Some(project) => command.path_option("--project", project, invocation.env),
                None => command,
            }
        };
        projects.into_iter().map(command).collect()
    }

    fn state(&self) -> &'static str {
        match self.declaration() {
            None => "a name",
            Some(_) if self.is_orphan() => "not found",
            Some(_) => "exists",
        }
    }
}

pub fn run(invocation: &Invocation<'_>, flags: &Owners) -> Done {
    let ledger = records::load(invocation)?;
    let owners: Vec<Owner<'_>> = ledger.owners().map(|name| Owner::new(&ledger, name)).collect();
    if flags.json {
        let row = |owner: &Owner<'_>| {
            let files: Vec<_> = owner
                .rows
                .iter()
                .map(|(path, row)| {
                    let names: Vec<&String> = row.entries.keys().collect();
                    json!({ "path": path, "client": row.client, "project": row.project, "home": row.home, "entries": names })
                })
                .collect();
            json!({ "owner": owner.name, "declaration": owner.state(), "files": files })
        };
        let rows: Vec<_> = owners.iter().map(row).collect();
        print_json(&rows)?;
        return Ok(Exit::Done);
    }
    let row = |owner: &Owner<'_>| {
        [
            invocation.env.display(Utf8Path::new(owner.name)),
            owner.state().to_owned(),
            owner.rows.len().to_string(),
            owner.entries().to_string(),
        ]
    };
    let rows = owners.iter().map(row).collect();
    print(&columns(["OWNER", "DECLARATION", "FILES", "ENTRIES"], rows))?;
    super::eprint_diagnostics(&orphans(invocation, &ledger, ""), invocation.terminal);
    Ok(Exit::Done)
}

/// Warns of owners whose declaration no longer exists, although their entries do.
pub fn orphans(invocation: &Invocation<'_>, ledger: &Ledger, but: &str) -> Vec<Diagnostic> {
    let owners = ledger.owners().filter(|name| *name != but).map(|name| Owner::new(ledger, name));
    owners.filter(Owner::is_orphan).map(|owner| orphan(invocation, &owner)).collect()
}

fn orphan(invocation: &Invocation<'_>, owner: &Owner<'_>) -> Diagnostic {
    let moved = format!(
        "if the declaration was moved, take over its entries with {}",
        owner.inherit(invocation)
    );
    let fault = Diagnostic::warning(owner.lost(invocation)).help(moved);
    let remove = |command| format!("or remove the entries with {command}");
    owner.clean_up(invocation).into_iter().map(remove).fold(fault, Diagnostic::help)
}

/// Reports the same as `doctor` does.
pub fn findings(invocation: &Invocation<'_>, ledger: &Ledger) -> Vec<Finding> {
    let owners = ledger.owners().map(|name| Owner::new(ledger, name)).filter(Owner::is_orphan);
    let finding = |owner: Owner<'_>| {
        let commands: Vec<String> =
            owner.clean_up(invocation).iter().map(ShellCommand::to_string).collect();
        let remedy = format!(
            "if the declaration was moved, run {}, otherwise remove its entries with {}",
            owner.inherit(invocation),
            commands.join(" and ")
        );
        Finding::new(Severity::Warning, "owner", owner.lost(invocation), remedy)
    };
    owners.map(finding).collect()
}

/// Finds an owner by its name, or by the path of its declaration.
pub fn find(invocation: &Invocation<'_>, ledger: &Ledger, name: &str) -> Result<String, Failure> {
    let path = invocation.env.absolute(Utf8Path::new(name)).into_string();
    let known = |wanted: &str| ledger.owners().any(|owner| owner == wanted);
    if known(name) {
        return Ok(name.to_owned());
    }
    if known(&path) {
        return Ok(path);
    }
    let fault = Diagnostic::error(format!("the ledger has no owner named `{name}`"));
    let list = || format!("{} lists the owners", invocation.suggest.undeclared("owners"));
    let help = similar_name("an owner", name, ledger.owners()).unwrap_or_else(list);
    Err(Failure::usage(fault.help(help)))
}
