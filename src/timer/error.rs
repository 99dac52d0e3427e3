//! Why a timer cannot be installed or removed.

use camino::Utf8PathBuf;

use super::{ManagerCommand, NAME};
use crate::diagnostic::Help;
use crate::fs::FsError;

/// Why a timer cannot be installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum TimerError {
    /// The file system.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The program that the timer should run is not known.
    #[error("the path of mcpgen is unknown")]
    NoProgram,
    /// home-manager has such a timer.
    #[error("Nix manages the timer `{NAME}` (`{0}`)")]
    ManagedByNix(Utf8PathBuf),
    /// A file of the timer was edited.
    #[error("`{0}` was edited since mcpgen wrote it")]
    Edited(Utf8PathBuf),
    /// A file that mcpgen did not write is in the place of a file of the timer.
    #[error("`{0}` already exists, and mcpgen did not write it")]
    Foreign(Utf8PathBuf),
    /// A timer with this name is active, but mcpgen has no files for it.
    #[error("a timer `{NAME}` is already active, but mcpgen did not create it")]
    Active(ManagerCommand),
    /// A file was changed by another program at the same time.
    #[error("`{0}` was changed while mcpgen was writing it")]
    Overtaken(Utf8PathBuf),
    /// A path or a value cannot be written to the timer.
    #[error("the timer cannot contain `{word}`")]
    Inexpressible {
        /// The path or the value.
        word: String,
        /// What in it is not possible.
        what: &'static str,
    },
    /// The timer cannot set an environment variable.
    #[error("Task Scheduler cannot set the environment variable `{0}`")]
    Variable(String),
    /// The service manager is not installed.
    #[error("`{0}` was not found")]
    NoManager(&'static str),
    /// A command of the service manager failed.
    #[error("{} failed: {cause}", .command.typed())]
    Failed {
        /// The command.
        command: ManagerCommand,
        /// What it printed.
        cause: String,
    },
}

impl Help for TimerError {
    fn note(&self) -> Option<String> {
        let note = match self {
            Self::Fs(error) => return error.note(),
            Self::Inexpressible { what, .. } => return Some(format!("it contains {what}")),
            Self::Failed { .. } => "every file is as it was before",
            Self::NoManager(_) => "this program of the system starts timers",
            Self::NoProgram
            | Self::ManagedByNix(_)
            | Self::Edited(_)
            | Self::Foreign(_)
            | Self::Active(_)
            | Self::Overtaken(_)
            | Self::Variable(_) => return None,
        };
        Some(note.to_owned())
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Fs(error) => return error.help(),
            Self::Active(halt) => {
                return Some(format!("stop it with {}, and run this command again", halt.typed()));
            }
            Self::NoProgram => "set `mcpgen` under [launch] to the absolute path of mcpgen",
            Self::ManagedByNix(_) => {
                "set `programs.mcpgen.refresh.enable` in your home-manager configuration"
            }
            Self::Overtaken(_) => "run the command again",
            Self::Inexpressible { .. } => "use a path without it",
            Self::Variable(_) => "set it in mcp.toml, in `env` under [launch]",
            // What helps depends on the user's command.
            Self::Edited(_) | Self::Foreign(_) | Self::NoManager(_) | Self::Failed { .. } => {
                return None;
            }
        };
        Some(help.to_owned())
    }
}
