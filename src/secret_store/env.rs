//! `env:NAME`: a variable in the environment of `mcpgen exec`, which is that of the client.

use super::error::SecretError;
use crate::paths::Environment;
use crate::secret::Secret;

/// Looks up the variable.
pub fn resolve(name: &str, env: &Environment) -> Result<Secret, SecretError> {
    let value = env.var(name).ok_or_else(|| SecretError::UnsetVariable(name.to_owned()))?;
    Ok(Secret::from_bytes(value.as_bytes())?)
}
