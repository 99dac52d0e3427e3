//! `command:…`: what a program prints; the way to every store that has no scheme of its own.

use super::resolve::Deadline;
use super::{Secret, SecretError, SecretReferenceError, is_absolute, program};
use crate::paths::Environment;

/// Splits a command as a shell would, or reads it as an array of texts. No shell is ever started.
///
/// # Errors
/// Fails where quotes or brackets do not close, where no program is named, and where its path would depend
/// on the folder that a client happens to start servers in.
pub fn argv(text: &str) -> Result<Vec<String>, SecretReferenceError> {
    let words = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|_| SecretReferenceError::Quoting)?
    } else {
        shell_words::split(text).map_err(|_| SecretReferenceError::Quoting)?
    };
    match words.first().map(|program| program.trim()) {
        None | Some("") => Err(SecretReferenceError::Empty),
        Some(path) if path.contains(['/', '\\']) && !is_absolute(path) => {
            Err(SecretReferenceError::RelativePath)
        }
        Some(_) => Ok(words),
    }
}

/// Runs the program and takes what it prints.
pub fn resolve(
    argv: &[String],
    env: &Environment,
    deadline: Deadline,
) -> Result<Secret, SecretError> {
    Secret::from_bytes(&program::output(argv, env, deadline)?)
}
