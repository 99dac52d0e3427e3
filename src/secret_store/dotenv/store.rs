//! Stores secrets in mcpgen's own `.env` file, which only the user can read.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use super::MAX_DOTENV_BYTES;
use super::syntax::{DotenvVariable, DotenvVariables, parse};
use crate::fs;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::secret_store::SecretError;

const HEAD: &str =
    "# Secrets of MCP servers. References in mcp.toml name this file and a variable.\n";

/// Returns the path of the file.
pub fn own_file(env: &Environment) -> Utf8PathBuf {
    env.data_dir().join("secrets.env")
}

/// Returns the variables in mcpgen's own file. A file that cannot be read has none: [`store`] reports it.
pub fn stored(env: &Environment) -> BTreeMap<String, Secret> {
    let limit = u64::try_from(MAX_DOTENV_BYTES).unwrap_or(u64::MAX);
    let bytes =
        Zeroizing::new(fs::read_up_to(&own_file(env), limit).ok().flatten().unwrap_or_default());
    let found = parse(std::str::from_utf8(&bytes).unwrap_or_default()).found;
    let value = |it: &DotenvVariable<'_>| Some(Secret::new(it.value().ok()?.as_str().to_owned()));
    found.iter().filter_map(|it| Some((it.name.to_owned(), value(it)?))).collect()
}

/// Adds variables to the file. A variable with the same value stays as it is.
///
/// # Errors
/// Fails, before anything is written, if the file has another value of a variable, or if it cannot be read or written.
pub fn store(path: &Utf8Path, secrets: &BTreeMap<String, Secret>) -> Result<(), SecretError> {
    let limit = u64::try_from(MAX_DOTENV_BYTES).unwrap_or(u64::MAX);
    let before = fs::read_up_to(path, limit).map_err(SecretError::Fs)?;
    let before = Zeroizing::new(before.unwrap_or_else(|| HEAD.as_bytes().to_vec()));
    let before = std::str::from_utf8(&before).map_err(|_| SecretError::NotUtf8)?;
    let DotenvVariables { found, malformed } = parse(before);
    if let Some(line) = malformed {
        return Err(SecretError::NotDotenv { path: path.to_owned(), line });
    }
    let mut text = Zeroizing::new(before.to_owned());
    for (name, secret) in secrets {
        match found.iter().rev().find(|variable| variable.name == name) {
            None => {
                let line = new_line(&text, name, secret)?;
                text.push_str(&line);
            }
            Some(it) if it.value().is_ok_and(|value| value.as_str() == secret.expose()) => {}
            Some(_) => {
                let (path, name) = (path.to_owned(), name.clone());
                return Err(SecretError::OtherInDotenv { path, name });
            }
        }
    }
    if text.as_str() == before {
        return Ok(());
    }
    let directory = path.parent().unwrap_or(path);
    fs::create_private_directory(directory)
        .and_then(|()| fs::write_private(path, text.as_bytes()))
        .map_err(SecretError::Fs)
}

// Writes the value in the first form that is read back as the same value.
fn new_line(before: &str, name: &str, secret: &Secret) -> Result<Zeroizing<String>, SecretError> {
    let value = secret.expose();
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let escaped = Zeroizing::new(value.replace('\n', "\\n"));
    for (quote, value) in [("'", value), ("", value), ("\"", escaped.as_str())] {
        let line = Zeroizing::new(format!("{gap}{name}={quote}{value}{quote}\n"));
        let is_same = match parse(&line).found.as_slice() {
            [only] => only.value().is_ok_and(|value| value.as_str() == secret.expose()),
            _ => false,
        };
        if is_same {
            return Ok(line);
        }
    }
    Err(SecretError::NotForDotenv(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_back_as_it_was_stored() {
        for value in ["ghp_abc", "it's # home", "a b", "a\\b'", "x\ny", "\"q\"", "a\\\\b"] {
            let line = new_line("", "A", &Secret::new(value.into())).expect(value);
            let found = parse(&line).found;
            assert_eq!(found[0].value().expect(value).as_str(), value, "{}", line.as_str());
        }
        for value in ["it's $HOME", "'\"$HOME \\#x"] {
            let impossible = new_line("", "A", &Secret::new(value.into()));
            assert!(matches!(impossible, Err(SecretError::NotForDotenv(_))), "{value}");
        }
    }
}
