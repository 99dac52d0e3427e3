//! `mcpgen login`, and a person with a browser.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::browse;
use crate::case::{Case, Run};

/// The host of the callback URL, if nothing else is declared: that of mcp-remote.
pub const CALLBACK_HOST: &str = if cfg!(windows) { "127.0.0.1" } else { "localhost" };

/// A run of `mcpgen login` and the person before it.
pub struct Login<'a> {
    case: &'a Case,
    child: std::process::Child,
}

#[cfg(unix)]
const BROWSER: &str = "#!/bin/sh\nprintf %s \"$1\" > \"$0.tmp\"\nmv \"$0.tmp\" \"$0.url\"\n";

impl<'a> Login<'a> {
    /// Starts a login whose browser only notes the URL.
    pub fn start(case: &'a Case, args: &[&str]) -> Self {
        Self::start_in(case, args, &[])
    }

    /// Starts one with more environment variables, and without a core file where it crashes.
    pub fn start_in(case: &'a Case, args: &[&str], vars: &[(&str, &str)]) -> Self {
        std::fs::remove_file(case.path("browser.url")).ok();
        let has_timeout = args.contains(&"--timeout");
        let timeout: &[&str] = if has_timeout { &[] } else { &["--timeout", "20"] };
        #[cfg(unix)]
        let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
        #[cfg(windows)]
        let wrapper = [];
        let mut command = case.wrapped(&wrapper, &[&["login"], args, timeout].concat());
        command.envs(vars.iter().copied());
        set_browser(case, &mut command);
        command.stdin(std::process::Stdio::piped());
        Self { case, child: command.spawn().expect("mcpgen starts") }
    }

    /// Waits for the URL that the browser is opened with.
    pub fn url(&mut self) -> Option<String> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if let Ok(url) = std::fs::read_to_string(self.case.path("browser.url")) {
                return Some(url);
            }
            if self.child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no browser was opened");
    }

    /// Types a line.
    pub fn paste(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    pub fn child(&mut self) -> &mut std::process::Child {
        &mut self.child
    }

    /// Waits until the login exits, as [`Case::finish`] does.
    pub fn end(self) -> Run {
        self.case.ended(self.child)
    }
}

/// Sets a browser that only notes the URL, in `browser.url`.
pub fn set_browser(case: &Case, command: &mut Command) {
    #[cfg(unix)]
    command.env("BROWSER", format!("'{}'", browser(case).display()));
    #[cfg(windows)]
    crate::windows::set_browser(case, command);
}

/// Writes a browser that only notes the URL, in `browser.url`, and returns its path.
#[cfg(unix)]
pub fn browser(case: &Case) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let script = case.path("browser");
    if !script.exists() {
        case.put("browser", BROWSER);
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    script
}

/// Signs in as a person does: the browser is opened, follows, and the login ends.
pub fn sign_in(case: &Case, args: &[&str]) -> Run {
    let mut login = Login::start(case, args);
    if let Some(url) = login.url() {
        browse(&url);
    }
    login.end()
}

/// The cache's files of the only server in it, by what follows the key.
pub fn cached(case: &Case, name: &str) -> Option<Value> {
    let directory = case.path(".mcp-auth/mcp-remote-v1");
    let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten();
    let mut found =
        entries.filter(|entry| entry.file_name().to_str().unwrap().ends_with(&format!("_{name}")));
    let bytes = std::fs::read(found.next()?.path()).unwrap();
    assert!(found.next().is_none(), "one server only");
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")))
}
