//! Which files a plan works on, and what is desired in each: the declared clients' files, then those that this
//! owner once wrote to and that are no longer declared.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::{Failure, Rim, pick, unknown_client};
use super::Planned;
use crate::apply::target::Job;
use crate::cli::Scope;
use crate::client::{Client, ClientTable};
use crate::diagnostic::{Diagnostic, nearest};
use crate::fs::{self, FsError, Location};
use crate::ledger::{Ledger, Target};
use crate::model::Model;
use crate::render::{Rendered, nothing, render};

/// The directory whose project files are worked on.
#[derive(Debug, Clone)]
pub struct Project {
    root: Utf8PathBuf,
    follow_links: bool,
}

impl Project {
    /// Takes the project of a scope.
    ///
    /// # Errors
    /// Fails where the directory does not exist.
    pub fn of(rim: &Rim<'_>, scope: &Scope) -> Result<Option<Self>, Failure> {
        let Some(dir) = &scope.project else { return Ok(None) };
        let path = rim.env.absolute(dir);
        let root = match fs::real_directory(&path) {
            // The entries of a project that is gone can still be forgotten.
            Err(FsError::NoDirectory(_)) if scope.none => Ok(path),
            root => root,
        };
        let root = root.map_err(|error| Failure::error(&error))?;
        Ok(Some(Self { root, follow_links: scope.follow_links }))
    }

    fn locate(&self, path: &Utf8Path) -> Result<Location, FsError> {
        if self.follow_links { Location::new(path) } else { Location::below(&self.root, path) }
    }

    // A row of an older mcpgen may name the project through a link.
    fn has(&self, row: &Target) -> bool {
        let real = |path: &Utf8PathBuf| fs::real_path(path).unwrap_or_else(|_| path.clone());
        row.project.as_ref().is_some_and(|path| *path == self.root || real(path) == self.root)
    }
}

/// Collects the jobs of a scope.
pub struct Jobs<'a, 'r, 't> {
    pub rim: &'a Rim<'r>,
    pub table: &'t ClientTable,
    pub scope: &'a Scope,
    pub owner: &'a str,
    project: Option<Project>,
    jobs: Vec<Job<'t>>,
}

