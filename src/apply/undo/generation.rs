//! The undo directory, which contains the files and the ledger from before the last apply. It keeps one generation.
//!
//! The content of the directory is not trusted: backups must have the names that mcpgen gives them, and a path must be
//! in a ledger or in the client table.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::UndoError;
use crate::apply::After;
use crate::apply::target::Prepared;
use crate::fs::{self, FsError, Placement};
use crate::ledger::{Ledger, Owned, digest};
use crate::paths::Environment;

// Version 2 added `version` itself, and the fields of a record for links, directories and files written in place. A
// generation without a version has the first format.
const VERSION: u32 = 2;
const INDEX: &str = "generation.json";

/// The files that one apply wrote, and the ledger before it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Generation<R, L> {
    #[serde(default = "first_version")]
    version: u32,
    // Version 1 calls this field `number`, so an mcpgen of that version rejects this generation.
    #[serde(rename = "generation", alias = "number")]
    number: u64,
    /// The files that were written.
    pub targets: Vec<R>,
    /// The ledger as it was.
    pub ledger: L,
}

fn first_version() -> u32 {
    1
}

/// The part of a generation that names its backups. The rest grows with the number of entries and is skipped.
type Outline = Generation<Backup, IgnoredAny>;

#[derive(Debug, Deserialize)]
struct Backup {
    backup: Option<String>,
}

/// One file before and after an apply.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The file as its client names it.
    pub path: Utf8PathBuf,
    /// The client whose file it is.
    pub client: String,
    /// The project that contains the file, or `None` for the user's own file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Utf8PathBuf>,
    /// The home of the client that contains the file, or `None` for the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Utf8PathBuf>,
    /// The file that was written, if `path` leads to it by links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Utf8PathBuf>,
    /// The name of the backup in the undo directory. `None` if there was no file.
    pub backup: Option<String>,
    /// The digest of the written bytes. `None` if the file was removed.
    pub written: Option<String>,
    /// The number of written bytes, if the file was written in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place: Option<u64>,
    /// The directories created for the file, the topmost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<Utf8PathBuf>,
    /// The written fields of each changed entry. `None` if the entry was removed.
    pub entries: BTreeMap<String, Option<Owned>>,
}

/// Returns the undo directory.
pub fn directory(env: &Environment) -> Utf8PathBuf {
    env.state_dir().join("undo")
}

/// A generation that is about to be recorded.
pub struct Draft {
    directory: Utf8PathBuf,
    backups: Vec<String>,
    text: String,
}

