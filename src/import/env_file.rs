//! Reads which variables a client passes to a program from a `.env` file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::value::DraftValue;
use crate::client::{FieldRole, FieldSpellings};
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::secret_store::dotenv;

/// A field that names a `.env` file, and the references to the variables of the file.
pub struct EnvFile {
    /// The field.
    pub field: String,
    /// The variables.
    pub variables: BTreeMap<String, DraftValue>,
}

/// Reads the file of an entry. Returns `None` if the entry names no file, or if references cannot express what the client
/// passes: the path depends on the directory of the client, or mcpgen does not read the file as the client does.
pub fn read(
    fields: &Map<String, Value>,
    spellings: &FieldSpellings,
    env: &Environment,
) -> Option<EnvFile> {
    let (field, value) = spellings.all(FieldRole::EnvFile, fields).next()?;
    let written = value.as_str()?;
    let path = match written.strip_prefix(HOME) {
        Some(below) => format!("~/{below}"),
        None => env.shorten(written),
    };
    let is_absolute = path.starts_with("~/") || path.starts_with('/');
    if !is_absolute || path.contains('$') {
        return None;
    }
    let names = dotenv::variables(env.expand_tilde(&path).as_str().into())?;
    let variable = |(name, is_empty): (String, bool)| {
        let reference = format!("dotenv:{path}#{name}");
        let held = match is_empty {
            true => DraftValue::Plain(String::new()),
            false => DraftValue::Reference(SecretReference::parse(&reference).ok()?.to_string()),
        };
        Some((name, held))
    };
    let variables: Option<BTreeMap<String, DraftValue>> = names.into_iter().map(variable).collect();
    Some(EnvFile { field: field.to_owned(), variables: variables? })
}

// The home directory, as Visual Studio Code and the editors made of it spell it.
const HOME: &str = "${userHome}/";
