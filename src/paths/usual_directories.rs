//! The directories that usually contain programs.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Environment, Expanded, search};

// The directories of programs: the user's, Nix profiles, Homebrew, package managers, the system.
const USUAL_DIRECTORIES: [&str; 13] = [
    "~/.local/bin",
    "${XDG_STATE_HOME:-~/.local/state}/nix/profile/bin",
    "~/.nix-profile/bin",
    "/etc/profiles/per-user/${USER}/bin",
    "/run/current-system/sw/bin",
    "/nix/var/nix/profiles/default/bin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "~/.cargo/bin",
    "~/.bun/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
];

impl Environment {
    /// Returns the `PATH` for programs that mcpgen starts. After the elements of `PATH` it has the usual directories of
    /// programs, which a client that was started from a dock or a menu does not have on its `PATH`.
    pub fn wide_path(&self) -> OsString {
        let mut directories: Vec<PathBuf> = search::directories(&self.path).collect();
        for usual in USUAL_DIRECTORIES {
            let Some(directory) = self.expand(usual).ok().and_then(Expanded::path) else {
                continue;
            };
            let directory = directory.into_std_path_buf();
            let new = directory.is_absolute() && !directories.contains(&directory);
            if new && directory.is_dir() {
                directories.push(directory);
            }
        }
        std::env::join_paths(&directories).unwrap_or_else(|_| self.path.clone())
    }
}
