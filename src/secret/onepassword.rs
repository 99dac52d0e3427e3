//! `op://vault/item/field`: 1Password, by its own program (`op read`, 1Password's documentation
//! "Load secrets into scripts").

use super::resolve::Deadline;
use super::{Secret, SecretError, program};
use crate::paths::Environment;

/// Asks `op`. `--no-newline` is left out: versions differ in it, and one line break at the end is no
/// part of a secret anyway.
pub fn resolve(
    reference: &str,
    env: &Environment,
    deadline: Deadline,
) -> Result<Secret, SecretError> {
    let argv = ["op", "read", reference].map(str::to_owned);
    Secret::from_bytes(&program::output(&argv, env, deadline)?)
}
