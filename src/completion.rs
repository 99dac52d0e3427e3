//! Shell completion. A script for each shell passes the words of the command line to mcpgen, which prints the
//! candidates: commands and options from the parser of the command line, and names from the declaration and the ledger.

mod candidates;
mod install;
mod line;
mod shell;
mod values;

pub use candidates::{Candidate, NamedFiles, complete};
pub use install::{WrittenScript, install, installed, uninstall};
pub use shell::Shell;
pub use values::{DeclaredNames, ValueKind};
