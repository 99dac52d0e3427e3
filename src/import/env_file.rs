//! Reads which variables a client passes to a program from a `.env` file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::note::NoteReason;
use super::value::{DraftValue, ValueReader};
use crate::client::{EntryPart, FieldRole, FieldSpellings};
use crate::diagnostic::Help as _;
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::secret_store::{SecretError, dotenv};

/// A field that names a `.env` file, and the references to the variables of the file.
pub struct EnvFile {
    /// The field.
    pub field: String,
    /// The variables.
    pub variables: BTreeMap<String, DraftValue>,
}

/// Reads the file of an entry. Returns `None` if the entry has no path of a file.
///
/// # Errors
/// Fails if references cannot express what the client passes: the path depends on the directory of the client, or mcpgen
/// does not read the file as the client does.
pub fn read(
    fields: &Map<String, Value>,
    spellings: &FieldSpellings,
    env: &Environment,
    reader: &mut ValueReader<'_>,
) -> Result<Option<EnvFile>, NoteReason> {
    let mut found = spellings.all(FieldRole::EnvFile, fields);
    let Some((field, written)) = found.find_map(|(field, value)| Some((field, value.as_str()?)))
    else {
        return Ok(None);
    };
    if written.is_empty() {
        return Ok(None);
    }
    // Clients replace placeholders in this path as in the path of a program.
    let path = reader.text(EntryPart::Command, field, &env.shorten(written))?;
    let fault = |why: &str, help: &str| NoteReason::EnvFile {
        field: field.to_owned(),
        why: why.to_owned(),
        help: help.to_owned(),
    };
    let absolute = "write an absolute path, and import again";
    if !path.starts_with("~/") && !path.starts_with('/') {
        return Err(fault("the path is relative to the directory of the client", absolute));
    }
    let of_file = |error: SecretError| {
        let help = match matches!(error, SecretError::NoFile(_)) {
            true => format!("create the file, or remove `{field}` from the entry"),
            false => error.help().unwrap_or_default(),
        };
        fault(&error.to_string(), &help)
    };
    let names = dotenv::variables(env.expand_tilde(&path).as_str().into()).map_err(of_file)?;
    let mut variables = BTreeMap::new();
    for (name, blank) in names {
        let reference = SecretReference::parse(&format!("dotenv:{path}#{name}"));
        let held = match (blank, reference) {
            (Some(blank), _) => DraftValue::Plain(blank),
            // In a reference, `$` starts an environment variable.
            (None, Ok(reference)) if !path.contains('$') => {
                DraftValue::Reference(reference.to_string())
            }
            (None, _) => {
                let why = "a secret reference cannot contain this path";
                return Err(fault(why, "use a path without `$`, and import again"));
            }
        };
        variables.insert(name, held);
    }
    Ok(Some(EnvFile { field: field.to_owned(), variables }))
}
