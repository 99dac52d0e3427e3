//! File descriptors: each request has its own connection, and programs started by a desktop may have a low limit.

// Two for each request carried at once, and more than enough for notifications and responses.
const WANTED: u64 = 4096;

/// Raises the limit as far as the system allows, and returns it.
#[cfg(unix)]
pub fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let had = current.unwrap_or(WANTED);
    let most = maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if had >= most {
        return had;
    }
    let more = Rlimit { current: Some(most), maximum };
    setrlimit(Resource::Nofile, more).map_or(had, |()| most)
}

/// This system has no such limit.
#[cfg(not(unix))]
pub fn raise() -> u64 {
    WANTED
}
