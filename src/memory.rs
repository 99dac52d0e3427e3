//! The memory of the process, which holds tokens.

/// Keeps the memory of this process out of core files, and from other programs of the user. A program that it starts is
/// not affected.
#[cfg(target_os = "linux")]
pub fn protect() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // If a system refuses, everything else still works.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
}

/// Keeps the memory of this process out of core files.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn protect() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum }).ok();
}

/// Windows writes no core files.
#[cfg(not(unix))]
pub fn protect() {}
