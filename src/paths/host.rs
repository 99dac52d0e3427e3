//! The host name of this machine.

use super::Environment;

impl Environment {
    /// Returns the host name of this machine, if it is known.
    pub fn host_name(&self) -> Option<String> {
        system_name().or_else(|| self.var("COMPUTERNAME").map(str::to_owned))
    }
}

#[cfg(unix)]
fn system_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Some(name).filter(|name| !name.is_empty())
}

// Windows sets COMPUTERNAME for every process.
#[cfg(not(unix))]
fn system_name() -> Option<String> {
    None
}
