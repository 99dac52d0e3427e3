//! Which client process has which token, so that `headers` recognizes a token that the server refuses: the client then
//! asks for it again. The records contain no token, only a digest.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use crate::auth::key::CacheKey;
use crate::auth::{Token, now};
use crate::fs;
use crate::fs::processes::{Process, parent, process};
use crate::model::shell::is_shell;
use crate::paths::Environment;

// A refused token is replaced once in this many milliseconds.
const PAUSE: u64 = 30_000;
// The records of processes that have ended are removed after a day.
const DAY: u64 = 24 * 60 * 60_000;
// A client starts the command with a shell, which may start another one.
const SHELLS: usize = 4;
// More than a digest has.
const LIMIT: u64 = 256;

/// The token that was handed out to the client process last.
pub struct HandedOut {
    path: Utf8PathBuf,
    owner: String,
}

impl HandedOut {
    /// Finds the record of the client process that started this command. Returns `None` if the process is unknown.
    pub fn of_client(env: &Environment, key: &CacheKey) -> Option<Self> {
        let (pid, client) = client()?;
        let owner = format!("{pid}.{}", client.started);
        let path = directory(env).join(format!("{key}.{owner}"));
        Some(Self { path, owner })
    }

    /// Returns whether the client process has got this token.
    pub fn is_of(&self, token: &Token) -> bool {
        let known = fs::read_up_to(&self.path, LIMIT).ok().flatten();
        known.is_some_and(|known| known == self.digest(token).as_bytes())
    }

    /// Records that the client process gets this token. Without a record, a refused token is not recognized.
    pub fn write(&self, token: &Token) {
        let Some(directory) = self.path.parent() else { return };
        if fs::create_private_directory(directory).is_ok() {
            fs::write_note(&self.path, self.digest(token).as_bytes()).ok();
            remove_old(directory);
        }
    }

    // Half of a digest identifies a token, and does not confirm a guess. With the process in it, the digests of two
    // clients cannot be compared.
    fn digest(&self, token: &Token) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.owner.as_bytes());
        hasher.update([0]);
        hasher.update(token.expose().as_bytes());
        hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What followed when a server refused a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The token was replaced.
    First,
    /// The token was not replaced, because it had just replaced another one.
    Final,
}

const FINAL: &[u8] = b"final";

/// Returns the last refusal of a token of a sign-in, if it was a moment ago.
pub fn last_refusal(env: &Environment, key: &CacheKey) -> Option<Refusal> {
    let path = refused(env, key);
    fs::modified(&path).filter(|at| now().saturating_sub(*at) < PAUSE)?;
    let is_final = fs::read_up_to(&path, LIMIT).ok()? == Some(FINAL.to_vec());
    Some(if is_final { Refusal::Final } else { Refusal::First })
}

/// Records that a server has refused a token of a sign-in.
pub fn write_refusal(env: &Environment, key: &CacheKey, refusal: Refusal) {
    let text = match refusal {
        Refusal::First => &[],
        Refusal::Final => FINAL,
    };
    if fs::create_private_directory(&directory(env)).is_ok() {
        fs::write_note(&refused(env, key), text).ok();
    }
}

fn refused(env: &Environment, key: &CacheKey) -> Utf8PathBuf {
    directory(env).join(format!("{key}.refused"))
}

/// Returns the directory of the records.
pub fn directory(env: &Environment) -> Utf8PathBuf {
    env.state_dir().join("headers")
}

/// Removes the records.
pub fn forget(env: &Environment) {
    let directory = directory(env);
    fs::names(&directory).iter().for_each(|name| fs::remove_file_only(&directory.join(name)));
}

// The nearest ancestor that is not a shell. A shell ends with the command.
fn client() -> Option<(u32, Process)> {
    let mut pid = parent();
    for _ in 0..SHELLS {
        let found = process(pid)?;
        if !is_shell(&found.name) {
            return Some((pid, found));
        }
        pid = found.parent;
    }
    None
}

fn remove_old(directory: &Utf8Path) {
    for name in fs::names(directory) {
        let path = directory.join(&name);
        let is_old = fs::modified(&path).is_none_or(|at| now().saturating_sub(at) > DAY);
        if is_old && !is_alive(&name) {
            fs::remove_file_only(&path);
        }
    }
}

fn is_alive(name: &str) -> bool {
    let mut parts = name.splitn(3, '.').skip(1);
    let found = parts.next().and_then(|pid| process(pid.parse().ok()?));
    found.is_some_and(|found| parts.next() == Some(found.started.as_str()))
}
