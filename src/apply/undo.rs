//! Taking the last apply back: the old bytes where a file is still what we wrote, else our entries'
//! earlier fields alone.

use std::collections::{BTreeMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::publish::publish;
use super::target::{After, Prepared, TargetError};
use crate::client::{Client, ClientTable};
use crate::document::edit::Edit;
use crate::document::{Document, Entries, Fault};
use crate::fs::staged::Staged;
use crate::fs::{self, FsError};
use crate::ledger::{Ledger, LedgerError, Owned, digest};
use crate::paths::Environment;

/// Records one apply: what every file was before it, and the ledger.
#[derive(Debug, Serialize, Deserialize)]
struct Generation<R, L> {
    number: u64,
    targets: Vec<R>,
    ledger: L,
}

/// As much of a generation as its files' names; the rest grows with all entries and is skipped.
type Outline = Generation<Backup, IgnoredAny>;

#[derive(Debug, Deserialize)]
struct Backup {
    backup: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    path: Utf8PathBuf,
    client: String,
    backup: Option<String>,
    written: Option<String>,
    // What was written of each changed entry; nothing where it was removed.
    entries: BTreeMap<String, Option<Owned>>,
}

/// Says why the last apply cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is none.
    #[error("there is no apply to take back")]
    Nothing,
    /// The record of it is damaged.
    #[error(
        "the record of the last apply, `{0}`, is damaged; restore the files by hand from its folder"
    )]
    Damaged(Utf8PathBuf),
    /// A file could not be put back.
    #[error("`{path}`: {source}")]
    Target {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: TargetError,
    },
    /// The ledger could not be put back.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// Says how a file was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Byte for byte.
    Bytes,
    /// Our entries alone, since the file has changed since.
    Entries,
    /// It needed nothing.
    Nothing,
}

const INDEX: &str = "generation.json";

fn folder(env: &Environment) -> Utf8PathBuf {
    env.state_dir().join("undo")
}

/// Records what is about to be overwritten. The earlier generation is given up only once this one is
/// complete.
///
/// # Errors
/// Fails where the folder cannot be written; nothing has changed then.
pub fn record(
    env: &Environment,
    prepared: &[Prepared<'_>],
    ledger: &Ledger,
) -> Result<(), FsError> {
    let folder = folder(env);
    fs::create_private_folder(&folder)?;
    let index = folder.join(INDEX);
    let number = load::<Outline>(&index).map_or(1, |earlier| earlier.number + 1);
    let mut targets = vec![];
    for target in prepared.iter().filter(|p| p.after != After::Unchanged) {
        let backup = format!("{number}-{}", targets.len());
        if let Some(bytes) = &target.before {
            fs::write_private(&folder.join(&backup), bytes)?;
        }
        let changed = target.plan.steps.iter().filter(|(_, step)| step.is_change());
        let written = |name: &String| (name.clone(), target.plan.settled.get(name).cloned());
        targets.push(Record {
            path: target.job.path.clone(),
            client: target.job.client().name.clone(),
            backup: target.before.as_ref().map(|_| backup),
            written: match &target.after {
                After::Write(bytes) => Some(digest(bytes)),
                After::Delete | After::Unchanged => None,
            },
            entries: changed.map(|(name, _)| written(name)).collect(),
        });
    }
    let generation = Generation { number, targets, ledger };
    let text = serde_json::to_string_pretty(&generation).expect("a generation is plain data");
    fs::write_private(&index, text.as_bytes())?;
    let backups = generation.targets.iter().filter_map(|record| record.backup.as_deref());
    clean(&folder, backups.chain([INDEX]).collect())
}

/// Removes what a killed run left in the undo folder, unless the generation there is damaged.
///
/// # Errors
/// Fails where the system refuses.
pub fn sweep(env: &Environment) -> Result<(), FsError> {
    let folder = folder(env);
    match load::<Outline>(&folder.join(INDEX)) {
        Ok(generation) => {
            let backups = generation.targets.iter().filter_map(|record| record.backup.as_deref());
            clean(&folder, backups.chain([INDEX]).collect())
        }
        Err(UndoError::Nothing) => clean(&folder, HashSet::new()),
        Err(_unreadable) => Ok(()),
    }
}

// Removes what is in the undo folder, but for the files of a generation.
fn clean(folder: &Utf8Path, kept: HashSet<&str>) -> Result<(), FsError> {
    let mut names = fs::names(folder);
    names.retain(|name| !kept.contains(name.as_str()));
    names.iter().try_for_each(|name| fs::remove(&folder.join(name)))
}

fn load<G: DeserializeOwned>(index: &Utf8Path) -> Result<G, UndoError> {
    let bytes = fs::read(index)?.ok_or(UndoError::Nothing)?;
    serde_json::from_slice(&bytes).map_err(|_| UndoError::Damaged(index.to_owned()))
}

/// Takes the last apply back. Everything is read and computed before the first file is written.
///
/// # Errors
/// Fails where there is nothing to take back, and where a file cannot be read or written.
pub fn undo(
    env: &Environment,
    table: &ClientTable,
    ledger_path: &Utf8Path,
) -> Result<Vec<(Utf8PathBuf, Restored)>, UndoError> {
    let folder = folder(env);
    let index = folder.join(INDEX);
    let generation: Generation<Record, Ledger> = load(&index)?;
    sweep(env)?;
    let paths = generation.targets.iter().map(|record| record.path.as_path());
    paths.chain([ledger_path]).for_each(fs::sweep);
    let wrap = |record: &Record, source| match source {
        TargetError::Fs(error) => UndoError::Fs(error),
        source @ (TargetError::Fault(_) | TargetError::LateConflict(_) | TargetError::Busy) => {
            UndoError::Target { path: record.path.clone(), source }
        }
    };
    let mut plans = vec![];
    for record in &generation.targets {
        let old = match &record.backup {
            Some(backup) => {
                let bytes = fs::read(&folder.join(backup))?;
                Some(bytes.ok_or_else(|| UndoError::Damaged(index.clone()))?)
            }
            None => None,
        };
        plans.push(Restore::stage(record, old, table).map_err(|e| wrap(record, e))?);
    }
    let mut done = vec![];
    for plan in plans {
        let record = plan.record;
        done.push((record.path.clone(), plan.publish(table).map_err(|e| wrap(record, e))?));
    }
    generation.ledger.save(ledger_path)?;
    fs::remove(&index)?;
    clean(&folder, HashSet::new())?;
    Ok(done)
}

/// Holds a file that is ready to be put back.
struct Restore<'a> {
    record: &'a Record,
    old: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
    restored: Restored,
    staged: Option<Staged>,
}

