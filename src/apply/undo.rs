//! Taking the last apply back: the old bytes where a file is still what we wrote, else our entries'
//! earlier fields alone.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::target::{After, Prepared, lock};
use crate::client::{Client, ClientTable};
use crate::document::edit::Edit;
use crate::document::{Document, Entries, Fault};
use crate::fs::{self, FsError, Staged};
use crate::ledger::{Ledger, LedgerError};
use crate::paths::Environment;

/// Records one apply: what every file was before it, and the ledger.
#[derive(Debug, Serialize, Deserialize)]
struct Generation {
    number: u64,
    targets: Vec<Record>,
    ledger: Ledger,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    path: Utf8PathBuf,
    client: String,
    backup: Option<String>,
    written: Option<String>,
    names: Vec<String>,
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
        source: Fault,
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
    let index = folder.join("generation.json");
    let earlier = load(&index).ok();
    let number = earlier.as_ref().map_or(1, |generation| generation.number + 1);
    let mut targets = vec![];
    for target in prepared.iter().filter(|p| p.after != After::Unchanged) {
        let backup = format!("{number}-{}", targets.len());
        if let Some(bytes) = &target.before {
            fs::write_private(&folder.join(&backup), bytes)?;
        }
        let changed = target.plan.steps.iter().filter(|(_, step)| step.is_change());
        targets.push(Record {
            path: target.job.path.clone(),
            client: target.job.client().name.clone(),
            backup: target.before.as_ref().map(|_| backup),
            written: match &target.after {
                After::Write(bytes) => Some(digest(bytes)),
                After::Delete | After::Unchanged => None,
            },
            names: changed.map(|(name, _)| name.clone()).collect(),
        });
    }
    let generation = Generation { number, targets, ledger: ledger.clone() };
    let text = serde_json::to_string_pretty(&generation).expect("a generation is plain data");
    fs::write_private(&index, text.as_bytes())?;
    for record in earlier.into_iter().flat_map(|generation| generation.targets) {
        if let Some(backup) = record.backup {
            fs::remove(&folder.join(backup))?;
        }
    }
    Ok(())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn load(index: &Utf8Path) -> Result<Generation, UndoError> {
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
    let index = folder.join("generation.json");
    let generation = load(&index)?;
    let mut plans = vec![];
    for record in &generation.targets {
        let old = match &record.backup {
            Some(backup) => {
                let bytes = fs::read(&folder.join(backup))?;
                Some(bytes.ok_or_else(|| UndoError::Damaged(index.clone()))?)
            }
            None => None,
        };
        plans.push(Restore::stage(record, old, table)?);
    }
    let mut done = vec![];
    for plan in plans {
        done.push((plan.record.path.clone(), plan.publish(table)?));
    }
    generation.ledger.save(ledger_path)?;
    fs::remove(&index)?;
    for backup in generation.targets.iter().filter_map(|record| record.backup.as_ref()) {
        fs::remove(&folder.join(backup))?;
    }
    Ok(done)
}

/// Holds a file that is ready to be put back.
struct Restore<'a> {
    record: &'a Record,
    old: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
    restored: Restored,
    after: After,
    staged: Option<Staged>,
}

impl<'a> Restore<'a> {
    fn stage(
        record: &'a Record,
        old: Option<Vec<u8>>,
        table: &ClientTable,
    ) -> Result<Self, UndoError> {
        let now = fs::read(&record.path)?;
        let restored = restore(record, old.clone(), now.clone(), table);
        let (restored, after) = restored
            .map_err(|fault| UndoError::Target { path: record.path.clone(), source: fault })?;
        let staged = match &after {
            After::Write(bytes) => Some(fs::stage(&record.path, bytes)?),
            After::Unchanged | After::Delete => None,
        };
        Ok(Self { record, old, now, restored, after, staged })
    }

    // A file that has changed since it was read is read once more, under its client's lock.
    fn publish(self, table: &ClientTable) -> Result<Restored, UndoError> {
        let path = &self.record.path;
        let _lock = match table.get(&self.record.client) {
            Some(client) => lock(client, path)?,
            None => None,
        };
        let this = if fs::read(path)? == self.now {
            self
        } else {
            Self::stage(self.record, self.old, table)?
        };
        if let Some(staged) = this.staged {
            staged.publish()?;
        }
        if this.after == After::Delete {
            fs::remove(&fs::resolve(&this.record.path)?)?;
        }
        Ok(this.restored)
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
    let edits = record.names.iter().filter_map(|name| {
        let name = name.clone();
        match (earlier.get(&name), current.get(&name)) {
            (None, None) => None,
            (None, Some(_)) => Some(Edit::Remove { name }),
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
