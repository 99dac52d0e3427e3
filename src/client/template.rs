//! Templates: those of the user, otherwise the built-in ones.

use camino::{Utf8Path, Utf8PathBuf};

use super::built_in::built_in;
use crate::diagnostic::Help;
use crate::fs::{self, FsError};

/// The error of a template file that exists but cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not UTF-8.
    #[error("template `{0}` is not UTF-8")]
    NotUtf8(Utf8PathBuf),
    /// The file cannot be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl Help for TemplateError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotUtf8(_) => "save the template as UTF-8",
            Self::Fs(_) => "make the template readable, or remove it to use the built-in template",
        };
        Some(help.to_owned())
    }
}

/// Loads a template.
///
/// # Errors
/// Fails if the user's file cannot be read, or is not UTF-8.
pub fn load(directory: Option<&Utf8Path>, name: &str) -> Result<Option<String>, TemplateError> {
    let own = match directory {
        Some(directory) => load_own(directory, name)?,
        None => None,
    };
    Ok(own.or_else(|| built_in(name).map(str::to_owned)))
}

/// Loads a template of the user's directory.
///
/// # Errors
/// Fails if the file cannot be read, or is not UTF-8.
pub fn load_own(directory: &Utf8Path, name: &str) -> Result<Option<String>, TemplateError> {
    let path = directory.join(name);
    let Some(bytes) = fs::read(&path)? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(|_| TemplateError::NotUtf8(path))
}
