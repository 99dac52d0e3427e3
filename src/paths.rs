//! The environment, which is read once, and the paths that depend on it.
//!
//! Everything that depends on environment variables, the home directory or the operating system uses
//! [`Environment`], so that the same input gives the same bytes and a test can make an environment of its own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Help;
use crate::display::printable;

mod expand;
mod host;
mod os;
mod planned_links;
mod runtime;
pub mod search;
mod unexpanded;
mod usual_directories;

pub use expand::{Expanded, required_variables_in, variables_in};
pub use os::Os;
pub use planned_links::PlannedLinks;
pub use runtime::user_number;
pub use unexpanded::is_reference_to_itself;

/// Why paths cannot be determined.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// There is neither `HOME` nor an entry in the user database.
    #[error("the home directory is unknown")]
    NoHome,
    /// A path is not UTF-8. Every path in a client's file must be.
    #[error("path `{0}` is not UTF-8, and clients' files cannot contain it")]
    NotUtf8(String),
    /// A `${` in a path has no `}`.
    #[error("`{0}` contains a `${{` without `}}`")]
    Unclosed(String),
}

impl Help for PathError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoHome => "set HOME",
            Self::NotUtf8(_) => "use another directory",
            Self::Unclosed(_) => "add the `}`",
        };
        Some(help.to_owned())
    }
}

/// The environment of the process as plain data.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The operating system whose paths count.
    pub os: Os,
    /// The user's home directory.
    pub home: Utf8PathBuf,
    /// The directory that the command was started in.
    pub cwd: Utf8PathBuf,
    vars: BTreeMap<String, String>,
    unexpanded: Vec<String>,
    // Only its absolute elements, which need not be UTF-8 for programs to be found there.
    path: OsString,
    links: Option<PlannedLinks>,
}

impl Environment {
    /// Reads the process environment. Variables that are not UTF-8 are left out: no name or value
    /// that mcpgen looks for can be one. So are variables that a client was to expand and does not have.
    ///
    /// # Errors
    /// Fails if the home directory is unknown or not UTF-8.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_process() -> Result<Self, PathError> {
        let all = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let (unexpanded, vars): (Vec<_>, Vec<_>) =
            all.partition(|(name, value)| is_reference_to_itself(name, value));
        let unexpanded = unexpanded.into_iter().map(|(name, _)| name).collect();
        let vars = vars.into_iter().collect();
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let home = utf8(home.ok_or(PathError::NoHome)?)?;
        let cwd = utf8(std::env::current_dir().unwrap_or_default())?;
        let path = search::absolute_only(&std::env::var_os("PATH").unwrap_or_default());
        Ok(Self { os: Os::here(), home, cwd, vars, unexpanded, path, links: None })
    }

    /// Makes an environment without variables, in which every path is its default below `home`.
    pub fn bare(os: Os, home: &Utf8Path) -> Self {
        let (home, cwd) = (home.to_owned(), home.to_owned());
        let (vars, unexpanded, path) = (BTreeMap::new(), vec![], OsString::new());
        Self { os, home, cwd, vars, unexpanded, path, links: None }
    }

    /// Adds variables to those of the process, for the native bridge, which is not a process of its own. `HOME` and
    /// `PATH` take effect as they do in a process.
    #[must_use]
    pub fn overlaid(&self, vars: &BTreeMap<String, String>) -> Self {
        let mut env = self.clone();
        env.vars.extend(vars.clone());
        if let Some(path) = vars.get("PATH") {
            env.path = search::absolute_only(path.as_ref());
        }
        let home = if env.os == Os::Windows { "USERPROFILE" } else { "HOME" };
        if let Some(home) = vars.get(home).filter(|home| !home.is_empty()) {
            env.home = env.absolute(Utf8Path::new(home));
        }
        env
    }

    /// Sets variables, for tests.
    #[cfg(test)]
    pub fn with(mut self, vars: &[(&str, &str)]) -> Self {
        self.vars.extend(vars.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        self.path = search::absolute_only(self.var("PATH").unwrap_or_default().as_ref());
        self
    }

    /// Returns the name of each variable.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }

    /// Returns the value of a variable. An empty one counts as unset, as in the XDG specification.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the value of a variable, even if it is empty, as mcp-remote does.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str)
    }

    /// Returns the directory of all programs' configuration.
    pub fn config_home(&self) -> Utf8PathBuf {
        self.xdg("XDG_CONFIG_HOME", ".config")
    }

    /// Returns the directory of the declaration and the user's templates.
    pub fn config_dir(&self) -> Utf8PathBuf {
        self.config_home().join("mcpgen")
    }

    /// Returns the directory of the ledger and the undo generation.
    pub fn state_dir(&self) -> Utf8PathBuf {
        self.xdg("XDG_STATE_HOME", ".local/state").join("mcpgen")
    }

    /// Returns the directory of the file with the secrets that mcpgen stores.
    pub fn data_dir(&self) -> Utf8PathBuf {
        self.xdg("XDG_DATA_HOME", ".local/share").join("mcpgen")
    }

    /// Returns the default path of the declaration.
    pub fn default_declaration(&self) -> Utf8PathBuf {
        self.config_dir().join("mcp.toml")
    }

    // A relative XDG path must be ignored (XDG Base Directory Specification, "Environment variables").
    fn xdg(&self, name: &str, default: &str) -> Utf8PathBuf {
        self.var(name)
            .map(Utf8PathBuf::from)
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| native(&self.home.join(default)))
    }

    /// Makes a path absolute, relative to the current directory, without file system access.
    pub fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        let mut out = Utf8PathBuf::new();
        for part in self.cwd.join(path).components() {
            match part {
                camino::Utf8Component::CurDir => {}
                camino::Utf8Component::ParentDir => {
                    out.pop();
                }
                camino::Utf8Component::Prefix(_)
                | camino::Utf8Component::RootDir
                | camino::Utf8Component::Normal(_) => out.push(part),
            }
        }
        out
    }

    /// Replaces the `~` of a leading `~/` by the home directory.
    pub fn expand_tilde(&self, text: &str) -> String {
        match text.strip_prefix('~').filter(|rest| rest.starts_with(std::path::is_separator)) {
            Some(rest) => format!("{}{rest}", self.home),
            None => text.to_owned(),
        }
    }

    /// Replaces a leading home directory by `~`: the reverse of [`Self::expand_tilde`].
    pub fn shorten(&self, text: &str) -> String {
        let rest = text.strip_prefix(self.home.as_str());
        match rest.and_then(|rest| rest.strip_prefix(std::path::is_separator)) {
            // A declaration is the same on every system.
            Some(rest) => format!("~/{}", rest.replace(std::path::MAIN_SEPARATOR, "/")),
            None => text.to_owned(),
        }
    }

    /// Formats a path for messages, with `~` for the home directory.
    pub fn display(&self, path: &Utf8Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if !rest.as_str().is_empty() => {
                printable(&format!("~{}{}", std::path::MAIN_SEPARATOR, native(rest)))
            }
            Ok(_) | Err(_) => printable(native(path).as_str()),
        }
    }

    /// Finds an executable program in the absolute elements of `PATH`.
    pub fn find_program(&self, name: &str) -> Option<Utf8PathBuf> {
        search::find_program(name, &self.path)
    }

    /// Returns `PATH` without its relative elements. It is empty if `PATH` is not set.
    pub fn path(&self) -> &OsStr {
        &self.path
    }
}

