//! Why the ledger cannot be used.

use camino::Utf8PathBuf;

use super::VERSION;
use crate::diagnostic::Help;
use crate::fs::FsError;
use crate::paths::Environment;
use crate::suggest::{ShellCommand, Suggest};

/// The reason why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It cannot be parsed.
    #[error("the ledger `{0}` is damaged")]
    Damaged(Utf8PathBuf),
    /// It was written by a newer mcpgen.
    #[error(
        "the ledger `{path}` has version {version}, but this mcpgen knows only version {VERSION}"
    )]
    Newer {
        /// The ledger.
        path: Utf8PathBuf,
        /// Its version.
        version: u64,
    },
}

impl Help for LedgerError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.note(),
            Self::Damaged(_) | Self::Newer { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.help(),
            Self::Damaged(_) => {
                Some("move the file away, then adopt your entries again".to_owned())
            }
            Self::Newer { .. } => Some("use the newer mcpgen".to_owned()),
        }
    }
}

impl LedgerError {
    /// Returns the help with the commands to type.
    pub fn commands(&self, env: &Environment, suggest: &Suggest) -> Option<String> {
        let Self::Damaged(path) = self else { return self.help() };
        let aside = Utf8PathBuf::from(format!("{path}.damaged"));
        let aside = ShellCommand::new("mv").path(path, env).path(&aside, env);
        let aside = aside.or(format!("move {} away", env.display(path)));
        Some(format!("run {aside}, then {}", suggest.apply("apply --adopt-all")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_file_keeps_its_note_and_its_help() {
        let of_file = || FsError::Exposed(Utf8PathBuf::from("/state"));
        let error = LedgerError::Fs(of_file());
        assert!(error.note().is_some() && error.help().is_some());
        assert_eq!((error.note(), error.help()), (of_file().note(), of_file().help()));
        let newer = LedgerError::Newer { path: Utf8PathBuf::from("/l"), version: 9 };
        assert_eq!((newer.note(), newer.help()), (None, Some("use the newer mcpgen".to_owned())));
    }
}
