//! Collects the files that an apply works on, with the entries that are desired in each. First come the files of the
//! declared clients, then the files that this owner wrote earlier and no longer declares.

use std::collections::HashSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::job::TargetJob;
use super::project::ProjectRoot;
use crate::client::{Client, ClientHome, ClientHomes, ClientTable};
use crate::diagnostic::{Diagnostic, Help};
use crate::fs::{self, Location};
use crate::launch::Launcher;
use crate::ledger::{Ledger, Target};
use crate::model::Model;
use crate::paths::{Environment, PathError};
use crate::render::{DesiredEntry, RenderError, Rendered, render};

mod layers;
mod undeclared;

/// A declaration's model and launcher.
pub struct RenderInput<'a> {
    /// The declaration's model.
    pub model: &'a Model,
    /// The launcher for the model's servers.
    pub launcher: &'a Launcher<'a>,
}

/// The user's selection of files.
pub struct Selection<'a> {
    /// The named clients. If there are none, all clients are selected.
    pub clients: &'a [String],
    /// The project whose files are selected, or `None` for the user's own files.
    pub project: Option<ProjectRoot>,
    /// The owner of the entries.
    pub owner: &'a str,
}

/// The reason why the files could not be collected.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// A named client is neither declared nor in the ledger.
    #[error("`{0}` is not among the declared clients")]
    NotDeclared(String),
    /// A template fails.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A row of the client table has a path that cannot be expanded.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl Help for JobsError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NotDeclared(_) | Self::Render(_) => None,
            Self::Path(error) => error.help(),
        }
    }
}

/// The files to work on, and the errors and warnings about skipped files.
#[derive(Debug, Default)]
pub struct Jobs<'t> {
    /// One for each file.
    pub jobs: Vec<TargetJob<'t>>,
    /// Errors and warnings.
    pub found: Vec<Diagnostic>,
}

/// Collects the files. If the ledger has several rows for paths to one file, merges them into one row.
///
/// # Errors
/// Fails if a named client is unknown or cannot be rendered.
pub fn collect<'t>(
    selection: &Selection<'_>,
    declared: Option<&RenderInput<'_>>,
    table: &'t ClientTable,
    ledger: &mut Ledger,
    env: &Environment,
) -> Result<Jobs<'t>, JobsError> {
    let rows = rows(selection, ledger);
    let none = ClientHomes::default();
    let homes = declared.map_or(&none, |declared| &declared.model.homes);
    let (jobs, paths, found) = (vec![], HashSet::new(), vec![]);
    let mut all = Collector { selection, table, homes, env, jobs, paths, found };
    if let Some(declared) = declared {
        all.add_declared(declared, &rows)?;
        all.add_layers(ledger)?;
    }
    all.unite_rows(ledger, &rows);
    let clients = declared.map_or(&[][..], |declared| &declared.model.clients);
    all.add_undeclared(rows, clients, ledger)?;
    Ok(Jobs { jobs: all.jobs, found: all.found })
}

// Returns the ledger's rows of this owner, for the user's own files or for the files of the project.
fn rows(selection: &Selection<'_>, ledger: &Ledger) -> Vec<(Utf8PathBuf, String)> {
    let in_scope = |row: &Target| match &selection.project {
        None => row.project.is_none(),
        Some(project) => project.has(row),
    };
    let rows = ledger.targets(selection.owner).filter(|(_, row)| in_scope(row));
    rows.map(|(path, row)| (path.clone(), row.client.clone())).collect()
}

/// The path of a file, and the home that contains it.
struct JobFile {
    path: Utf8PathBuf,
    home: Option<Utf8PathBuf>,
}

struct Collector<'a, 't> {
    selection: &'a Selection<'a>,
    table: &'t ClientTable,
    homes: &'a ClientHomes,
    env: &'a Environment,
    jobs: Vec<TargetJob<'t>>,
    // The paths of the jobs.
    paths: HashSet<Utf8PathBuf>,
    found: Vec<Diagnostic>,
}

