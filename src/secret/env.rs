//! `env:NAME`: a variable of the environment the server is started in.

use super::{Secret, SecretError};
use crate::paths::Environment;

/// Reads the variable.
pub fn resolve(name: &str, env: &Environment) -> Result<Secret, SecretError> {
    let value = env.var(name).ok_or_else(|| SecretError::UnsetVariable(name.to_owned()))?;
    Secret::from_bytes(value.as_bytes())
}
