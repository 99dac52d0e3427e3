//! Verifies servers: starts each of them as the clients would, and carries out the handshake of MCP. It opens no browser,
//! and leaves no process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::auth::cache::SignInFiles;
use crate::fs::FsError;
use crate::fs::programs::IdlePrograms;
use crate::paths::Environment;

mod error;
mod handshake;
mod launches;
mod process;
mod secrets;
mod stderr;

pub use error::VerifyError;
use handshake::handshake;
pub use launches::{DistinctLaunch, LaunchSignIn, distinct_launches};
use process::ServerProcess;
use secrets::KnownSecrets;
use stderr::ServerStderr;

/// What the handshake with a server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The number of tools.
    pub tools: usize,
    /// The time from the start until the list of tools was complete.
    pub took: Duration,
}

/// A launch that was not verified, and why.
pub struct Unverified {
    /// Why.
    pub error: VerifyError,
    /// The line of the standard error stream that says most, safe to print.
    pub stderr: Option<String>,
}

/// The result for a launch. `None` if only the client itself can carry out the handshake.
pub type VerifyResult = Option<Result<Verified, Unverified>>;

/// The limits of a run.
pub struct VerifyLimits<'a> {
    /// The time for one server.
    pub timeout: Duration,
    /// How many servers run at the same time.
    pub jobs: usize,
    /// The signal that has arrived, or zero.
    pub signal: &'a AtomicUsize,
}

impl VerifyLimits<'_> {
    fn is_stopped(&self) -> bool {
        self.signal.load(Ordering::SeqCst) != 0
    }
}

// The programs that open a page in a browser: those that mcp-remote 0.15.1 starts, and those that xdg-open (xdg-utils
// 1.2), of which mcp-remote has a copy, starts on each desktop.
const OPENERS: [&str; 21] = [
    "dde-open",
    "enlightenment_open",
    "exo-open",
    "gdbus",
    "gio",
    "gnome-open",
    "gvfs-open",
    "kde-open",
    "kde-open5",
    "kde-open6",
    "kfmclient",
    "mate-open",
    "open",
    "pcmanfm",
    "qtxdg-mat",
    "sensible-browser",
    "wslview",
    "www-browser",
    "x-www-browser",
    "xdg-mime",
    "xdg-open",
];

/// Verifies launches, several at the same time, and returns the results in the same order. `progress` gets the number
/// of finished launches.
///
/// # Errors
/// Fails if the programs that take the place of the browser cannot be written.
pub fn verify_all(
    launches: &[DistinctLaunch<'_>],
    env: &Environment,
    limits: &VerifyLimits<'_>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<VerifyResult>, FsError> {
    let openers = IdlePrograms::create(&OPENERS)?;
    let secrets = KnownSecrets::new(launches, env);
    let run = VerifyRun { env, openers, limits, secrets };
    let results: Vec<Mutex<VerifyResult>> = launches.iter().map(|_| Mutex::new(None)).collect();
    let finished = AtomicUsize::new(0);
    for wave in waves(launches) {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(at) = wave.get(next.fetch_add(1, Ordering::SeqCst)).copied() {
                if limits.is_stopped() {
                    return;
                }
                *results[at].lock() = run.verify(&launches[at]);
                progress(finished.fetch_add(1, Ordering::SeqCst) + 1);
            }
        };
        std::thread::scope(|scope| {
            (0..limits.jobs.min(wave.len())).for_each(|_| drop(scope.spawn(work)));
        });
    }
    Ok(results.into_iter().map(Mutex::into_inner).collect())
}

// A package manager installs a package when it runs the package for the first time, and fails if it installs the same
// package twice at the same time. So the first launch of each package comes before the others.
fn waves(launches: &[DistinctLaunch<'_>]) -> [Vec<usize>; 2] {
    let mut seen = std::collections::BTreeSet::new();
    let (first, rest) = (0..launches.len()).partition(|at| seen.insert(launches[*at].package()));
    [first, rest]
}

/// What all launches of a run share.
struct VerifyRun<'l> {
    env: &'l Environment,
    openers: IdlePrograms,
    limits: &'l VerifyLimits<'l>,
    secrets: KnownSecrets<'l>,
}

impl VerifyRun<'_> {
    fn verify(&self, launch: &DistinctLaunch<'_>) -> VerifyResult {
        let command = launch.command.as_ref()?;
        if launch.needs_sign_in() {
            return Some(Err(Unverified { error: VerifyError::SignIn, stderr: None }));
        }
        let start = Instant::now();
        let process = ServerProcess::start(command, &launch.withheld, self.env, &self.openers);
        let mut process = match process {
            Ok(process) => process,
            Err(error) => return Some(Err(Unverified { error: error.into(), stderr: None })),
        };
        let deadline = start + self.limits.timeout;
        let shaken = handshake(&mut process, deadline, &|| self.limits.is_stopped());
        let took = start.elapsed();
        let stderr = process.end(shaken.is_ok());
        Some(match shaken {
            Ok(tools) => Ok(Verified { tools, took }),
            Err(error) => Err(self.unverified(launch, error, &stderr)),
        })
    }

    // The text of a server is shown only without secrets.
    fn unverified(
        &self,
        launch: &DistinctLaunch<'_>,
        error: VerifyError,
        stderr: &ServerStderr,
    ) -> Unverified {
        if self.limits.is_stopped() {
            return Unverified { error: VerifyError::Stopped, stderr: None };
        }
        if !error.quotes_server() && stderr.is_empty() {
            return Unverified { error, stderr: None };
        }
        let known = self.secrets.of(launch);
        let known: Vec<&str> = known.iter().map(|secret| secret.expose()).collect();
        Unverified { error: error.without(&known), stderr: stderr.telling_line(&known) }
    }
}

/// Returns the files of the sign-in that a launch uses.
pub fn sign_in_files<'l>(launch: &'l DistinctLaunch<'_>) -> Option<&'l SignInFiles> {
    match &launch.sign_in {
        LaunchSignIn::Cache(stored) => Some(&stored.files),
        LaunchSignIn::Client | LaunchSignIn::References(_) | LaunchSignIn::None => None,
    }
}
