//! Reads and plans one file, and writes it even if other programs write it at the same time.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use camino::Utf8PathBuf;
use serde_json::Value;

use super::after::After;
use super::error::TargetError;
use super::job::TargetJob;
use super::publish::publish;
use crate::document::edit::Edit;
use crate::document::{CreatedParts, Document, Entries, Entry};
use crate::fs::staged::Staged;
use crate::fs::{self, Placement};
use crate::ledger::{CoOwners, Ledger, Owned, Target};
use crate::plan::{self, Adopt, FilePlan};

/// The owner of the entries, and the other entries that may be adopted.
#[derive(Debug)]
pub struct Terms<'a> {
    /// The owner.
    pub owner: &'a str,
    /// The entries that may be adopted.
    pub adopt: &'a Adopt,
}

/// A planned file.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// The file and its desired entries.
    pub job: TargetJob<'a>,
    /// Its current bytes, if the file exists.
    pub before: Option<Vec<u8>>,
    /// The plan for its entries.
    pub plan: FilePlan,
    /// The change to its bytes.
    pub after: After,
    /// How the new version replaces the file.
    pub placement: Placement,
    /// The file in the user's dotfiles that the path led to before a client replaced the link by a file.
    pub lost_link: Option<Utf8PathBuf>,
    /// The entries of the other owners.
    pub others: CoOwners,
    made: Option<CreatedParts>,
    directories: Vec<Utf8PathBuf>,
}

/// Reads a file and plans it.
///
/// # Errors
/// Fails if the file cannot be read or parsed, and if it must be written and cannot be.
pub fn prepare<'a>(
    job: TargetJob<'a>,
    ledger: &Ledger,
    terms: &Terms<'_>,
) -> Result<Prepared<'a>, TargetError> {
    let end = &job.location.end;
    let before = if job.location.is_removed { None } else { fs::read(end)? };
    let ours = ledger.target(terms.owner, job.path());
    let others = ledger.co_owners(terms.owner, &job.location);
    let (plan, after, made) = plan_bytes(&job, before.as_deref(), ours, &others, terms)?;
    let mut placement = Placement::Exchange;
    if after != After::Unchanged || !plan.conflicts().is_empty() {
        job.location.check_writable()?;
    }
    if after != After::Unchanged && !job.location.is_removed {
        placement = fs::placement(end)?;
    }
    let mut directories = ours.map_or(vec![], |ours| ours.directories.clone());
    if before.is_none() {
        let known: HashSet<Utf8PathBuf> = directories.iter().cloned().collect();
        directories.extend(fs::missing_above(end).into_iter().filter(|new| !known.contains(new)));
    }
    let lost_link = ours.and_then(|ours| lost_link(&job, ours));
    Ok(Prepared { job, before, plan, after, placement, lost_link, others, made, directories })
}

// Returns the file that the path led to when mcpgen wrote it, if the path was a link then and is a regular file now.
// The other file still exists and is out of date.
fn lost_link(job: &TargetJob<'_>, ours: &Target) -> Option<Utf8PathBuf> {
    let end = ours.link.as_ref().filter(|end| **end != job.location.end)?;
    (!job.path().is_symlink() && job.path().is_file() && end.is_file()).then(|| end.clone())
}

/// Plans bytes that are not read from the disk, as if they were the content of the job's file.
///
/// # Errors
/// Fails if the bytes cannot be parsed.
pub fn prepare_bytes<'a>(
    job: TargetJob<'a>,
    before: Option<Vec<u8>>,
    ledger: &Ledger,
    terms: &Terms<'_>,
) -> Result<Prepared<'a>, TargetError> {
    let ours = ledger.target(terms.owner, job.path());
    let others = ledger.co_owners(terms.owner, &job.location);
    let (plan, after, made) = plan_bytes(&job, before.as_deref(), ours, &others, terms)?;
    let directories = ours.map_or(vec![], |ours| ours.directories.clone());
    let placement = Placement::Exchange;
    let lost_link = None;
    Ok(Prepared { job, before, plan, after, placement, lost_link, others, made, directories })
}

type PlannedBytes = (FilePlan, After, Option<CreatedParts>);

