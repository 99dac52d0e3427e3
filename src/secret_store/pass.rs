//! `pass:PATH`: the password store. The first line of an entry is the password, and the others are notes
//! (pass(1), "Simple Examples").

use super::deadline::Deadline;
use super::error::SecretError;
use super::program;
use crate::paths::Environment;
use crate::secret::Secret;

/// Runs `pass show`.
pub fn resolve(path: &str, env: &Environment, deadline: Deadline) -> Result<Secret, SecretError> {
    let argv = ["pass", "show", "--", path].map(str::to_owned);
    let output = program::output(&argv, env, deadline)?;
    let line = output.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Secret::from_bytes(line)?)
}
