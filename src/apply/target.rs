//! One file: read and planned, then written with whoever else writes it in mind.

use std::collections::{BTreeMap, HashMap, HashSet};

use camino::Utf8PathBuf;
use serde_json::Value;

use super::publish::publish;
use crate::client::Client;
use crate::document::edit::Edit;
use crate::document::{Document, Entries, Entry, Fault, Made};
use crate::fs::staged::Staged;
use crate::fs::{self, FsError};
use crate::ledger::{Ledger, Owned, Target};
use crate::plan::{self, Adopt, FilePlan};
use crate::render::Rendered;

/// Names a file and what is desired in it.
#[derive(Debug)]
pub struct Job<'a> {
    /// The file, as the client table has it.
    pub path: Utf8PathBuf,
    /// The project it belongs to, if it is not the user's own.
    pub project: Option<Utf8PathBuf>,
    /// The client and the entries desired; none where it is no longer declared.
    pub rendered: Rendered<'a>,
}

impl<'a> Job<'a> {
    /// Returns the client whose file it is.
    pub fn client(&self) -> &'a Client {
        self.rendered.client
    }
}

/// Says whose entries these are and which others may be taken over.
#[derive(Debug)]
pub struct Terms<'a> {
    /// The owner.
    pub owner: &'a str,
    /// What may be taken over.
    pub adopt: &'a Adopt,
}

/// Holds a planned file.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// The file and what is desired in it.
    pub job: Job<'a>,
    /// Its bytes now, if it is there.
    pub before: Option<Vec<u8>>,
    /// What becomes of its entries.
    pub plan: FilePlan,
    /// What becomes of its bytes.
    pub after: After,
    made: Option<Made>,
}

/// Says what becomes of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Nothing; the file is not opened for writing.
    Unchanged,
    /// It is written.
    Write(Vec<u8>),
    /// It held nothing but what we put there, and goes.
    Delete,
}

/// Says why a file cannot be planned or written.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It cannot be read or edited.
    #[error("{0}")]
    Fault(Fault),
    /// Entries appeared in it, while we were about to write, that are not ours.
    #[error("{} changed while mcpgen was writing, and mcpgen did not write it", names(.0))]
    LateConflict(Vec<String>),
    /// Another program rewrites it faster than we can.
    #[error("the file keeps changing under mcpgen's hands")]
    Busy,
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Reads a file and plans it.
///
/// # Errors
/// Fails where it cannot be read or does not parse, and where it would have to be written and cannot.
pub fn prepare<'a>(
    job: Job<'a>,
    ledger: &Ledger,
    terms: &Terms<'_>,
) -> Result<Prepared<'a>, TargetError> {
    let before = fs::read_target(&job.path)?;
    let ours = ledger.target(terms.owner, &job.path);
    let (plan, after, made) = plan_bytes(&job, before.as_deref(), ours, terms)?;
    if after != After::Unchanged {
        fs::resolve(&job.path)?;
    }
    Ok(Prepared { job, before, plan, after, made })
}

type Planned = (FilePlan, After, Option<Made>);

fn plan_bytes(
    job: &Job<'_>,
    before: Option<&[u8]>,
    ours: Option<&Target>,
    terms: &Terms<'_>,
) -> Result<Planned, TargetError> {
    let rendered = &job.rendered;
    let client = rendered.client;
    let document = Document::new(client.format, before.unwrap_or_default().to_vec());
    let document = document.map_err(TargetError::Fault)?;
    let actual = document.entries(&client.section).map_err(TargetError::Fault)?;
    let plan = plan::plan(rendered, &actual, ours, terms.adopt);
    let made = ours.and_then(|target| target.made.clone());
    if !plan.is_change() {
        return Ok((plan, After::Unchanged, made));
    }
    if before.is_none() {
        let text = fresh(job, &plan);
        return Ok((plan, After::Write(text.into_bytes()), Some(Made::File)));
    }
    let edited = document.edit(&client.section, &plan.edits, made.as_ref());
    let (bytes, made) = edited.map_err(TargetError::Fault)?;
    if plan.settled.is_empty() && ours.is_some_and(|target| target.made == Some(Made::File)) {
        let left = Document::new(client.format, bytes.clone()).map_err(TargetError::Fault)?;
        if left.is_husk(&client.section, &rendered.header) {
            return Ok((plan, After::Delete, made));
        }
    }
    Ok((plan, After::Write(bytes), made))
}

