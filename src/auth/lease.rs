//! The refresh lease: a file next to the token set that exists while a process uses its refresh
//! token.
//!
//! If a server rotates refresh tokens, it treats the second use of a refresh token as theft and ends the sign-in. So
//! every bridge, and mcpgen, holds the lease while it refreshes, and waits while another process holds it.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::cache::{SignInFiles, TokenSet};
use crate::fs::{self, FsError, Published, staged};

pub(super) const FILE: &str = "refresh_in_progress.json";
// mcp-remote 0.8.3 and newer: REFRESH_LEASE_MS, REFRESH_POLL_MS.
const LIFE: u64 = 30_000;
const POLL: Duration = Duration::from_millis(200);
// Longer than the leases of two live holders that never finish.
const PATIENCE: Duration = Duration::from_secs(65);

/// The lease, held until it is dropped.
#[derive(Debug)]
pub struct Lease {
    path: Utf8PathBuf,
    nonce: String,
}

/// The outcome of acquiring the lease.
#[derive(Debug)]
pub enum LeaseOutcome {
    /// This process holds the lease: refresh with the current refresh token.
    Acquired(Lease),
    /// Another process has refreshed meanwhile.
    AlreadyRefreshed(Box<TokenSet>),
}

/// Acquires the lease, or waits until another process has written a token set that `renewed` accepts. If the holder
/// dies, or releases the lease without such a token set, acquires the lease.
///
/// # Errors
/// Fails if the directory is not writable, or if others hold the lease for too long.
pub fn acquire(
    files: &SignInFiles,
    renewed: &dyn Fn(&TokenSet) -> bool,
) -> Result<LeaseOutcome, FsError> {
    let path = files.path(FILE);
    let begin = Instant::now();
    loop {
        if let Some(lease) = take(&path)? {
            return Ok(LeaseOutcome::Acquired(lease));
        }
        if begin.elapsed() > PATIENCE {
            return Err(FsError::Locked(path));
        }
        sleep(POLL);
        // Check the tokens first: the holder writes them before it releases the lease.
        if let Ok(Some(tokens)) = files.tokens()
            && renewed(&tokens)
        {
            return Ok(LeaseOutcome::AlreadyRefreshed(Box::new(tokens)));
        }
    }
}

fn take(path: &Utf8Path) -> Result<Option<Lease>, FsError> {
    if let Some(lease) = create(path)? {
        return Ok(Some(lease));
    }
    let Some(held) = fs::read(path)? else { return create(path) };
    let dead = match LeaseHolder::read(&held) {
        Some(holder) => !holder.lives(),
        // A bridge creates the file before it writes the contents.
        None => {
            sleep(POLL);
            fs::read(path)?.as_ref() == Some(&held)
        }
    };
    // Remove only the lease that was checked: another process may have taken it over.
    if dead && take_away(path, &held)? { create(path) } else { Ok(None) }
}

fn take_away(path: &Utf8Path, held: &[u8]) -> Result<bool, FsError> {
    match staged::stage_removal(path)?.publish(Some(held)) {
        Ok(published) => Ok(published == Published::Done),
        // The next holder has removed the temporary file.
        Err(FsError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

// Creates the lease file together with its contents. Returns `None` if another process has created it.
fn create(path: &Utf8Path) -> Result<Option<Lease>, FsError> {
    let pid = std::process::id();
    let at = super::now();
    let nonce = format!("{pid}-{}", nanoseconds());
    let lease = json!({ "pid": pid, "nonce": nonce, "at": at });
    let bytes = serde_json::to_vec_pretty(&lease).expect("plain data");
    if !fs::create_private(path, &bytes)? {
        return Ok(None);
    }
    let lease = Lease { path: path.to_owned(), nonce };
    // Another process may have considered this lease dead and taken it over.
    Ok(lease.is_held().then_some(lease))
}

fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

impl Lease {
    /// Holds the lease for a moment. Otherwise, a bridge that read the old tokens just before the release could acquire
    /// the lease just after it and refresh without reading the tokens again.
    pub fn linger(self) {
        sleep(POLL);
    }

    fn is_held(&self) -> bool {
        let bytes = fs::read(&self.path).ok().flatten().unwrap_or_default();
        LeaseHolder::read(&bytes).is_some_and(|holder| holder.nonce == self.nonce)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.is_held() {
            fs::remove(&self.path).ok();
        }
    }
}

/// Returns whether a lease file belongs to a dead process.
pub(super) fn is_dead(path: &Utf8Path) -> bool {
    let bytes = fs::read(path).ok().flatten().unwrap_or_default();
    LeaseHolder::read(&bytes).is_some_and(|holder| !holder.lives())
}

struct LeaseHolder {
    pid: i32,
    nonce: String,
    at: f64,
}

impl LeaseHolder {
    fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let pid = i32::try_from(value.get("pid")?.as_i64()?).ok().filter(|pid| *pid > 0)?;
        let nonce = value.get("nonce")?.as_str().filter(|nonce| !nonce.is_empty())?.to_owned();
        Some(Self { pid, nonce, at: value.get("at")?.as_f64()? })
    }

    fn lives(&self) -> bool {
        super::now() as f64 - self.at < LIFE as f64 && is_alive(self.pid)
    }
}

// A process of another user is alive.
#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let Some(pid) = Pid::from_raw(pid) else { return false };
    matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM))
}

