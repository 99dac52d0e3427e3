//! Starts `exec` again in the user's session if the client did not pass the variables of the session.

use std::process::Command;

use super::become_server::become_server;
use crate::launch::start::RequiredSecret;
use crate::paths::{Environment, own_program};
use crate::secret_store;

/// Starts this program again with the variables of the session that the secrets need and that are not set. Returns if
/// there are none, or if that fails: then the secrets have errors of their own. The keyring's library and the programs
/// of stores read the environment of the process, which cannot be changed while it runs.
pub fn restart_in_session(required: &[RequiredSecret<'_>], env: &Environment) {
    let read = |name: &str| {
        let reads = |secret: &RequiredSecret<'_>| {
            secret_store::variables(secret.reference.location()).contains(&name)
        };
        required.iter().any(reads)
    };
    if !read("XDG_RUNTIME_DIR") && !read("DBUS_SESSION_BUS_ADDRESS") {
        return;
    }
    let unset = env.unset_session_variables();
    let Some(program) = own_program().filter(|_| !unset.is_empty()) else { return };
    let mut again = Command::new(program);
    become_server(again.args(std::env::args_os().skip(1)).envs(unset)).ok();
}
