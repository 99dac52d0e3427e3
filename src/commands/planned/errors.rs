//! The diagnostics of `plan`, `apply` and `merge` for a file that cannot be planned or written.

use camino::Utf8Path;

use super::super::{Failure, Invocation};
use crate::apply::ApplyError;
use crate::apply::TargetError;
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::similar::nearest;

/// Describes why a file could not be planned or written.
pub fn target_fault(
    invocation: &Invocation<'_>,
    error: &TargetError,
    path: &Utf8Path,
    shown: &str,
) -> Diagnostic {
    match error {
        TargetError::Fs(error) => {
            let fault = Diagnostic::of_error(error);
            // An error of the file that a link leads to does not name the link.
            let named = error.to_string().contains(path.as_str());
            if named { fault } else { fault.in_file(shown, None) }
        }
        TargetError::DocumentError(error) => {
            Diagnostic::of_error(error).in_file(shown, error.position())
        }
        TargetError::LateConflict(_) | TargetError::Busy => Diagnostic::error(error.to_string())
            .in_file(shown, None)
            .help(format!("run {} again", invocation.suggest.again("apply", None))),
    }
}

/// Checks the names of servers on the command line.
// A misspelt name would adopt nothing, silently.
pub fn known_servers(names: &[String], model: &Model) -> Result<(), Failure> {
    let excluded = model.excluded.iter().map(|server| server.name.as_str());
    let servers: Vec<&str> =
        model.servers.iter().map(|server| server.name.as_str()).chain(excluded).collect();
    let Some(name) = names.iter().find(|name| !servers.contains(&name.as_str())) else {
        return Ok(());
    };
    let fault = Diagnostic::error(format!("no server is named `{name}`"));
    Err(Failure::usage(match nearest(name, servers) {
        Some(near) => fault.help(format!("a server with a similar name exists: `{near}`")),
        None => fault.help("`--adopt` expects the name of a declared server"),
    }))
}

/// Describes why an apply stopped before all files were written.
pub fn stopped(invocation: &Invocation<'_>, error: &ApplyError) -> Failure {
    let fault = Diagnostic::of_error(error);
    Failure::from(match error {
        ApplyError::Fs(_) | ApplyError::Ledger(_) => fault.note("no client's file was changed"),
        ApplyError::Unsettled(_) => {
            let again = invocation.suggest.again("apply", None);
            fault
                .note("some files have been written")
                .help(format!("run {again} to write the other files"))
        }
    })
}
