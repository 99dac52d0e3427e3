//! The runtime directory of the user, which some clients do not tell the servers that they start.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{Environment, Os};

const DIRECTORY: &str = "XDG_RUNTIME_DIR";
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// Returns the number of the user.
#[cfg(unix)]
pub fn user_number() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Returns zero: on this system users have no number.
#[cfg(not(unix))]
pub fn user_number() -> u32 {
    0
}

impl Environment {
    /// Returns the variables of the user's session that are not set, if their usual values can be used: the directory
    /// `/run/user/UID`, which systemd and elogind make for the user alone, and the session bus in it.
    pub fn unset_session_variables(&self) -> BTreeMap<String, String> {
        match cfg!(target_os = "linux") {
            true => self.unset_below(&Utf8Path::new("/run/user").join(user_number().to_string())),
            false => BTreeMap::new(),
        }
    }

    /// Returns whether `mcpgen exec` finds the keyring even if a client clears the environment.
    pub fn finds_keyring(&self) -> bool {
        self.finds_session_variable(BUS)
    }

    /// Returns whether `mcpgen exec` needs no value from the client for a variable of the user's session: the variable
    /// is not set, or it has its usual value.
    pub fn finds_session_variable(&self, name: &str) -> bool {
        let usual = format!("/run/user/{}", user_number());
        let is_usual = |value: &str| match name {
            DIRECTORY => Utf8Path::new(value) == usual,
            _ => value.split(',').next() == Some(&format!("unix:path={usual}/bus")),
        };
        match (name, self.os) {
            (DIRECTORY | BUS, Os::Linux) => self.var(name).is_none_or(is_usual),
            // The keyrings of the other systems use no message bus.
            (BUS, Os::Macos | Os::Windows) => true,
            (_, Os::Linux | Os::Macos | Os::Windows) => false,
        }
    }

    fn unset_below(&self, usual: &Utf8Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let directory = self.var(DIRECTORY).map_or(usual, Utf8Path::new);
        if !is_own_directory(directory) {
            return found;
        }
        if self.var(DIRECTORY).is_none() {
            found.insert(DIRECTORY.to_owned(), directory.to_string());
        }
        let bus = directory.join("bus");
        if self.var(BUS).is_none() && is_own_socket(&bus) {
            found.insert(BUS.to_owned(), format!("unix:path={bus}"));
        }
        found
    }
}

#[cfg(unix)]
fn is_own_directory(path: &Utf8Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = path.symlink_metadata();
    metadata.is_ok_and(|it| it.is_dir() && it.uid() == user_number())
}

#[cfg(unix)]
fn is_own_socket(path: &Utf8Path) -> bool {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let metadata = path.symlink_metadata();
    metadata.is_ok_and(|it| it.file_type().is_socket() && it.uid() == user_number())
}

#[cfg(not(unix))]
fn is_own_directory(_path: &Utf8Path) -> bool {
    false
}

#[cfg(not(unix))]
fn is_own_socket(_path: &Utf8Path) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn the_usual_session_is_used_only_if_it_is_the_users_own() {
        let scratch = tempfile::tempdir().unwrap();
        let usual = Utf8Path::from_path(scratch.path()).unwrap();
        let env =
            |vars: &[(&str, &str)]| Environment::bare(Os::Linux, "/home/ada".into()).with(vars);
        let names = |env: &Environment, usual: &Utf8Path| -> Vec<String> {
            env.unset_below(usual).into_keys().collect()
        };
        assert_eq!(names(&env(&[]), usual), [DIRECTORY]);
        let _bus = UnixListener::bind(usual.join("bus")).unwrap();
        assert_eq!(names(&env(&[]), usual), [BUS, DIRECTORY]);
        assert_eq!(env(&[]).unset_below(usual)[BUS], format!("unix:path={usual}/bus"));
        assert_eq!(names(&env(&[(BUS, "unix:path=/b")]), usual), [DIRECTORY]);
        assert_eq!(names(&env(&[(DIRECTORY, usual.as_str())]), "/nowhere".into()), [BUS]);
        assert_eq!(names(&env(&[(DIRECTORY, usual.as_str()), (BUS, "b")]), usual), [] as [&str; 0]);
        assert_eq!(names(&env(&[]), "/nowhere".into()), [] as [&str; 0]);
        let usual_bus = format!("unix:path=/run/user/{}/bus", user_number());
        for (value, is_usual) in [
            (usual_bus.clone(), true),
            (format!("{usual_bus},guid=0123"), true),
            ("unix:path=/tmp/dbus-1".to_owned(), false),
            (format!("{usual_bus}2"), false),
        ] {
            assert_eq!(env(&[(BUS, &value)]).finds_session_variable(BUS), is_usual, "{value}");
        }
        assert!(env(&[]).finds_session_variable(BUS) && env(&[]).finds_session_variable(DIRECTORY));
        assert!(!env(&[(DIRECTORY, usual.as_str())]).finds_session_variable(DIRECTORY));
        assert!(!env(&[]).finds_session_variable("HOME"));
        std::os::unix::fs::symlink(usual, usual.join("link")).unwrap();
        assert_eq!(names(&env(&[]), &usual.join("link")), [] as [&str; 0]);
    }
}
