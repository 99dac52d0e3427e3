//! The flags of `completions`, and of the command that its scripts run.

use clap::Args;

use crate::completion::Shell;

/// The flags of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell [default with `--install`: the one that SHELL names; with `--uninstall`: all]
    #[arg(required_unless_present_any = ["install", "uninstall"])]
    pub shell: Option<Shell>,
    /// Write the script to the file in which the shell looks for it
    #[arg(long)]
    pub install: bool,
    /// Remove the scripts that `--install` has written
    #[arg(long, conflicts_with = "install")]
    pub uninstall: bool,
}

/// The flags of `__complete`.
#[derive(Debug, Args)]
pub struct CompleteFlags {
    /// The word to complete, if it is not the last one of WORDS
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub typed: Option<String>,
    /// The words of the command line up to the cursor
    #[arg(last = true, value_name = "WORDS")]
    pub words: Vec<String>,
}
