//! The marker of a run that writes. It lists the files next to which a killed run may have left temporary files, so
//! that the next run searches no other directory.

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::{self, FsError};
use crate::paths::Environment;

fn path(env: &Environment) -> Utf8PathBuf {
    env.state_dir().join("writing")
}

/// Records the files that are about to be staged.
///
/// # Errors
/// Fails if the state directory cannot be written.
pub fn set<'a>(env: &Environment, ends: impl Iterator<Item = &'a Utf8Path>) -> Result<(), FsError> {
    let ends: Vec<&str> = ends.map(Utf8Path::as_str).collect();
    let text = serde_json::to_string(&ends).expect("paths are plain data");
    fs::write_note(&path(env), text.as_bytes())
}

/// Removes the marker, because no temporary files remain.
pub fn clear(env: &Environment) {
    fs::remove(&path(env)).ok();
}

/// Removes the temporary files of a killed run next to the listed files, and the marker. Returns whether there was a
/// marker.
pub fn sweep(env: &Environment) -> bool {
    let Ok(Some(bytes)) = fs::read(&path(env)) else { return false };
    let ends: Vec<Utf8PathBuf> = serde_json::from_slice(&bytes).unwrap_or_default();
    ends.iter().for_each(|end| fs::sweep(end));
    clear(env);
    true
}
