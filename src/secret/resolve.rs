//! Resolving references: all at once, each once, and none for longer than it may take.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use super::{
    Secret, SecretError, SecretLocation, SecretReference, command, env, file, keyring, onepassword,
    pass,
};
use crate::paths::Environment;

/// The most bytes a secret may have. A variable of 128 KiB is more than Linux hands to a program.
pub const MAX_BYTES: usize = 64 * 1024;

/// Says how long one reference may take: a locked keyring can wait for ever.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// When it ends.
    pub until: Instant,
    /// How many seconds that is, for messages.
    pub seconds: u64,
}

impl Deadline {
    /// Starts now.
    pub fn new(seconds: u64) -> Self {
        Self { until: Instant::now() + Duration::from_secs(seconds), seconds }
    }

    /// Returns how long is left.
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Returns the fault of having waited for too long.
    pub fn over(&self) -> SecretError {
        SecretError::Late(self.seconds)
    }
}

/// Holds what a reference led to.
#[derive(Debug)]
pub struct ResolvedSecret {
    /// The secret.
    pub secret: Secret,
    /// The file it lies in, where everybody on this machine may read that.
    pub world_readable: Option<Utf8PathBuf>,
}

/// Holds what became of each reference.
pub type Resolutions<'r> = BTreeMap<&'r SecretReference, Result<ResolvedSecret, SecretError>>;

/// Resolves references. One that is named twice is asked for once: a store may ask the person.
pub fn resolve<'r>(
    references: impl IntoIterator<Item = &'r SecretReference>,
    env: &Environment,
    seconds: u64,
) -> Resolutions<'r> {
    let deadline = Deadline::new(seconds);
    let shared = Arc::new(env.clone());
    let mut asked = BTreeMap::new();
    for reference in references {
        asked.entry(reference).or_insert_with(|| ask(reference, &shared, deadline));
    }
    // What gives up by itself knows better why, so it gets a moment more; all of them the same one.
    let moment = Duration::from_millis(200);
    let end = Deadline { until: deadline.until + moment, ..deadline };
    let answer = |(reference, told): (_, mpsc::Receiver<_>)| {
        let answer = told.recv_timeout(end.left());
        (reference, answer.unwrap_or_else(|_| Err(deadline.over())))
    };
    asked.into_iter().map(answer).collect()
}

type Resolution = Result<ResolvedSecret, SecretError>;

// Nothing can interrupt a call to a keyring or a read from a pipe, so each has a thread that may be left
// behind.
fn ask(
    reference: &SecretReference,
    env: &Arc<Environment>,
    deadline: Deadline,
) -> mpsc::Receiver<Resolution> {
    let (tell, told) = mpsc::channel();
    let (place, env) = (reference.location().clone(), Arc::clone(env));
    thread::spawn(move || tell.send(look(&place, &env, deadline)));
    told
}

fn look(place: &SecretLocation, env: &Environment, deadline: Deadline) -> Resolution {
    let secret = match place {
        SecretLocation::File(path) => return file::resolve(path, env),
        SecretLocation::Keyring(name) => keyring::get(name),
        SecretLocation::Env(name) => env::resolve(name, env),
        SecretLocation::OnePassword(reference) => onepassword::resolve(reference, env, deadline),
        SecretLocation::Pass(path) => pass::resolve(path, env, deadline),
        SecretLocation::Command(argv) => command::resolve(argv, env, deadline),
    };
    Ok(ResolvedSecret { secret: secret?, world_readable: None })
}

/// Does something that may never end, for as long as it may take.
///
/// # Errors
/// Fails with what was done, or where that takes too long.
pub fn within<T: Send + 'static>(
    deadline: Deadline,
    done: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(done()));
    told.recv_timeout(deadline.left()).unwrap_or_else(|_| Err(deadline.over()))
}
