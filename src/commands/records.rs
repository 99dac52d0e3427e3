//! mcpgen's own records: the ledger, and the lock that prevents two runs at the same time.

use super::{Failure, Invocation, eprint_text};
use crate::diagnostic::{Diagnostic, Help as _};
use crate::fs::{self, lock::OwnLock};
use crate::ledger::{self, Ledger, LedgerError};

pub fn load(invocation: &Invocation<'_>) -> Result<Ledger, Failure> {
    let loaded = Ledger::load(&ledger::path(invocation.env));
    loaded.map_err(|error| unusable(invocation, &error).into())
}

/// Describes why the ledger cannot be used.
pub fn unusable(invocation: &Invocation<'_>, error: &LedgerError) -> Diagnostic {
    let fault =
        error.note().into_iter().fold(Diagnostic::error(error.to_string()), Diagnostic::note);
    let commands = error.commands(invocation.env, &invocation.suggest);
    commands.into_iter().fold(fault, Diagnostic::help)
}

pub fn lock(invocation: &Invocation<'_>) -> Result<OwnLock, Failure> {
    let state = invocation.env.state_dir();
    fs::create_private_directory(&state)
        .and_then(|()| fs::check_private(&fs::real_path(&state)?))
        .map_err(|error| Failure::error(&error))?;
    let waiting = |holder| eprint_text(&format!("waiting for {} to finish\n", fs::another(holder)));
    fs::lock::own_lock(&state.join("lock"), &waiting).map_err(|error| Failure::error(&error))
}
