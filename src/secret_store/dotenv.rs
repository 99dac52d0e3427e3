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

mod syntax;

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

/// Returns the names of the variables in a `.env` file, each with whether its value is empty. Returns `None` if the file
/// is not a regular file, or if a line or a value of it cannot be read.
pub fn variables(path: &Utf8Path) -> Option<Vec<(String, bool)>> {
    let limit = u64::try_from(MAX_DOTENV_BYTES).ok()?;
    let bytes = Zeroizing::new(fs::read_up_to(path, limit).ok()??);
    let DotenvVariables { found, malformed } = parse(std::str::from_utf8(&bytes).ok()?);
    let variable = |variable: &DotenvVariable<'_>| {
        let value = variable.value().ok()?;
        let is_blank = value.trim().is_empty();
        // A secret is not blank.
        (value.is_empty() || !is_blank).then(|| (variable.name.to_owned(), is_blank))
    };
    found.iter().map(variable).collect::<Option<_>>().filter(|_| malformed.is_none())
}
