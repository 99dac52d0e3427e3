//! File descriptors: a request has a connection of its own, and a program that a desktop starts may have few of them.

// As many are asked for: two for each request that is carried at once, and far more than anybody tells or answers.
const WANTED: u64 = 4096;

/// Asks the system for more, up to its limit, and returns how many there are.
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

/// Returns as many as are wanted: there is no such limit here.
#[cfg(not(unix))]
pub fn raise() -> u64 {
    WANTED
}
