//! `file:PATH`: a file's content. agenix and sops-nix decrypt into such files.

use camino::Utf8PathBuf;

use super::resolve::{MAX_BYTES, ResolvedSecret};
use super::{Secret, SecretError};
use crate::fs;
use crate::paths::{Environment, Expanded};

/// Reads the file, and warns where everybody may.
pub fn resolve(pattern: &str, env: &Environment) -> Result<ResolvedSecret, SecretError> {
    let path = path(pattern, env)?;
    let file = fs::read_given(&path, MAX_BYTES).map_err(SecretError::Fs)?;
    let file = file.ok_or_else(|| SecretError::NoFile(path.clone()))?;
    if file.bytes.len() > MAX_BYTES {
        return Err(SecretError::TooLong);
    }
    let warning = file.world_readable.then_some(path);
    Ok(ResolvedSecret { secret: Secret::from_bytes(&file.bytes)?, world_readable: warning })
}

fn path(pattern: &str, env: &Environment) -> Result<Utf8PathBuf, SecretError> {
    match env.expand(pattern).map_err(|error| SecretError::Path(error.to_string()))? {
        Expanded::Candidate(path) | Expanded::Decided(path) if path.has_root() => Ok(path),
        Expanded::Candidate(path) | Expanded::Decided(path) => Err(SecretError::Path(format!(
            "the path is `{path}`, which depends on the folder that a client starts servers in"
        ))),
        Expanded::Unset(name) => Err(SecretError::UnsetInPath(name)),
    }
}
