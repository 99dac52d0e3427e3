//! Writes the completion script where a shell finds it, and removes it again.

use camino::{Utf8Path, Utf8PathBuf};

use super::Shell;
use crate::diagnostic::Help;
use crate::fs::staged::{stage, stage_removal};
use crate::fs::{self, FsError, Location, Published};
use crate::paths::Environment;

// This is in every script, and says that the file is mcpgen's.
const MARK: &str = " completion for mcpgen, made by ";

/// Why a completion script is not written or removed.
#[derive(Debug, thiserror::Error)]
pub enum CompletionsError {
    /// The file is not mcpgen's.
    #[error("`{0}` exists, and mcpgen did not write it")]
    Foreign(Utf8PathBuf),
    /// The file changed while it was written.
    #[error("another program changed `{0}`, so nothing was written")]
    Overtaken(Utf8PathBuf),
    /// A file system operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl Help for CompletionsError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Foreign(path) => Some(format!("move `{path}` to another place")),
            Self::Overtaken(_) => Some("run the command again".to_owned()),
            Self::Fs(error) => error.help(),
        }
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenScript {
    /// mcpgen wrote it.
    Written,
    /// It was up to date.
    Unchanged,
}

/// Writes the script of a shell to a file.
///
/// # Errors
/// Fails if the file is not mcpgen's, or if the operating system returns an error.
pub fn install(shell: Shell, path: &Utf8Path) -> Result<WrittenScript, CompletionsError> {
    let before = own(path)?;
    if before.as_deref() == Some(shell.script().as_bytes()) {
        return Ok(WrittenScript::Unchanged);
    }
    let staged = stage(&Location::new(path)?, Some(shell.script().as_bytes()))?;
    match staged.publish(before.as_deref())? {
        Published::Done => Ok(WrittenScript::Written),
        Published::Overtaken => Err(CompletionsError::Overtaken(path.to_owned())),
    }
}

/// Removes a script, and its directory if that is empty then. Returns whether there was a script.
///
/// # Errors
/// Fails if the file is not mcpgen's, or if the operating system returns an error.
pub fn uninstall(path: &Utf8Path) -> Result<bool, CompletionsError> {
    let Some(before) = own(path)? else { return Ok(false) };
    match stage_removal(path)?.publish(Some(&before))? {
        Published::Done => {
            let directory = path.parent().map(Utf8Path::to_owned);
            fs::remove_empty(directory.as_slice());
            Ok(true)
        }
        Published::Overtaken => Err(CompletionsError::Overtaken(path.to_owned())),
    }
}

/// Returns the shells whose file is a script of mcpgen, with that file.
pub fn installed(env: &Environment) -> Vec<(Shell, Utf8PathBuf)> {
    let files = Shell::ALL.into_iter().filter_map(|shell| Some((shell, shell.file(env)?)));
    files.filter(|(_, path)| matches!(own(path), Ok(Some(_)))).collect()
}

fn own(path: &Utf8Path) -> Result<Option<Vec<u8>>, CompletionsError> {
    let Some(bytes) = fs::read(path)? else { return Ok(None) };
    match String::from_utf8_lossy(&bytes).contains(MARK) {
        true => Ok(Some(bytes)),
        false => Err(CompletionsError::Foreign(path.to_owned())),
    }
}