impl<'a, 'r, 't> Jobs<'a, 'r, 't> {
    pub fn collect(
        rim: &'a Rim<'r>,
        table: &'t ClientTable,
        scope: &'a Scope,
        owner: &'a str,
        ledger: &mut Ledger,
        planned: &mut Planned<'_>,
    ) -> Result<Vec<Job<'t>>, Failure> {
        let project = Project::of(rim, scope)?;
        let mut all = Self { rim, table, scope, owner, project, jobs: vec![] };
        let rows = all.rows(ledger);
        let mut declared = vec![];
        if scope.none {
            if let Some(name) = scope.clients.iter().find(|name| table.get(name).is_none()) {
                return Err(Failure::usage(unknown_client(rim, name, table)));
            }
        } else {
            let model = rim.model(table)?;
            all.add_declared(&model, &rows, planned)?;
            declared = model.clients;
        }
        all.unite_rows(ledger, &rows);
        all.add_undeclared(rows, &declared, ledger, planned)?;
        Ok(all.jobs)
    }

    // What the ledger says of this owner's files in the user's own directories, or in the project.
    fn rows(&self, ledger: &Ledger) -> Vec<(Utf8PathBuf, String)> {
        let in_scope = |row: &Target| match &self.project {
            None => row.project.is_none(),
            Some(project) => project.has(row),
        };
        let rows = ledger.targets(self.owner).filter(|(_, row)| in_scope(row));
        rows.map(|(path, row)| (path.clone(), row.client.clone())).collect()
    }

    fn add_declared(
        &mut self,
        model: &Model,
        rows: &[(Utf8PathBuf, String)],
        planned: &mut Planned<'_>,
    ) -> Result<(), Failure> {
        known_servers(&self.scope.adopt, model)?;
        let launcher = self.rim.launcher(model, self.rim.env, self.scope.linked_at.as_deref())?;
        let mut declared = model.clients.clone();
        // A client that is only in the ledger may be named to clean it up alone.
        let known = |name: &String| rows.iter().any(|(_, client)| client == name);
        let named = self.scope.clients.iter();
        let named: Vec<String> =
            named.filter(|name| declared.contains(name) || !known(name)).cloned().collect();
        if named.is_empty() && !self.scope.clients.is_empty() {
            declared.clear();
        }
        for client in pick(self.rim, &named, &declared, self.table)? {
            let Some(path) = self.path(client)? else { continue };
            let rendered =
                render(model, &launcher, client).map_err(|error| self.rim.unrendered(&error))?;
            match self.locate(&path) {
                Ok(location) => self.add(location, rendered, planned),
                Err(error) => planned.fail(Diagnostic::error(error.to_string())),
            }
        }
        Ok(())
    }

    // Two clients on one file are one target.
    fn add(&mut self, location: Location, rendered: Rendered<'t>, planned: &mut Planned<'_>) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.location.is_same_file(&location))
        else {
            let project = self.project.as_ref().map(|project| project.root.clone());
            return self.jobs.push(Job { location, project, rendered, shared: vec![] });
        };
        // By one path, the clients are known to read each other's entries: what the first one gets serves both.
        if job.location.path != location.path
            && let Some(why) = disagreement(&job.rendered, &rendered)
        {
            return planned.fail(shared(self.rim, job, &location, rendered.client, &why));
        }
        job.shared.push((rendered.client, location.path));
        job.rendered.replaces.extend(rendered.replaces);
        job.rendered.lacks.extend(rendered.lacks);
        let seen: BTreeSet<String> =
            job.rendered.entries.iter().map(|(name, _)| name.clone()).collect();
        let new = rendered.entries.into_iter().filter(|(name, _)| !seen.contains(name));
        job.rendered.entries.extend(new);
    }

    // Several rows for one file, written before its paths led to one, become the row of its job.
    fn unite_rows(&self, ledger: &mut Ledger, rows: &[(Utf8PathBuf, String)]) {
        let unknown = |path: &Utf8Path| self.jobs.iter().all(|job| job.path() != path);
        for (path, _) in rows.iter().filter(|(path, _)| unknown(path)) {
            let Ok(location) = Location::new(path) else { continue };
            let job = self.jobs.iter().find(|job| job.location.is_same_file(&location));
            if let Some(job) = job {
                ledger.unite(self.owner, job.path(), std::slice::from_ref(path));
            }
        }
    }

    fn add_undeclared(
        &mut self,
        rows: Vec<(Utf8PathBuf, String)>,
        declared: &[String],
        ledger: &Ledger,
        planned: &mut Planned<'_>,
    ) -> Result<(), Failure> {
        for (path, name) in rows {
            let wanted = self.scope.clients.is_empty() || self.scope.clients.contains(&name);
            if !wanted || ledger.target(self.owner, &path).is_none() || self.has_job(&path) {
                continue;
            }
            let Some(client) = self.table.get(&name) else {
                planned.faults.push(gone_client(&name, &path, self.rim));
                continue;
            };
            if declared.contains(&name) && self.moved_by_variable(client, &path)? {
                planned.faults.push(moved_away(client, &path, self.rim));
                continue;
            }
            let rendered = nothing(client).map_err(|error| Failure::error(&error))?;
            match self.locate(&path) {
                Ok(location) => self.add(location, rendered, planned),
                Err(error) => planned.fail(Diagnostic::error(error.to_string())),
            }
        }
        Ok(())
    }

    fn has_job(&self, path: &Utf8Path) -> bool {
        self.jobs.iter().any(|job| job.path() == path)
    }

    // A variable that names another file today is no reason to clean up the file that it named before.
    fn moved_by_variable(&self, client: &Client, row: &Utf8Path) -> Result<bool, Failure> {
        if self.project.is_some() {
            return Ok(false);
        }
        let fail = |error| Failure::error(&error);
        let Some(now) = client.path(self.rim.env).map_err(fail)? else { return Ok(false) };
        let usual = client.fresh_paths(self.rim.env).map_err(fail)?;
        Ok(!usual.contains(&now) || !usual.iter().any(|path| path == row))
    }

    fn path(&self, client: &Client) -> Result<Option<Utf8PathBuf>, Failure> {
        match &self.project {
            Some(project) => Ok(client.project_path(&project.root)),
            None => client.path(self.rim.env).map_err(|error| Failure::error(&error)),
        }
    }

    fn locate(&self, path: &Utf8Path) -> Result<Location, FsError> {
        match &self.project {
            Some(project) => project.locate(path),
            None => Location::new(path),
        }
    }
}

// Why two clients cannot share a file, if they cannot.
fn disagreement(one: &Rendered<'_>, other: &Rendered<'_>) -> Option<String> {
    if one.client.format != other.client.format {
        return Some("different formats".into());
    }
    if one.client.section != other.client.section {
        return Some("their servers under different keys".into());
    }
    let differs = |(name, entry): &&(String, _)| {
        one.entries.iter().any(|(other, own)| other == name && own != entry)
    };
    let (name, _) = other.entries.iter().find(differs)?;
    Some(format!("different entries for `{name}`"))
}

fn shared(
    rim: &Rim<'_>,
    job: &Job<'_>,
    location: &Location,
    client: &Client,
    why: &str,
) -> Diagnostic {
    let (one, other) = (rim.env.display(job.path()), rim.env.display(&location.path));
    let (first, second) = (&job.client().title, &client.title);
    Diagnostic::error(format!(
        "`{one}` and `{other}` are one file, but {first} and {second} need {why}"
    ))
    .in_file(rim.env.display(&location.end), None)
    .help("give each client a file of its own, or declare only one of the two clients")
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

fn moved_away(client: &Client, path: &Utf8Path, rim: &Rim<'_>) -> Diagnostic {
    let title = &client.title;
    Diagnostic::warning(format!(
        "the entries in this file of {title} stay: an environment variable names another file now"
    ))
    .in_file(rim.env.display(path), None)
    .help("to update or remove them, run mcpgen with the variable as it was")
}