fn plan_bytes(
    job: &TargetJob<'_>,
    before: Option<&[u8]>,
    ours: Option<&Target>,
    others: &CoOwners,
    terms: &Terms<'_>,
) -> Result<PlannedBytes, TargetError> {
    let document = Document::new(job.client().format, before.unwrap_or_default().to_vec());
    let document = document.map_err(TargetError::DocumentError)?;
    let mut rendered = Cow::Borrowed(job.rendered.in_layout_of(&document));
    let client = rendered.client;
    let actual = document.entries(&client.section).map_err(TargetError::DocumentError)?;
    if job.layer_of.is_some() {
        let decides = |name: &String| actual.get(name).is_some_and(|it| client.decides_launch(it));
        rendered.to_mut().replaces.retain(|name, _| decides(name));
    }
    let plan = plan::plan(&rendered, &actual, ours, others, terms.adopt);
    let made = ours.and_then(|target| target.made.clone());
    if !plan.is_change() {
        return Ok((plan, After::Unchanged, made));
    }
    if before.is_none() {
        let text = fresh(job, &plan);
        return Ok((plan, After::Write(text.into_bytes()), Some(CreatedParts::File)));
    }
    let edited = document.edit(&client.section, &plan.edits, made.as_ref());
    let (bytes, made) = edited.map_err(TargetError::DocumentError)?;
    if plan.settled.is_empty() && ours.is_some_and(|target| target.made == Some(CreatedParts::File))
    {
        let left =
            Document::new(client.format, bytes.clone()).map_err(TargetError::DocumentError)?;
        let removable = fs::placement(&job.location.end)? == Placement::Exchange;
        if removable && left.is_husk(&client.section, &rendered.header) {
            return Ok((plan, After::Delete, made));
        }
    }
    Ok((plan, After::Write(bytes), made))
}

// Returns the text of a new file with the entries that the plan adds.
fn fresh(job: &TargetJob<'_>, plan: &FilePlan) -> String {
    let mut rendered = job.rendered.clone();
    let added: HashSet<&str> = plan.edits.iter().map(Edit::name).collect();
    rendered.entries.retain(|(name, _)| added.contains(name.as_str()));
    rendered.text()
}

impl Prepared<'_> {
    /// Returns the ledger's row after the plan is carried out.
    pub fn settled(&self) -> Target {
        self.row(self.plan.settled.clone())
    }

    /// Returns the ledger's row while the plan is being carried out.
    pub fn pending(&self) -> Target {
        self.row(self.plan.pending.clone())
    }

    fn row(&self, entries: BTreeMap<String, Owned>) -> Target {
        Target {
            client: self.job.client().name.clone(),
            project: self.job.project.clone(),
            home: self.job.home.clone(),
            made: self.made.clone(),
            directories: self.directories.clone(),
            link: self.link(),
            entries,
        }
    }

    // The ledger keeps a lost link as long as the file that it led to exists.
    fn link(&self) -> Option<Utf8PathBuf> {
        let is_link = || self.job.path().is_symlink().then(|| self.job.location.end.clone());
        self.lost_link.clone().or_else(is_link)
    }

    /// Returns the directories that are created for the file.
    pub fn directories(&self) -> &[Utf8PathBuf] {
        &self.directories
    }

    /// Removes the empty directories that were created for the file, if the file has no more entries.
    pub fn remove_directories(&self) {
        if self.plan.settled.is_empty() {
            fs::remove_empty(&self.directories);
        }
    }

    /// Publishes the staged version. If another program wrote the file in the meantime, its changes are kept: the file
    /// is planned again with the pending row of the ledger.
    ///
    /// # Errors
    /// Fails if the operating system returns an error, if the file now has a conflict, and if the file keeps changing.
    pub fn publish(
        &mut self,
        staged: Option<Staged>,
        before: Option<&Target>,
        terms: &Terms<'_>,
    ) -> Result<(), TargetError> {
        let (location, locks) = (self.job.location.clone(), self.job.locks());
        let made = before.and_then(|row| row.made.clone());
        let mut ours = None;
        // A client's file may have megabytes, so its bytes are moved. Nothing reads them after the file is published.
        publish(&location, &locks, self.before.take(), staged, |now| {
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
        let (plan, after, made) =
            plan_bytes(&self.job, bytes.as_deref(), Some(ours), &self.others, terms)?;
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

    /// Returns the entries that change by name, each before and after the change.
    pub fn shown(&self) -> HashMap<&str, (Option<Entry>, Option<Entry>)> {
        let mut now = self.entries_now().unwrap_or_default();
        let both = |edit| {
            let old = match now.remove(Edit::name(edit)) {
                Some(Value::Object(entry)) => Some(entry),
                Some(_) | None => None,
            };
            let new = match edit {
                Edit::Put { entry, .. } => Some((**entry).clone()),
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
        document.entries(&self.job.client().in_layout_of(&document).section).ok()
    }
}
