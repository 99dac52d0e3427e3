//! `PATH`: where mcpgen finds programs, and what it passes to the programs that it starts.
//!
//! A relative or empty element refers to the directory that a client starts in, which may be any repository. Such
//! elements are dropped here.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use camino::Utf8PathBuf;

/// Returns the directories of a `PATH`: its absolute elements.
pub fn directories(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).filter(|element| element.is_absolute())
}

/// Drops the elements of a `PATH` that are not absolute.
pub fn absolute_only(path: &OsStr) -> OsString {
    std::env::join_paths(directories(path)).expect("elements of a PATH contain no separator")
}

/// Finds an executable program in the absolute elements of a `PATH`.
pub fn find_program(name: &str, path: &OsStr) -> Option<Utf8PathBuf> {
    // An empty PATH would mean the current directory.
    let path = Some(absolute_only(path)).filter(|path| !path.is_empty())?;
    let mut found = which::which_in_global(name, Some(path)).ok()?;
    found.find_map(|program| Utf8PathBuf::from_path_buf(program).ok())
}

/// Sets the `PATH` of a program, on which the program itself is found too. An empty `PATH` would mean the current
/// directory, so it is removed, and the system's default is used.
pub fn set(command: &mut Command, path: &OsStr) {
    if path.is_empty() {
        command.env_remove("PATH");
    } else {
        command.env("PATH", path);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_elements_of_a_path_are_kept() {
        for (path, want) in [
            ("/usr/bin:/bin", "/usr/bin:/bin"),
            (":/usr/bin", "/usr/bin"),
            ("/usr/bin:", "/usr/bin"),
            ("/usr/bin::/bin", "/usr/bin:/bin"),
            (".:/usr/bin:./bin:bin:../bin:~/bin", "/usr/bin"),
            ("/opt/with space/bin:/a/../b", "/opt/with space/bin:/a/../b"),
            (".", ""),
            ("", ""),
        ] {
            assert_eq!(absolute_only(OsStr::new(path)), want, "{path:?}");
        }
    }

    #[test]
    fn a_program_gets_no_empty_path() {
        let mut command = Command::new("x");
        set(&mut command, OsStr::new("/bin"));
        assert!(command.get_envs().eq([(OsStr::new("PATH"), Some(OsStr::new("/bin")))]));
        set(&mut command, OsStr::new(""));
        assert!(command.get_envs().eq([(OsStr::new("PATH"), None)]));
    }
}
