//! The reason why a command stopped, and its exit code.

use std::io;

use super::{Terminal, eprint_diagnostics};
use crate::cli::Exit;
use crate::diagnostic::{Diagnostic, Help};

/// The result of a command.
pub type Done = Result<Exit, Failure>;

/// The errors that stopped a command.
#[derive(Debug)]
pub struct Failure {
    diagnostics: Vec<Diagnostic>,
    exit: Exit,
}

impl Failure {
    pub fn usage(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], exit: Exit::Usage }
    }

    pub fn error(error: &dyn Help) -> Self {
        Diagnostic::of_error(error).into()
    }

    /// Returns whether the command line has an error.
    pub fn is_usage(&self) -> bool {
        self.exit == Exit::Usage
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns the first error in one line.
    pub fn one_line(&self) -> String {
        self.diagnostics.first().map(Diagnostic::one_line).unwrap_or_default()
    }

    pub fn eprint(self, terminal: &Terminal) -> Exit {
        eprint_diagnostics(&self.diagnostics, terminal);
        self.exit
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, exit: Exit::Error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // If the reader stops early (`mcpgen plan | head`), this is not an error.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { diagnostics: vec![], exit: Exit::Done };
        }
        Diagnostic::error(format!("the output cannot be written: {error}")).into()
    }
}
