//! `file:PATH`: the content of a file. agenix and sops-nix decrypt secrets into such files.

use camino::Utf8PathBuf;

use super::error::SecretError;
use crate::fs::{self, Given};
use crate::paths::{Environment, Expanded};
use crate::secret::{MAX_SECRET_BYTES, Secret};

/// Reads the file. Its path is returned as well if every user of the machine can read it.
pub fn resolve(
    pattern: &str,
    env: &Environment,
) -> Result<(Secret, Option<Utf8PathBuf>), SecretError> {
    let (path, file) = read(pattern, MAX_SECRET_BYTES, env)?;
    if file.bytes.len() > MAX_SECRET_BYTES {
        return Err(SecretError::TooLong);
    }
    Ok((Secret::from_bytes(&file.bytes)?, file.world_readable.then_some(path)))
}

/// Reads the file or pipe at a path with variables, up to one byte more than `limit`.
pub fn read(
    pattern: &str,
    limit: usize,
    env: &Environment,
) -> Result<(Utf8PathBuf, Given), SecretError> {
    let path = path(pattern, env)?;
    let file = fs::read_given(&path, limit).map_err(SecretError::Fs)?;
    let file = file.ok_or_else(|| SecretError::NoFile(path.clone()))?;
    Ok((path, file))
}

fn path(pattern: &str, env: &Environment) -> Result<Utf8PathBuf, SecretError> {
    match env.expand(pattern).map_err(|error| SecretError::Path(error.to_string()))? {
        Expanded::Candidate(path) | Expanded::Decided(path) if path.has_root() => Ok(path),
        Expanded::Candidate(path) | Expanded::Decided(path) => Err(SecretError::Path(format!(
            "`{path}` is relative to the directory that a client starts servers in"
        ))),
        Expanded::Unset(name) => Err(SecretError::UnsetInPath(name)),
    }
}
