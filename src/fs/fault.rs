//! Fault points: places in the code where a test can kill the process or simulate a full disk.
//!
//! Fault points exist only in debug builds. In a release build, they do nothing.

use std::fs::File;
use std::io;

/// Marks a step of the write protocol. In a debug build, environment variables control what happens at a point.
/// `MCPGEN_KILL_AT=N` aborts the process at the N-th point, as a crash would. `MCPGEN_FAIL_AT=N` returns the error "no
/// space left" there. `MCPGEN_COUNT_POINTS=FILE` appends the name of each point to a file.
/// `MCPGEN_POWER_FAILS_AT=N` also empties the files whose bytes are not on the disk yet, as a power failure would.
/// `MCPGEN_WAIT_AT_POINTS=SOCKET` sends the name of each point to a socket and waits until the test closes the
/// connection.
///
/// # Errors
/// Fails only if one of these environment variables is set.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "for tests alone, and gone in a release build")]
pub fn point(name: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst) + 1;
    let asked = |var: &str| std::env::var(var).ok().and_then(|n| n.parse().ok()) == Some(count);
    if let Some(path) = std::env::var_os("MCPGEN_COUNT_POINTS") {
        let mut log = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
        writeln!(log, "{name}")?;
    }
    #[cfg(unix)]
    if let Some(socket) = std::env::var_os("MCPGEN_WAIT_AT_POINTS") {
        let mut test = std::os::unix::net::UnixStream::connect(socket)?;
        writeln!(test, "{name}")?;
        io::Read::read_to_end(&mut test, &mut vec![])?;
    }
    if asked("MCPGEN_POWER_FAILS_AT") {
        let unsynced = UNSYNCED.lock().expect("no thread panics");
        unsynced.iter().try_for_each(|file| file.set_len(0))?;
        std::process::abort();
    }
    if asked("MCPGEN_KILL_AT") {
        std::process::abort();
    }
    if asked("MCPGEN_FAIL_AT") {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}

/// Does nothing.
///
/// # Errors
/// Never fails.
#[cfg(not(debug_assertions))]
pub fn point(_name: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(debug_assertions)]
static UNSYNCED: std::sync::Mutex<Vec<File>> = std::sync::Mutex::new(vec![]);

/// Remembers a file whose bytes are not on the disk yet.
///
/// # Errors
/// Fails only if a test simulates a power failure.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "for tests alone, and gone in a release build")]
pub fn written(file: &File) -> io::Result<()> {
    if std::env::var_os("MCPGEN_POWER_FAILS_AT").is_some() {
        UNSYNCED.lock().expect("no thread panics").push(file.try_clone()?);
    }
    Ok(())
}

/// Forgets files whose bytes are on the disk.
#[cfg(all(debug_assertions, unix))]
pub fn synced(files: &[&File]) {
    use std::os::unix::fs::MetadataExt as _;
    let number = |file: &File| file.metadata().map(|meta| (meta.dev(), meta.ino())).ok();
    let synced = |file: &File| files.iter().any(|it| number(it) == number(file));
    UNSYNCED.lock().expect("no thread panics").retain(|file| !synced(file));
}

/// Does nothing.
///
/// # Errors
/// Never fails.
#[cfg(not(debug_assertions))]
pub fn written(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Does nothing.
#[cfg(not(all(debug_assertions, unix)))]
pub fn synced(_files: &[&File]) {}
