//! `pass:PATH`: the password store. The password is the first line of an entry (pass(1), "Simple
//! Examples"); what follows are notes.

use super::resolve::Deadline;
use super::{Secret, SecretError, program};
use crate::paths::Environment;

/// Asks `pass`.
pub fn resolve(path: &str, env: &Environment, deadline: Deadline) -> Result<Secret, SecretError> {
    let argv = ["pass", "show", "--", path].map(str::to_owned);
    let printed = program::output(&argv, env, deadline)?;
    let line = printed.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Secret::from_bytes(line)
}