// The entries that the plan adds, in a file of their own.
fn fresh(job: &Job<'_>, plan: &FilePlan) -> String {
    let mut rendered = job.rendered.clone();
    let added: HashSet<&str> = plan.edits.iter().map(Edit::name).collect();
    rendered.entries.retain(|(name, _)| added.contains(name.as_str()));
    rendered.text()
}

impl Prepared<'_> {
    /// Returns what the ledger says once this is carried out.
    pub fn settled(&self) -> Target {
        self.row(self.plan.settled.clone())
    }

    /// Returns what the ledger says while this is being carried out.
    pub fn pending(&self) -> Target {
        self.row(self.plan.pending.clone())
    }

    fn row(&self, entries: BTreeMap<String, Owned>) -> Target {
        Target {
            client: self.job.client().name.clone(),
            project: self.job.project.clone(),
            made: self.made.clone(),
            entries,
        }
    }

    /// Puts the staged version in the file's place. Whoever wrote the file meanwhile loses nothing: it is
    /// planned again, with what the ledger now says is about to be written.
    ///
    /// # Errors
    /// Fails where the system refuses, and where the file now holds entries that are not ours.
    pub fn publish(
        &mut self,
        staged: Option<Staged>,
        before: Option<&Target>,
        terms: &Terms<'_>,
    ) -> Result<(), TargetError> {
        let (path, client) = (self.job.path.clone(), self.job.client());
        let made = before.and_then(|row| row.made.clone());
        let mut ours = None;
        publish(&path, Some(client), self.before.clone(), staged, |now| {
            let pending = || Target { made: made.clone(), ..self.pending() };
            let ours = ours.get_or_insert_with(pending);
            self.plan_again(now, ours, terms)?;
            Ok(self.after.clone())
        })
    }

    fn plan_again(
        &mut self,
        bytes: Option<Vec<u8>>,
        ours: &Target,
        terms: &Terms<'_>,
    ) -> Result<(), TargetError> {
        let (plan, after, made) = plan_bytes(&self.job, bytes.as_deref(), Some(ours), terms)?;
        let conflicts = plan.conflicts();
        if !conflicts.is_empty() {
            return Err(TargetError::LateConflict(
                conflicts.into_iter().map(str::to_owned).collect(),
            ));
        }
        self.before = bytes;
        self.plan = plan;
        self.after = after;
        self.made = made;
        Ok(())
    }

    /// Returns the entries that change, by name: as they are now, and as they become.
    pub fn shown(&self) -> HashMap<&str, (Option<Entry>, Option<Entry>)> {
        let mut now = self.entries_now().unwrap_or_default();
        let both = |edit| {
            let old = match now.remove(Edit::name(edit)) {
                Some(Value::Object(entry)) => Some(entry),
                Some(_) | None => None,
            };
            let new = match edit {
                Edit::Put { entry, .. } => Some(entry.clone()),
                Edit::Set { set, unset, .. } => {
                    let mut entry = old.clone().unwrap_or_default();
                    entry.retain(|field, _| !unset.contains(field));
                    entry.extend(set.iter().cloned());
                    Some(entry)
                }
                Edit::Remove { .. } => None,
            };
            (edit.name(), (old, new))
        };
        self.plan.edits.iter().map(both).collect()
    }

    fn entries_now(&self) -> Option<Entries> {
        let document = Document::new(self.job.client().format, self.before.clone()?).ok()?;
        document.entries(&self.job.client().section).ok()
    }
}