impl<'t> Collector<'_, 't> {
    fn add_declared(
        &mut self,
        declared: &RenderInput<'_>,
        rows: &[(Utf8PathBuf, String)],
    ) -> Result<(), JobsError> {
        let names = &declared.model.clients;
        let known = |name: &String| rows.iter().any(|(_, client)| client == name);
        let named = self.selection.clients;
        // The user may name a client that is only in the ledger, to clean up only this client.
        if let Some(name) = named.iter().find(|name| !names.contains(name) && !known(name)) {
            return Err(JobsError::NotDeclared(name.clone()));
        }
        let wanted = |client: &&Client| named.is_empty() || named.contains(&client.name);
        self.table
            .those(names)
            .filter(wanted)
            .try_for_each(|client| self.add_client(declared, client))
    }

    fn add_client(
        &mut self,
        declared: &RenderInput<'_>,
        client: &'t Client,
    ) -> Result<(), JobsError> {
        let mut files = self.files(client)?;
        let Some(last) = files.pop() else { return Ok(()) };
        let rendered = render(declared.model, declared.launcher, client)?;
        for file in files {
            self.add_located(file, rendered.clone());
        }
        self.add_located(last, rendered);
        Ok(())
    }

    // Returns the file in the project, or the user's file in each home.
    fn files(&self, client: &Client) -> Result<Vec<JobFile>, PathError> {
        if let Some(project) = &self.selection.project {
            let path = client.project_path(project.path()).into_iter();
            return Ok(path.map(|path| JobFile { path, home: None }).collect());
        }
        let mut files = vec![];
        for ClientHome { directory: home, env } in self.homes.all(client, self.env) {
            files.extend(client.path(&env)?.map(|path| JobFile { path, home }));
        }
        Ok(files)
    }

    fn add_located(&mut self, file: JobFile, rendered: Rendered<'t>) {
        if let Some(location) = self.locate(&file.path) {
            self.add(location, file.home, rendered);
        }
    }

    fn locate(&mut self, path: &Utf8Path) -> Option<Location> {
        let location = match &self.selection.project {
            Some(project) => project.locate(path),
            None => fs::locate(self.env, path),
        };
        location.map_err(|error| self.found.push(Diagnostic::of_error(&error))).ok()
    }

    // Two clients that use the same file share one job.
    fn add(&mut self, location: Location, home: Option<Utf8PathBuf>, rendered: Rendered<'t>) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.location.is_same_file(&location))
        else {
            let project = self.selection.project.as_ref().map(|project| project.path().to_owned());
            let (layer_of, shared) = (None, vec![]);
            let job = TargetJob { location, project, home, layer_of, rendered, shared };
            return self.push(job);
        };
        // Clients with the same path are known to read each other's entries, so the entries of the first client are
        // enough.
        if job.location.path != location.path
            && let Some(why) = disagreement(&job.rendered, &rendered)
        {
            let error = disagree(self.env, job, &location, rendered.client, &why);
            return self.found.push(error);
        }
        job.share(location.path, rendered);
    }

    // Merges rows for one file into the row of its job. The rows are older than the link that unites their paths.
    fn unite_rows(&self, ledger: &mut Ledger, rows: &[(Utf8PathBuf, String)]) {
        for (path, _) in rows.iter().filter(|(path, _)| !self.has_job(path)) {
            let Ok(location) = fs::locate(self.env, path) else { continue };
            let job = self.jobs.iter().find(|job| job.location.is_same_file(&location));
            if let Some(job) = job {
                ledger.unite(self.selection.owner, job.path(), std::slice::from_ref(path));
            }
        }
    }

    fn has_job(&self, path: &Utf8Path) -> bool {
        self.paths.contains(path)
    }

    fn push(&mut self, job: TargetJob<'t>) {
        self.paths.insert(job.path().to_owned());
        self.jobs.push(job);
    }
}

// Returns the reason why two clients cannot share a file, if there is one.
fn disagreement(one: &Rendered<'_>, other: &Rendered<'_>) -> Option<String> {
    if one.client.format != other.client.format {
        return Some("different formats".into());
    }
    if one.client.section != other.client.section {
        return Some("servers under different keys".into());
    }
    let differs = |(name, entry): &&(String, Arc<DesiredEntry>)| {
        one.entries.iter().any(|(other, own)| other == name && own.fields() != entry.fields())
    };
    let (name, _) = other.entries.iter().find(differs)?;
    Some(format!("different entries for `{name}`"))
}

fn disagree(
    env: &Environment,
    job: &TargetJob<'_>,
    location: &Location,
    client: &Client,
    why: &str,
) -> Diagnostic {
    let (one, other) = (env.display(job.path()), env.display(&location.path));
    let (first, second) = (&job.client().title, &client.title);
    let title =
        format!("`{one}` and `{other}` are the same file, but {first} and {second} need {why}");
    Diagnostic::error(title)
        .in_file(env.display(&location.end), None)
        .help("give each client a separate file, or declare only one of the two clients")
}