impl Draft {
    /// Describes the files that are about to be overwritten.
    ///
    /// # Errors
    /// Fails if the undo directory cannot be created.
    pub fn new(
        env: &Environment,
        prepared: &[Prepared<'_>],
        ledger: &Ledger,
    ) -> Result<Self, FsError> {
        let directory = directory(env);
        fs::create_private_directory(&directory)?;
        let number = load::<Outline>(&directory).map_or(1, |earlier| earlier.number + 1);
        let changing: Vec<&Prepared<'_>> =
            prepared.iter().filter(|target| target.after != After::Unchanged).collect();
        let backups: Vec<String> =
            (0..changing.len()).map(|index| format!("{number}-{index}")).collect();
        let pairs = changing.into_iter().zip(&backups);
        let targets = pairs.map(|(target, backup)| record(target, backup)).collect();
        let generation: Generation<Record, &Ledger> =
            Generation { version: VERSION, number, targets, ledger };
        let text = serde_json::to_string_pretty(&generation).expect("a generation is plain data");
        Ok(Self { directory, backups, text })
    }

    /// Writes the old bytes. No index names these files yet. The caller must sync them.
    ///
    /// # Errors
    /// Fails if the undo directory cannot be written.
    pub fn copy(&self, prepared: &[Prepared<'_>]) -> Result<Vec<File>, FsError> {
        let changing = prepared.iter().filter(|target| target.after != After::Unchanged);
        let old = changing.zip(&self.backups).filter_map(|(target, backup)| {
            let bytes = target.before.as_ref()?;
            Some(fs::write_unsynced_private(&self.directory.join(backup), bytes))
        });
        old.collect()
    }

    /// Writes the index after the old bytes are on the disk, and then removes the earlier generation.
    ///
    /// # Errors
    /// Fails if the undo directory cannot be written. No target has changed then.
    pub fn record(self) -> Result<(), FsError> {
        // The index must not be on the disk before the names of the files in it.
        fs::durable::sync_names(std::iter::once(&*self.directory.join(INDEX)));
        fs::write_private(&self.directory.join(INDEX), self.text.as_bytes())?;
        clean(&self.directory, &self.backups.iter().map(String::as_str).chain([INDEX]).collect());
        Ok(())
    }
}

fn record(target: &Prepared<'_>, backup: &str) -> Record {
    let changed = target.plan.steps.iter().filter(|(_, step)| step.is_change());
    let written = |name: &String| (name.clone(), target.plan.settled.get(name).cloned());
    let location = &target.job.location;
    let bytes = match &target.after {
        After::Write(bytes) => Some(bytes),
        After::Delete | After::Unchanged => None,
    };
    let in_place = bytes.filter(|_| target.placement == Placement::InPlace);
    Record {
        path: location.path.clone(),
        client: target.job.client().name.clone(),
        project: target.job.project.clone(),
        home: target.job.home.clone(),
        end: (location.end != location.path).then(|| location.end.clone()),
        backup: target.before.as_ref().map(|_| backup.to_owned()),
        written: bytes.map(|bytes| digest(bytes)),
        in_place: in_place.map(|bytes| bytes.len() as u64),
        directories: if target.before.is_none() { target.directories().to_vec() } else { vec![] },
        entries: changed.map(|(name, _)| written(name)).collect(),
    }
}

/// Reads a generation.
///
/// # Errors
/// Fails if there is none, if it is damaged, and if a newer mcpgen wrote it.
pub fn read(directory: &Utf8Path) -> Result<Generation<Record, Ledger>, UndoError> {
    let generation: Generation<Record, Ledger> = load(directory)?;
    let backups = generation.targets.iter().map(|record| record.backup.as_deref());
    if are_ours(generation.number, backups) {
        Ok(generation)
    } else {
        Err(UndoError::Damaged(directory.join(INDEX)))
    }
}

// Returns whether the backups have the names that mcpgen gives them.
fn are_ours<'a>(number: u64, backups: impl Iterator<Item = Option<&'a str>>) -> bool {
    let is_ours = |(index, name): (usize, Option<&str>)| {
        name.is_none_or(|name| name == format!("{number}-{index}"))
    };
    backups.enumerate().all(is_ours)
}

fn load<G: DeserializeOwned>(directory: &Utf8Path) -> Result<G, UndoError> {
    let index = directory.join(INDEX);
    let bytes = fs::read(&index)?.ok_or(UndoError::Nothing)?;
    serde_json::from_slice(&bytes).map_err(|_| unreadable(index, &bytes))
}

// A newer version may have another format, but it has the field `version`.
fn unreadable(index: Utf8PathBuf, bytes: &[u8]) -> UndoError {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    match value["version"].as_u64() {
        Some(version) if version > u64::from(VERSION) => UndoError::Newer { index, version },
        Some(_) | None => UndoError::Damaged(index),
    }
}

/// Removes the files that a killed run left in the undo directory. If the generation cannot be read, removes nothing.
pub fn sweep(directory: &Utf8Path) {
    match load::<Outline>(directory) {
        Ok(generation) => {
            let backups = || generation.targets.iter().map(|record| record.backup.as_deref());
            if are_ours(generation.number, backups()) {
                clean(directory, &backups().flatten().chain([INDEX]).collect());
            }
        }
        Err(UndoError::Nothing) => clean(directory, &HashSet::new()),
        Err(_unreadable) => {}
    }
}

/// Removes the generation, including the old bytes.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn remove(directory: &Utf8Path) -> Result<(), FsError> {
    fs::remove(&directory.join(INDEX))?;
    clean(directory, &HashSet::new());
    Ok(())
}

// Removes the files that mcpgen created in the undo directory, except those in `kept`. Other files remain, because
// mcpgen did not create them.
fn clean(directory: &Utf8Path, kept: &HashSet<&str>) {
    let ours = |name: &String| is_ours(name) && !kept.contains(name.as_str());
    for path in
        fs::names(directory).iter().filter(|name| ours(name)).map(|name| directory.join(name))
    {
        fs::remove_file_only(&path);
    }
}

// Recognizes `3-0`, `generation.json`, and temporary files of either.
fn is_ours(name: &str) -> bool {
    let plain = match name.strip_prefix('.').and_then(|rest| rest.rsplit_once(fs::TEMP_MARK)) {
        Some((plain, _random)) => plain,
        None => name,
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain == INDEX || plain.split_once('-').is_some_and(|(one, two)| digits(one) && digits(two))
}
