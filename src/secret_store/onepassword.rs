//! `op://vault/item/field`: 1Password, by its own program (`op read`, 1Password's documentation
//! "Load secrets into scripts").

use super::deadline::Deadline;
use super::error::SecretError;
use super::program;
use crate::paths::Environment;
use crate::secret::Secret;

/// Runs `op read`. `--no-newline` differs between versions and is not needed: one line break is removed anyway.
pub fn resolve(
    reference: &str,
    env: &Environment,
    deadline: Deadline,
) -> Result<Secret, SecretError> {
    let argv = ["op", "read", reference].map(str::to_owned);
    Ok(Secret::from_bytes(&program::output(&argv, env, deadline)?)?)
}