#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::bridge_version::BridgeVersion;
    use crate::auth::cache::Cache;
    use crate::auth::call::BridgeCall;
    use crate::paths::{Environment, Os};

    fn files(home: &tempfile::TempDir) -> SignInFiles {
        let env = Environment::bare(Os::Linux, Utf8Path::from_path(home.path()).unwrap());
        let args = ["https://example.com".to_owned()];
        let call = BridgeCall::parse(&args, BridgeVersion::NEWEST, &|_| None).unwrap();
        let files = Cache::find(&[].into(), &env).files(BridgeVersion::NEWEST, &call.key());
        fs::create_private_directory(files.directory()).unwrap();
        files
    }

    fn tokens(access: &str) -> TokenSet {
        let text = json!({ "access_token": access, "token_type": "Bearer" }).to_string();
        TokenSet::from_file(text.as_bytes()).unwrap()
    }

    fn put(files: &SignInFiles, text: &str) {
        fs::write_private(&files.path(FILE), text.as_bytes()).unwrap();
    }

    fn never(_: &TokenSet) -> bool {
        false
    }

    #[test]
    fn the_lease_file_exists_while_the_lease_is_held() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let LeaseOutcome::Acquired(lease) = acquire(&files, &never).unwrap() else {
            panic!("ours")
        };
        let held: Value =
            serde_json::from_slice(&fs::read(&files.path(FILE)).unwrap().unwrap()).unwrap();
        assert_eq!(held["pid"], std::process::id());
        assert!(take(&files.path(FILE)).unwrap().is_none());
        drop(lease);
        assert_eq!(fs::read(&files.path(FILE)).unwrap(), None);
    }

    #[test]
    fn a_lease_that_is_old_or_empty_or_of_a_dead_process_is_taken_over() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let (now, own) = (crate::auth::now(), std::process::id());
        for (text, pid, at) in [
            (None, 0x3fff_fff0, now),
            (None, own, now - LIFE),
            (Some(""), own, now),
            (Some("{ \"pid\": -1 }"), own, now),
        ] {
            let lease = json!({ "pid": pid, "nonce": "n", "at": at }).to_string();
            put(&files, text.unwrap_or(&lease));
            let turn = acquire(&files, &never).unwrap();
            assert!(matches!(turn, LeaseOutcome::Acquired(_)), "{text:?} {pid} {at}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_lease_that_is_a_link_is_taken_over_and_its_target_remains() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let mine = files.directory().join("mine");
        fs::write_private(&mine, b"mine").unwrap();
        std::os::unix::fs::symlink(&mine, files.path(FILE)).unwrap();
        let LeaseOutcome::Acquired(lease) = acquire(&files, &never).unwrap() else {
            panic!("ours")
        };
        assert_eq!(fs::read(&mine).unwrap().as_deref(), Some(&b"mine"[..]));
        drop(lease);
        assert_eq!(fs::names(files.directory()), ["mine"]);
    }

    #[test]
    fn acquire_waits_for_a_live_lease_until_the_tokens_are_refreshed() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        files.write_tokens(&tokens("old")).unwrap();
        let holder = json!({ "pid": std::process::id(), "nonce": "n", "at": crate::auth::now() });
        put(&files, &holder.to_string());
        let theirs = files.clone();
        let other = std::thread::spawn(move || {
            sleep(Duration::from_millis(500));
            theirs.write_tokens(&tokens("new")).unwrap();
        });
        let renewed = |found: &TokenSet| found.access_token.expose() == "new";
        let turn = acquire(&files, &renewed).unwrap();
        assert!(matches!(turn, LeaseOutcome::AlreadyRefreshed(_)));
        other.join().unwrap();
        assert!(fs::read(&files.path(FILE)).unwrap().is_some(), "it is theirs to remove");
    }

    #[test]
    fn a_lingering_lease_is_held_for_a_moment() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let LeaseOutcome::Acquired(lease) = acquire(&files, &never).unwrap() else {
            panic!("ours")
        };
        let lingering = std::thread::spawn(move || lease.linger());
        sleep(POLL / 4);
        assert!(take(&files.path(FILE)).unwrap().is_none());
        lingering.join().unwrap();
        assert!(take(&files.path(FILE)).unwrap().is_some());
    }

    #[test]
    fn a_lease_that_another_process_took_over_is_not_removed() {
        let home = tempfile::tempdir().unwrap();
        let files = files(&home);
        let LeaseOutcome::Acquired(lease) = acquire(&files, &never).unwrap() else {
            panic!("ours")
        };
        put(&files, r#"{ "pid": 1, "nonce": "n", "at": 0 }"#);
        drop(lease);
        assert!(fs::read(&files.path(FILE)).unwrap().is_some());
    }
}
