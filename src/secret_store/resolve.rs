//! Resolves secret references: all at once, each of them once, until a deadline.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::deadline::Deadline;
use super::error::SecretError;
use super::{command, dotenv, env, file, keyring, onepassword, pass};
use crate::paths::Environment;
use crate::secret::{Secret, SecretLocation, SecretReference};

/// Holds a secret that was found.
#[derive(Debug)]
pub struct ResolvedSecret {
    /// The secret.
    pub secret: Secret,
    /// The file that contains it, if every user of the machine can read that file.
    pub world_readable: Option<Utf8PathBuf>,
}

/// Maps each reference to its secret or to the reason why there is none.
pub type Resolutions<'r> = BTreeMap<&'r SecretReference, Result<ResolvedSecret, SecretError>>;

// A store that gives up by itself has a better error message, so it gets a little more time.
const GRACE: Duration = Duration::from_millis(200);

/// Resolves references. A reference that occurs twice is resolved once, since a store may prompt the user.
pub fn resolve_all<'r>(
    references: impl IntoIterator<Item = &'r SecretReference>,
    env: &Environment,
    timeout_seconds: u64,
) -> Resolutions<'r> {
    let deadline = Deadline::new(timeout_seconds);
    let env = Arc::new(env.clone());
    let mut pending = BTreeMap::new();
    for reference in references {
        pending.entry(reference).or_insert_with(|| spawn(reference.location(), &env, deadline));
    }
    let end = deadline.extended_by(GRACE);
    let result = |(reference, receiver): (_, mpsc::Receiver<_>)| {
        let result = receiver.recv_timeout(end.left());
        (reference, result.unwrap_or_else(|_| Err(deadline.timed_out())))
    };
    pending.into_iter().map(result).collect()
}

// A call to a keyring or a read from a pipe cannot be interrupted, so each gets a thread that can be abandoned.
fn spawn(
    location: &SecretLocation,
    env: &Arc<Environment>,
    deadline: Deadline,
) -> mpsc::Receiver<Result<ResolvedSecret, SecretError>> {
    let (sender, receiver) = mpsc::channel();
    let (location, env) = (location.clone(), Arc::clone(env));
    thread::spawn(move || sender.send(resolve(&location, &env, deadline)));
    receiver
}

fn resolve(
    location: &SecretLocation,
    env: &Environment,
    deadline: Deadline,
) -> Result<ResolvedSecret, SecretError> {
    let secret = match location {
        SecretLocation::File(path) => {
            let (secret, world_readable) = file::resolve(path, env)?;
            return Ok(ResolvedSecret { secret, world_readable });
        }
        SecretLocation::Dotenv { path, name } => {
            let (secret, world_readable) = dotenv::resolve(path, name, env)?;
            return Ok(ResolvedSecret { secret, world_readable });
        }
        SecretLocation::Keyring(name) => keyring::get(name),
        SecretLocation::Env(name) => env::resolve(name, env),
        SecretLocation::OnePassword(reference) => onepassword::resolve(reference, env, deadline),
        SecretLocation::Pass(path) => pass::resolve(path, env, deadline),
        SecretLocation::Command(argv) => command::resolve(argv, env, deadline),
    };
    Ok(ResolvedSecret { secret: secret?, world_readable: None })
}
