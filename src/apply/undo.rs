//! Undoes the last apply. If a file still has the bytes that mcpgen wrote, its old bytes are restored. Otherwise only
//! the earlier fields of mcpgen's entries are restored.

use camino::{Utf8Path, Utf8PathBuf};

use super::TargetError;
use super::marker;
use crate::client::ClientTable;
use crate::fs::staged::sync_staged;
use crate::fs::{self, FsError, Location, durable};
use crate::ledger::{Ledger, digest};
use crate::paths::Environment;

mod error;
mod generation;
mod restore;

pub use error::UndoError;
pub use generation::Draft;
use generation::Record;
use restore::Restore;

/// The way in which a file was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Byte for byte.
    Bytes,
    /// The apply had created the file, so it was deleted.
    Deleted,
    /// Only mcpgen's entries, because the file has changed since the apply.
    Entries,
    /// Nothing had to be restored.
    Nothing,
}

/// Removes what a killed run left: temporary files, and blank lines at the bottom of a file written in place.
///
/// # Errors
/// Fails if other users can write to the undo directory.
pub fn sweep(env: &Environment) -> Result<(), FsError> {
    let directory = generation::directory(env);
    fs::check_private(&directory)?;
    fs::sweep(&crate::ledger::path(env));
    if marker::sweep(env)
        && let Ok(generation) = generation::read(&directory)
    {
        generation.targets.iter().for_each(finish_in_place);
    }
    generation::sweep(&directory);
    Ok(())
}

/// Removes the old bytes that are kept for undo, including any secrets in them. Returns whether there was an apply to
/// undo.
///
/// # Errors
/// Fails if the operating system returns an error.
pub fn forget(env: &Environment) -> Result<bool, FsError> {
    let directory = generation::directory(env);
    fs::check_private(&directory)?;
    let there = !matches!(generation::read(&directory), Err(UndoError::Nothing));
    generation::remove(&directory)?;
    Ok(there)
}

/// Returns whether there is an apply to undo.
pub fn is_possible(env: &Environment) -> bool {
    generation::read(&generation::directory(env)).is_ok()
}

// Removes the blank lines after a file written in place, if the run was killed before it removed them.
fn finish_in_place(record: &Record) {
    let (Some(length), Some(written)) = (record.in_place, &record.written) else { return };
    let end = record.end.as_ref().unwrap_or(&record.path);
    let Ok(Some(bytes)) = fs::read(end) else { return };
    let Some((ours, padding)) =
        usize::try_from(length).ok().and_then(|at| bytes.split_at_checked(at))
    else {
        return;
    };
    let padded = !padding.is_empty() && padding.iter().all(|byte| *byte == b'\n');
    if padded && digest(ours) == *written {
        fs::in_place::cut(end, length).ok();
    }
}

/// Undoes the last apply. Everything is read and computed before the first file is written.
///
/// # Errors
/// Fails if there is no apply to undo, and if a file cannot be read or written.
pub fn undo(
    env: &Environment,
    table: &ClientTable,
    ledger_path: &Utf8Path,
    follow_links: bool,
) -> Result<Vec<(Utf8PathBuf, Restored)>, UndoError> {
    sweep(env)?;
    let current = Ledger::load(ledger_path)?;
    let directory = generation::directory(env);
    let generation = generation::read(&directory)?;
    let known = |record: &Record| {
        let is_it = |(path, _): (&Utf8PathBuf, _)| *path == record.path;
        current.all().any(is_it)
            || generation.ledger.all().any(is_it)
            || is_a_clients(record, table, env)
    };
    if !generation.targets.iter().all(known) {
        return Err(UndoError::Damaged(directory.join("generation.json")));
    }
    let mut plans = vec![];
    for record in &generation.targets {
        let old = match &record.backup {
            Some(backup) => {
                let bytes = fs::read(&directory.join(backup))?;
                Some(bytes.ok_or_else(|| UndoError::Damaged(directory.join(backup)))?)
            }
            None => None,
        };
        let location = locate(record, follow_links)?;
        plans.push((location, record, old));
    }
    marker::set(env, plans.iter().map(|(location, ..)| location.end.as_path()))?;
    let stage = |(location, record, old)| {
        Restore::stage(location, record, old, table).map_err(|error| wrap(record, error))
    };
    let staged = plans.into_iter().map(stage).collect::<Result<Vec<_>, _>>();
    let staged = staged.inspect_err(|_| marker::clear(env))?;
    sync_staged(staged.iter().filter_map(Restore::staged), &[])
        .inspect_err(|_| marker::clear(env))?;
    let ends: Vec<Utf8PathBuf> = staged.iter().map(|plan| plan.end().to_owned()).collect();
    let mut done = vec![];
    for plan in staged {
        let record = plan.record;
        done.push((record.path.clone(), plan.publish(table).map_err(|e| wrap(record, e))?));
        fs::remove_empty(&record.directories);
    }
    durable::sync_names(ends.iter().map(|end| &**end));
    generation.ledger.save(ledger_path)?;
    generation::remove(&directory)?;
    marker::clear(env);
    Ok(done)
}

// Returns whether the client table has the path. No ledger has a layer in which mcpgen wrote no entry, and no ledger has
// a file that the apply added if an undo was killed after it restored the ledger.
fn is_a_clients(record: &Record, table: &ClientTable, env: &Environment) -> bool {
    let Some(client) = table.get(&record.client) else { return false };
    match (&record.project, &record.home) {
        (Some(project), _) => client.project_paths(project).contains(&record.path),
        (None, Some(home)) => {
            let Some(env) = client.env_in_home(home, env) else { return false };
            let paths = [client.candidates(&env), client.layer_paths(&env)];
            paths.into_iter().flatten().flatten().any(|path| path == record.path)
        }
        (None, None) => {
            let now = client.path(env).ok().flatten();
            let usual = client.fresh_paths(env).unwrap_or_default();
            let layers = client.layer_paths(env).unwrap_or_default();
            now.iter().chain(&usual).chain(&layers).any(|path| *path == record.path)
        }
    }
}

fn wrap(record: &Record, source: TargetError) -> UndoError {
    match source {
        TargetError::Fs(error) => UndoError::Fs(error),
        source @ (TargetError::DocumentError(_)
        | TargetError::LateConflict(_)
        | TargetError::Busy) => UndoError::Target { path: record.path.clone(), source },
    }
}

// A project's file may have become a link since the apply. This link must not lead out of the project.
fn locate(record: &Record, follow_links: bool) -> Result<Location, FsError> {
    match &record.project {
        Some(project) if !follow_links => {
            let root = fs::real_path(project)?;
            Location::below(&root, &record.path)
        }
        Some(_) | None => Location::new(&record.path),
    }
}
