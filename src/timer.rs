//! The timer that runs `mcpgen refresh`: the files that describe it and the commands of the service manager of each system.
//! Both are data here; `change.rs` writes the files and runs the commands.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::paths::{Environment, Os};
use crate::suggest::ShellCommand;

mod change;
mod error;
mod installed;
mod launchd;
mod manager;
mod mark;
mod systemd;
mod task;
mod xml;

pub use change::{FileChange, TimerChange};
pub use error::TimerError;
pub use installed::{Installed, has_timer};

/// The name of the timer in every service manager, which home-manager's module uses too.
pub const NAME: &str = "mcpgen-refresh";

const DESCRIPTION: &str = "Refresh the sign-ins of MCP servers";

/// A timer as the user wants it.
#[derive(Debug)]
pub struct RefreshTimer {
    /// The absolute path of the program, and its arguments.
    pub argv: Vec<String>,
    /// The environment variables of the program.
    pub variables: BTreeMap<String, String>,
    /// The minutes between two runs.
    pub minutes: u32,
}

/// One file that describes a timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerFile {
    /// The path.
    pub path: Utf8PathBuf,
    /// The content.
    pub text: String,
}

/// The timers of one service manager: where they are described, and how they are started and stopped.
#[derive(Debug)]
pub struct TimerManager {
    os: Os,
    /// The files of mcpgen's timer.
    pub paths: Vec<Utf8PathBuf>,
    /// The file of home-manager's timer, if its path is not one of `paths`.
    pub other_path: Option<Utf8PathBuf>,
    /// Succeeds if the timer is active.
    pub query: ManagerCommand,
    /// Stops the timer, before its files change or are removed.
    pub stop: ManagerCommand,
    /// Whether `stop` is also needed for a timer that is not active.
    pub stops_idle: bool,
    /// Stops a timer whose files are not mcpgen's.
    pub halt: ManagerCommand,
    /// Reads the files and starts the timer.
    pub start: Vec<ManagerCommand>,
    /// The exit codes of `start` while the service manager has not finished `stop`.
    pub busy: &'static [i32],
    /// Makes the service manager forget files that were removed.
    pub forget: Vec<ManagerCommand>,
}

/// A command of a service manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerCommand {
    /// The program.
    pub program: &'static str,
    /// Its arguments.
    pub args: Vec<String>,
}

impl ManagerCommand {
    fn new(program: &'static str, args: &[&str]) -> Self {
        Self { program, args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// Returns the command as it is typed.
    pub fn typed(&self) -> ShellCommand {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        ShellCommand::new(self.program).ending(&args)
    }
}

impl TimerManager {
    /// Returns the service manager of a system for the user with a number.
    pub fn new(env: &Environment, user: u32) -> Self {
        match env.os {
            Os::Linux => systemd::manager(env),
            Os::Macos => launchd::manager(env, user),
            Os::Windows => task::manager(env),
        }
    }

    /// Returns the files of a timer.
    ///
    /// # Errors
    /// Fails on what the files cannot express.
    pub fn files(&self, timer: &RefreshTimer) -> Result<Vec<TimerFile>, TimerError> {
        timer.check(self.os)?;
        let contents = match self.os {
            Os::Linux => systemd::units(timer),
            Os::Macos => vec![launchd::agent(timer)],
            Os::Windows => vec![task::definition(timer)],
        };
        let files = self.paths.iter().cloned().zip(contents);
        Ok(files.map(|(path, text)| TimerFile { path, text }).collect())
    }

    /// Returns the program and the arguments in the file of a timer.
    pub fn argv(&self, text: &str) -> Option<Vec<String>> {
        match self.os {
            Os::Linux => systemd::argv(text),
            Os::Macos => launchd::argv(text),
            Os::Windows => task::argv(text),
        }
    }

    // schtasks.exe reads Unicode only as UTF-16.
    fn encode(&self, text: &str) -> Vec<u8> {
        match self.os {
            Os::Linux | Os::Macos => text.as_bytes().to_vec(),
            Os::Windows => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(u16::to_le_bytes).collect()
            }
        }
    }

    fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self.os {
            Os::Linux | Os::Macos => String::from_utf8(bytes.to_vec()).ok(),
            Os::Windows => {
                let rest = bytes.strip_prefix(&[0xff, 0xfe])?;
                let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                String::from_utf16(&units.collect::<Vec<_>>()).ok()
            }
        }
    }
}

impl RefreshTimer {
    fn check(&self, os: Os) -> Result<(), TimerError> {
        for word in self.argv.iter().chain(self.variables.values()) {
            let what = if word.contains(char::is_control) {
                "a control character"
            } else if os == Os::Windows && (word.contains(['%', '"']) || word.contains("$(")) {
                "`%`, `\"` or `$(`, which Task Scheduler replaces"
            } else {
                continue;
            };
            return Err(TimerError::Inexpressible { word: word.clone(), what });
        }
        match self.variables.keys().next() {
            Some(name) if os == Os::Windows => Err(TimerError::Variable(name.clone())),
            Some(_) | None => Ok(()),
        }
    }
}
