//! mcpgen's own records: the ledger, the file versions for `undo`, and the lock.

use super::super::records::lock;
use super::super::{Done, Failure, Invocation, eprint_text, headers};
use crate::apply::{marker, undo};
use crate::cli::Exit;
use crate::fs;
use crate::ledger;

/// Returns the directory.
pub fn found(invocation: &Invocation<'_>) -> Vec<String> {
    let state = invocation.env.state_dir();
    let there = fs::is_there(&state);
    Vec::from_iter(there.then(|| {
        let shown = invocation.env.display(&state);
        format!("records  {shown}, with the file versions for undo\n")
    }))
}

/// Removes what is mcpgen's in the directory, and the directory if nothing else is in it.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    let state = invocation.env.state_dir();
    let failed = |error| Failure::error(&error);
    let held = lock(invocation)?;
    undo::forget(invocation.env).map_err(failed)?;
    marker::clear(invocation.env);
    headers::forget(invocation.env);
    fs::remove(&ledger::path(invocation.env)).map_err(failed)?;
    drop(held);
    fs::remove(&state.join("lock")).map_err(failed)?;
    fs::remove_empty(&[state.clone(), state.join("undo"), headers::directory(invocation.env)]);
    let shown = invocation.env.display(&state);
    match fs::is_there(&state) {
        false => eprint_text(&format!("removed {shown}\n")),
        true => {
            eprint_text(&format!("{shown} stays, because it has files that are not mcpgen's\n"))
        }
    }
    Ok(Exit::Done)
}
