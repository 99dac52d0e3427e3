//! The last rejection of a person's identity for a server, which `doctor` reports: it sends no requests itself.

use serde_json::{Value, json};

use super::cache::SignInFiles;
use super::now;
use super::refresh::RefreshError;
use crate::diagnostic::one_line;
use crate::fs;

const FILE: &str = "rejected.json";

/// A rejection of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedIdentity {
    /// The error, as it was shown.
    pub why: String,
    /// When it happened, in milliseconds since 1970.
    pub at: u64,
}

/// Records that the identity of a person was rejected for a server, or that it was accepted. If that fails, only `doctor`
/// misses it.
pub fn record(server: &SignInFiles, error: Option<&RefreshError>) {
    let files = server.at_provider(server.key());
    let path = files.path(FILE);
    match error {
        None => {
            fs::remove(&path).ok();
        }
        Some(error @ RefreshError::Identity(identity)) => {
            let refusal = identity.exchange().and_then(|error| error.refusal());
            if refusal.is_some_and(|refusal| !refusal.is_transient()) {
                let note = json!({ "why": one_line(error), "at": now() }).to_string();
                let there = fs::create_private_directory(files.directory()).is_ok();
                there.then(|| fs::write_note(&path, note.as_bytes()).ok());
            }
        }
        Some(_) => {}
    }
}

/// Reads the last rejection for a server, if the identity has not been accepted since.
pub fn read(server: &SignInFiles) -> Option<RejectedIdentity> {
    let bytes = fs::read(&server.at_provider(server.key()).path(FILE)).ok().flatten()?;
    let note: Value = serde_json::from_slice(&bytes).ok()?;
    Some(RejectedIdentity { why: note["why"].as_str()?.to_owned(), at: note["at"].as_u64()? })
}

/// Forgets the last rejection for a server.
///
/// # Errors
/// Fails if the file cannot be removed.
pub fn forget(server: &SignInFiles) -> Result<(), fs::FsError> {
    fs::remove(&server.at_provider(server.key()).path(FILE))
}
