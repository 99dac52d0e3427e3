//! Why a program cannot be started.

use std::ffi::OsStr;
use std::io;

use super::Command;
use crate::diagnostic::Help;
use crate::display::clean;
use crate::model::native::is_mcpgen;
use crate::paths::{own_program, search};

/// Why a program cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The working directory does not exist.
    #[error("directory `{0}` not found")]
    NoDirectory(String),
    /// The file of the program does not exist.
    #[error("`{0}` was not found")]
    NoFile(String),
    /// The program is not in any directory of `PATH`.
    #[error("`{program}` was not found")]
    NotOnPath {
        /// The program.
        program: String,
        /// The directories.
        path: String,
    },
    /// The program is a script whose interpreter does not exist.
    #[error("the interpreter of `{0}` was not found")]
    NoInterpreter(String),
    /// The operating system does not run the program.
    #[error("cannot run `{program}`: {why}")]
    Refused {
        /// The program.
        program: String,
        /// The error of the operating system.
        why: String,
    },
}

impl StartError {
    /// Finds out why a command did not start. `path` is the `PATH` on which the program was searched.
    pub fn new(error: &io::Error, command: &Command, path: &OsStr) -> Self {
        let directory = command.cwd.as_ref().filter(|cwd| !std::path::Path::new(cwd).is_dir());
        if let Some(directory) = directory {
            return Self::NoDirectory(clean(directory));
        }
        let program = clean(&command.program);
        if error.kind() != io::ErrorKind::NotFound {
            return Self::Refused { program, why: error.to_string() };
        }
        let is_path = command.program.contains(std::path::is_separator);
        let exists = match is_path {
            true => std::path::Path::new(&command.program).is_file(),
            false => search::find_program(&command.program, path).is_some(),
        };
        match (exists, is_path) {
            (true, _) => Self::NoInterpreter(program),
            (false, true) => Self::NoFile(program),
            (false, false) => Self::NotOnPath { program, path: path.display().to_string() },
        }
    }
}

const NO_NPX: &str = "install Node.js, or, for a server with `url`, add the first line of mcp.toml: launch.bridge = [\"mcpgen\", \"bridge\"]";

impl Help for StartError {
    fn note(&self) -> Option<String> {
        match self {
            Self::NoDirectory(_) | Self::Refused { .. } => None,
            Self::NoFile(_) => Some("the file does not exist".to_owned()),
            Self::NotOnPath { program: _, path } => {
                Some(format!("the program is not in any directory of PATH, which is {path}"))
            }
            Self::NoInterpreter(_) => Some("the first line of the file names it".to_owned()),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoDirectory(_) => "create the directory, or correct `cwd` in mcp.toml".to_owned(),
            Self::NoFile(_) => "install the program, or correct its path in mcp.toml".to_owned(),
            Self::NotOnPath { program, path: _ } => {
                not_on_path_help(program).unwrap_or_else(|| {
                    "install the program, or write its absolute path in mcp.toml".to_owned()
                })
            }
            Self::NoInterpreter(_) => {
                "install the interpreter, or correct the first line of the file".to_owned()
            }
            Self::Refused { .. } => "check the program file and its permissions".to_owned(),
        })
    }
}

/// Returns what helps if `mcpgen` itself or `npx` is not on `PATH`: mcpgen writes the command that starts it, so a user
/// cannot write another path. Returns `None` for another program.
pub fn not_on_path_help(program: &str) -> Option<String> {
    if program == "npx" {
        return Some(NO_NPX.to_owned());
    }
    let own = own_program().filter(|_| is_mcpgen(program))?;
    Some(format!("add the directory of mcpgen to PATH: {}", clean(own.parent()?.as_str())))
}
