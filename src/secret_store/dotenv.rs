//! `dotenv:PATH#NAME`: one variable of a `.env` file. The other variables of the file are neither passed on nor read as
//! parts of this one.

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use super::error::SecretError;
use super::file;
use crate::fs;
use crate::paths::Environment;
use crate::secret::{MAX_SECRET_BYTES, Secret};
use crate::similar::nearest;
use syntax::{DotenvVariable, DotenvVariables, parse};

mod store;
pub mod syntax;

pub use store::{own_file, store, stored};

const MAX_DOTENV_BYTES: usize = 1 << 20;

/// Reads the variable. The path of the file is returned as well if every user of the machine can read it.
pub fn resolve(
    pattern: &str,
    name: &str,
    env: &Environment,
) -> Result<(Secret, Option<Utf8PathBuf>), SecretError> {
    let (path, file) = file::read(pattern, MAX_DOTENV_BYTES, env)?;
    if file.bytes.len() > MAX_DOTENV_BYTES {
        return Err(SecretError::LargeDotenv(path));
    }
    let text = std::str::from_utf8(&file.bytes).map_err(|_| SecretError::NotUtf8)?;
    let DotenvVariables { found, malformed } = parse(text);
    // The last line decides, as in every program that reads such files.
    let Some(variable) = found.iter().rev().find(|variable| variable.name == name) else {
        if let Some(line) = malformed {
            return Err(SecretError::NotDotenv { path, line });
        }
        let similar = nearest(name, found.iter().map(|variable| variable.name));
        let (name, similar) = (name.to_owned(), similar.map(str::to_owned));
        return Err(SecretError::NotInDotenv { path, name, similar });
    };
    let line = variable.line;
    let value = variable.value().map_err(|what| SecretError::AmbiguousDotenv {
        path: path.clone(),
        line,
        what,
    })?;
    if value.len() > MAX_SECRET_BYTES {
        return Err(SecretError::TooLong);
    }
    Ok((Secret::from_bytes(value.as_bytes())?, file.world_readable.then_some(path)))
}

/// Returns the names of the variables in a regular `.env` file, each with its value if the value is blank: a secret is
/// not blank.
///
/// # Errors
/// Fails if the file, a line or a value cannot be read.
pub fn variables(path: &Utf8Path) -> Result<Vec<(String, Option<String>)>, SecretError> {
    let limit = u64::try_from(MAX_DOTENV_BYTES).unwrap_or(u64::MAX);
    let bytes = fs::read_up_to(path, limit).map_err(SecretError::Fs)?;
    let bytes = Zeroizing::new(bytes.ok_or_else(|| SecretError::NoFile(path.to_owned()))?);
    let text = std::str::from_utf8(&bytes).map_err(|_| SecretError::NotUtf8)?;
    let DotenvVariables { found, malformed } = parse(text);
    if let Some(line) = malformed {
        return Err(SecretError::NotDotenv { path: path.to_owned(), line });
    }
    let variable = |variable: &DotenvVariable<'_>| {
        let value = variable.value().map_err(|what| {
            let (path, line) = (path.to_owned(), variable.line);
            SecretError::AmbiguousDotenv { path, line, what }
        })?;
        let blank = value.trim().is_empty().then(|| value.to_string());
        Ok((variable.name.to_owned(), blank))
    };
    found.iter().map(variable).collect()
}
