//! The secrets that mcpgen stored in the keyring, and in its own file.

use super::super::secret::{failure, with_timeout};
use super::super::{Done, Failure, Invocation, eprint_text};
use crate::cli::Exit;
use crate::display::clean;
use crate::fs;
use crate::secret_store::{dotenv, keyring};

/// Returns their names. A keyring that is not available has none.
pub fn found(invocation: &Invocation<'_>) -> Vec<String> {
    let names = with_timeout(keyring::list).unwrap_or_default();
    let stored = names.iter().map(|name| format!("secret   {} (keyring)\n", clean(name)));
    let file = dotenv::own_file(invocation.env);
    let file = fs::is_there(&file).then(|| format!("secrets  {}\n", invocation.env.display(&file)));
    stored.chain(file).collect()
}

/// Removes them.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    for name in with_timeout(keyring::list).unwrap_or_default() {
        let gone = name.clone();
        with_timeout(move || keyring::remove(&gone)).map_err(|error| failure(&name, &error))?;
        eprint_text(&format!("removed the secret {}\n", clean(&name)));
    }
    let file = dotenv::own_file(invocation.env);
    if fs::is_there(&file) {
        fs::remove(&file).map_err(|error| Failure::error(&error))?;
        fs::remove_empty(&[invocation.env.data_dir()]);
        eprint_text(&format!("removed {}\n", invocation.env.display(&file)));
    }
    Ok(Exit::Done)
}