/// Returns the path of the program that is running.
pub fn own_program() -> Option<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(std::env::current_exe().ok()?).ok()
}

/// Returns a path with the separators of this system. Windows accepts `/` too, but nobody writes it there.
pub fn native(path: &Utf8Path) -> Utf8PathBuf {
    if cfg!(windows) { path.components().collect() } else { path.to_owned() }
}

fn utf8(path: std::path::PathBuf) -> Result<Utf8PathBuf, PathError> {
    Utf8PathBuf::from_path_buf(path)
        .map_err(|path| PathError::NotUtf8(path.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Environment {
        Environment::bare(Os::Linux, Utf8Path::new("/home/ada")).with(vars)
    }

    #[test]
    fn only_a_leading_tilde_is_the_home_directory() {
        let env = with(&[]);
        for (text, want) in [
            ("~/src", "/home/ada/src"),
            ("~", "~"),
            ("~grace/src", "~grace/src"),
            ("a~/b", "a~/b"),
            ("$HOME/x", "$HOME/x"),
        ] {
            assert_eq!(env.expand_tilde(text), want);
        }
    }

    #[test]
    fn added_variables_take_effect_as_in_a_process() {
        let vars = [("HOME", "/srv/ada"), ("PATH", "/opt/bin"), ("NO_PROXY", "")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let under = with(&[("NO_PROXY", "*"), ("LANG", "C")]);
        let env = under.overlaid(&vars.into());
        assert_eq!((env.home.as_str(), env.path()), ("/srv/ada", OsStr::new("/opt/bin")));
        assert_eq!((env.var("NO_PROXY"), env.var("LANG")), (None, Some("C")));
        assert_eq!(under.home, "/home/ada");
    }

    #[test]
    fn a_relative_xdg_directory_is_ignored() {
        assert_eq!(with(&[("XDG_CONFIG_HOME", "rel")]).config_dir(), "/home/ada/.config/mcpgen");
        assert_eq!(with(&[("XDG_CONFIG_HOME", "/abs")]).config_dir(), "/abs/mcpgen");
    }

    #[test]
    fn a_relative_path_is_made_absolute_without_dots() {
        let env = with(&[]);
        assert_eq!(env.absolute(Utf8Path::new("../x/./mcp.toml")), "/home/x/mcp.toml");
        assert_eq!(env.absolute(Utf8Path::new("/a/b")), "/a/b");
    }
}
