//! The completion scripts of shells.

use super::super::{Done, Failure, Invocation, eprint_text};
use crate::cli::Exit;
use crate::completion::{installed, uninstall};

/// Returns the files.
pub fn found(invocation: &Invocation<'_>) -> Vec<String> {
    let files = installed(invocation.env).into_iter();
    files.map(|(_, path)| format!("completion  {}\n", invocation.env.display(&path))).collect()
}

/// Removes them.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    for (_, path) in installed(invocation.env) {
        if uninstall(&path).map_err(|error| Failure::error(&error))? {
            eprint_text(&format!("removed {}\n", invocation.env.display(&path)));
        }
    }
    Ok(Exit::Done)
}
