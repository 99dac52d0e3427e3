//! mcpgen's own records: the ledger, and the lock that keeps two runs apart.

use super::{Failure, Invocation, eprint_text};
use crate::diagnostic::Diagnostic;
use crate::fs::{self, lock::OwnLock};
use crate::ledger::{self, Ledger};

pub fn load(invocation: &Invocation<'_>) -> Result<Ledger, Failure> {
    Ledger::load(&ledger::path(invocation.env)).map_err(|error| {
        let fault = Diagnostic::error(error.to_string());
        error
            .help(invocation.env, &invocation.suggest)
            .into_iter()
            .fold(fault, Diagnostic::help)
            .into()
    })
}

pub fn lock(invocation: &Invocation<'_>) -> Result<OwnLock, Failure> {
    let state = invocation.env.state_dir();
    fs::create_private_folder(&state)
        .and_then(|()| fs::check_private(&fs::real_path(&state)?))
        .map_err(|error| Failure::error(&error))?;
    let waiting = |holder| eprint_text(&format!("waiting for {} to finish\n", fs::another(holder)));
    fs::lock::own_lock(&state.join("lock"), &waiting).map_err(|error| Failure::error(&error))
}
