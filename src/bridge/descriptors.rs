//! The limit on file descriptors: each request has its own connection, and a program that a desktop starts may have a
//! low limit.

// Two descriptors for each request in flight, and more than enough for notifications and responses.
const WANTED: u64 = 4096;

/// Raises the limit to WANTED, or as far as the system allows, and returns the limit.
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