impl<'a> Restore<'a> {
    fn stage(
        record: &'a Record,
        old: Option<Vec<u8>>,
        table: &ClientTable,
    ) -> Result<Self, TargetError> {
        let now = fs::read_target(&record.path)?;
        let restored = restore(record, old.clone(), now.clone(), table);
        let (restored, after) = restored.map_err(TargetError::Fault)?;
        let staged = after.stage(&record.path)?;
        Ok(Self { record, old, now, restored, staged })
    }

    fn publish(self, table: &ClientTable) -> Result<Restored, TargetError> {
        let Self { record, old, now, mut restored, staged } = self;
        if staged.is_none() {
            return Ok(restored);
        }
        publish(&record.path, table.get(&record.client), now, staged, |now| {
            let (how, after) =
                restore(record, old.clone(), now, table).map_err(TargetError::Fault)?;
            restored = how;
            Ok(after)
        })?;
        Ok(restored)
    }
}

fn restore(
    record: &Record,
    old: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
    table: &ClientTable,
) -> Result<(Restored, After), Fault> {
    if now == old {
        return Ok((Restored::Nothing, After::Unchanged));
    }
    let as_written = now.as_deref().map(digest) == record.written;
    match (old, now) {
        (Some(old), _) if as_written => Ok((Restored::Bytes, After::Write(old))),
        (None, _) if as_written => Ok((Restored::Bytes, After::Delete)),
        (_, None) => Ok((Restored::Nothing, After::Unchanged)),
        (old, Some(now)) => match table.get(&record.client) {
            Some(client) => restore_entries(record, client, old, now),
            None => Ok((Restored::Nothing, After::Unchanged)),
        },
    }
}

// Only what we touched goes back: of an entry that stays, our fields and those that launch.
fn restore_entries(
    record: &Record,
    client: &Client,
    old: Option<Vec<u8>>,
    now: Vec<u8>,
) -> Result<(Restored, After), Fault> {
    let now = Document::new(client.format, now)?;
    let current = now.entries(&client.section)?;
    let earlier = match old {
        Some(bytes) => Document::new(client.format, bytes)?.entries(&client.section)?,
        None => Entries::new(),
    };
    let edits = record.entries.iter().filter_map(|(name, written)| {
        let name = name.clone();
        match (earlier.get(&name), current.get(&name)) {
            (None, None) => None,
            (None, Some(now)) => {
                // One that we never wrote, since somebody else put it there, is theirs.
                let now = now.as_object()?;
                written.as_ref().is_some_and(|w| w.matches(now)).then_some(Edit::Remove { name })
            }
            (Some(Value::Object(old)), Some(Value::Object(now))) => {
                let set = old.iter().filter(|(key, _)| client.launch_fields.contains(key));
                let gone = now.keys().filter(|key| !old.contains_key(*key));
                Some(Edit::Set {
                    name,
                    set: set.map(|(key, value)| (key.clone(), value.clone())).collect(),
                    unset: gone.filter(|key| client.launch_fields.contains(key)).cloned().collect(),
                })
            }
            (Some(Value::Object(old)), None) => Some(Edit::Put { name, entry: old.clone() }),
            (Some(_), _) => None,
        }
    });
    let edits: Vec<Edit> = edits.collect();
    let (bytes, _) = now.edit(&client.section, &edits, None)?;
    Ok((Restored::Entries, After::Write(bytes)))
}
