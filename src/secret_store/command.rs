//! `command:…`: the output of a program, for every store that has no scheme of its own.

use super::deadline::Deadline;
use super::error::SecretError;
use super::program;
use crate::paths::Environment;
use crate::secret::Secret;

/// Runs the program and decodes its output.
pub fn resolve(
    argv: &[String],
    env: &Environment,
    deadline: Deadline,
) -> Result<Secret, SecretError> {
    Ok(Secret::from_bytes(&program::output(argv, env, deadline)?)?)
}
