//! Restores one file: its old bytes if it still has the bytes that mcpgen wrote, otherwise only fields of mcpgen's
//! entries.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::Restored;
use super::generation::Record;
use crate::apply::job::lock_of;
use crate::apply::publish::publish;
use crate::apply::{After, TargetError};
use crate::client::{Client, ClientTable};
use crate::document::edit::Edit;
use crate::document::{Document, DocumentError, Entries};
use crate::fs::staged::Staged;
use crate::fs::{self, Location};
use crate::ledger::digest;

/// A file that is ready to be restored.
pub struct Restore<'a> {
    /// The record of the apply.
    pub record: &'a Record,
    location: Location,
    old: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
    restored: Restored,
    staged: Option<Staged>,
}

impl<'a> Restore<'a> {
    /// Reads the file and prepares its earlier version.
    ///
    /// # Errors
    /// Fails if the file cannot be read, parsed or written.
    pub fn stage(
        location: Location,
        record: &'a Record,
        old: Option<Vec<u8>>,
        table: &ClientTable,
    ) -> Result<Self, TargetError> {
        let now = fs::read(&location.end)?;
        let restored = restore(record, old.clone(), now.clone(), table);
        let (restored, after) = restored.map_err(TargetError::DocumentError)?;
        let staged = after.stage(&location)?;
        Ok(Self { record, location, old, now, restored, staged })
    }

    /// Returns the staged version, if the file changes. It must be synced before it is published.
    pub fn staged(&self) -> Option<&Staged> {
        self.staged.as_ref()
    }

    /// Returns the file that is restored.
    pub fn end(&self) -> &Utf8Path {
        &self.location.end
    }

    /// Publishes the earlier version. The caller syncs the name of the file.
    ///
    /// # Errors
    /// Fails if the operating system returns an error, and if the file keeps changing.
    pub fn publish(self, table: &ClientTable) -> Result<Restored, TargetError> {
        let Self { record, location, old, now, mut restored, staged } = self;
        if staged.is_none() {
            return Ok(restored);
        }
        let client = table.get(&record.client).filter(|client| client.lock);
        let locks: Vec<Utf8PathBuf> = client.map(|_| lock_of(&record.path)).into_iter().collect();
        publish(&location, &locks, now, staged, |now| {
            let (how, after) =
                restore(record, old.clone(), now, table).map_err(TargetError::DocumentError)?;
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
) -> Result<(Restored, After), DocumentError> {
    if now == old {
        return Ok((Restored::Nothing, After::Unchanged));
    }
    let as_written = now.as_deref().map(digest) == record.written;
    match (old, now) {
        (Some(old), _) if as_written => Ok((Restored::Bytes, After::Write(old))),
        (None, _) if as_written => Ok((Restored::Deleted, After::Delete)),
        (_, None) => Ok((Restored::Nothing, After::Unchanged)),
        (Some(old), Some(now)) if record.in_place.is_some() && is_padded(&now, &old) => {
            Ok((Restored::Bytes, After::Write(old)))
        }
        (old, Some(now)) => match table.get(&record.client) {
            Some(client) => {
                let torn = is_torn(record, client, &now);
                match old {
                    Some(old) if torn => Ok((Restored::Bytes, After::Write(old))),
                    old => restore_entries(record, client, old, now),
                }
            }
            None => Ok((Restored::Nothing, After::Unchanged)),
        },
    }
}

// Returns whether the file has blank lines after the old bytes: an undo was killed before it removed these lines.
fn is_padded(now: &[u8], old: &[u8]) -> bool {
    now.strip_prefix(old).is_some_and(|padding| padding.iter().all(|byte| *byte == b'\n'))
}

// Returns whether a file written in place cannot be parsed: a crash in the middle of the write left a part of it.
fn is_torn(record: &Record, client: &Client, now: &[u8]) -> bool {
    record.in_place.is_some()
        && Document::new(client.format, now.to_vec())
            .and_then(|document| document.entries(&client.section))
            .is_err()
}

// Restores only mcpgen's entries. In an entry that remains, restores the fields that change what is launched, and the
// fields that still have the values that mcpgen wrote.
fn restore_entries(
    record: &Record,
    client: &Client,
    old: Option<Vec<u8>>,
    now: Vec<u8>,
) -> Result<(Restored, After), DocumentError> {
    let now = Document::new(client.format, now)?;
    let client = client.in_layout_of(&now);
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
                // If the entry does not have the fields that mcpgen wrote, it belongs to somebody else and remains.
                let now = now.as_object()?;
                written.as_ref().is_some_and(|w| w.matches(now)).then_some(Edit::Remove { name })
            }
            (Some(Value::Object(old)), Some(Value::Object(now))) => {
                let wrote = |key: &str| {
                    let value = now.get(key);
                    value.is_some_and(|v| written.as_ref().is_some_and(|w| w.wrote(key, v)))
                };
                let ours = |key: &String| client.launch_fields().contains(key) || wrote(key);
                let set = old.iter().filter(|(key, _)| ours(key));
                let gone = now.keys().filter(|key| !old.contains_key(*key) && ours(key));
                Some(Edit::Set {
                    name,
                    set: set.map(|(key, value)| (key.clone(), value.clone())).collect(),
                    unset: gone.cloned().collect(),
                })
            }
            (Some(Value::Object(old)), None) => {
                Some(Edit::Put { name, entry: Arc::new(old.clone()) })
            }
            (Some(_), _) => None,
        }
    });
    let edits: Vec<Edit> = edits.collect();
    let (bytes, _) = now.edit(&client.section, &edits, None)?;
    Ok((Restored::Entries, After::Write(bytes)))
}
