//! The harness: a separate home directory, a cleared environment, and a canary that must never show up.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A secret planted in every case: in the environment and in a file. Wherever `@CANARY@` is in a
/// file or a declaration of a case, it is put there too.
pub const CANARY: &str = "ghp_CANARY0123456789canary0123456789abcd";

/// The arguments in front of those of npx, which `cmd` starts on Windows.
pub const NPX: &[&str] = if cfg!(windows) { &["/c", "npx"] } else { &[] };

const PREFIX: &str = "mcpgen-case-";
/// A directory that is in memory, where the system has some.
const MEMORY: &str = "/dev/shm";

/// A machine of one user: a home directory and nothing else.
pub struct Case {
    home: TempDir,
    vars: Vec<(String, String)>,
}

/// What one run of mcpgen said.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Case {
    pub fn new() -> Self {
        Self::at(TempDir::with_prefix(PREFIX).expect("a temporary directory"))
    }

    /// A machine whose disk is memory, where the system has some: tests that run mcpgen a hundred times
    /// would wait for little but the disk.
    pub fn in_memory() -> Self {
        // A container or a chroot may have none, or one that only root writes to.
        TempDir::with_prefix_in(PREFIX, MEMORY).map_or_else(|_| Self::on_disk(), Self::at)
    }

    /// Makes a home directory whose path has the length of one in memory, because messages are wrapped at their width.
    fn on_disk() -> Self {
        let directory = std::env::temp_dir();
        let width = (MEMORY.len() + PREFIX.len()).saturating_sub(directory.as_os_str().len());
        let prefix = format!("{PREFIX:-<width$}");
        Self::at(TempDir::with_prefix_in(prefix, directory).expect("a temporary directory"))
    }

    fn at(home: TempDir) -> Self {
        let case = Self { home, vars: vec![] };
        case.write(".secrets/canary", "@CANARY@\n")
    }

    /// Writes the default declaration.
    pub fn declare(self, text: &str) -> Self {
        self.write(".config/mcpgen/mcp.toml", text)
    }

    /// Writes a file below the home directory.
    pub fn write(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.put(path, text);
        self
    }

    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a file below the home directory")).unwrap();
        let bytes = text.as_ref();
        let bytes = match std::str::from_utf8(bytes) {
            Ok(text) => text.replace("@CANARY@", CANARY).into_bytes(),
            Err(_) => bytes.to_vec(),
        };
        std::fs::write(path, bytes).unwrap();
    }

    /// Sets a variable of the environment.
    pub fn var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Prepares a run of mcpgen, for tests that do more than wait for it.
    pub fn command(&self, args: &[&str]) -> Command {
        self.wrapped(&[], args)
    }

    /// Prepares a run of mcpgen below another program.
    pub fn wrapped(&self, wrapper: &[&str], args: &[&str]) -> Command {
        let mut argv = wrapper.to_vec();
        argv.push(env!("CARGO_BIN_EXE_mcpgen"));
        argv.extend(args);
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).env_clear().current_dir(self.home());
        command.env("HOME", self.home()).env("PATH", "/usr/bin:/bin").env("CANARY", CANARY);
        #[cfg(windows)]
        self.set_up_windows(&mut command);
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Sets the variables without which no program of Windows runs, and those of the user's directories.
    #[cfg(windows)]
    fn set_up_windows(&self, command: &mut Command) {
        for name in ["SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "PATH", "COMPUTERNAME"] {
            command.env(name, std::env::var_os(name).unwrap_or_default());
        }
        command.env("USERPROFILE", self.home()).env("TEMP", self.home()).env("TMP", self.home());
        command.env("APPDATA", self.home().join(r"AppData\Roaming"));
        command.env("LOCALAPPDATA", self.home().join(r"AppData\Local"));
    }

    /// Types a line into a shell that finds mcpgen.
    pub fn shell(&self, line: &str, input: &str) -> Run {
        let bin = Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
        let mut command = self.wrapped(&["/bin/sh", "-c", line], &[]);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        self.finish(&mut command, Some(input.as_bytes()))
    }

    /// Runs mcpgen, and fails the test where the canary shows up in what it said or in the ledger.
    pub fn run(&self, args: &[&str]) -> Run {
        self.finish(&mut self.command(args), None)
    }

    /// Runs mcpgen on a terminal of its own, which shows what it says on either stream.
    pub fn typed(&self, args: &[&str]) -> Run {
        let tried = Command::new("script").args(["-qec", "true", "/dev/null"]).output();
        let tried = tried.expect("`script` (Debian: bsdutils) is installed");
        let said = String::from_utf8_lossy(&tried.stderr).into_owned();
        assert!(
            tried.status.success(),
            "`script` opens a terminal, for which /dev/pts must be mounted: {said}"
        );
        let wrapper = ["sh", "-c", "exec script -qec \"$0 $*\" /dev/null"];
        self.finish(&mut self.wrapped(&wrapper, args), None)
    }

    /// Runs mcpgen with a string on its standard input.
    pub fn pipe(&self, args: &[&str], input: impl AsRef<[u8]>) -> Run {
        self.finish(&mut self.command(args), Some(input.as_ref()))
    }

    pub fn finish(&self, command: &mut Command, input: Option<&[u8]>) -> Run {
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let program = command.get_program().to_owned();
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{program:?} does not start: {error}"));
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // A command that refuses its arguments does not read.
            std::io::Write::write_all(&mut stdin, input).ok();
        }
        self.ended(child)
    }

    /// Waits for a run's end, and looks for the canary as [`Self::run`] does.
    pub fn ended(&self, child: Child) -> Run {
        let output = child.wait_with_output().expect("mcpgen ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("mcpgen writes UTF-8");
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        // What a path looks like on Windows is tested in windows/paths.rs. The other tests are the same on all systems.
        #[cfg(windows)]
        let run = Run { out: with_slashes(&run.out), err: with_slashes(&run.err), ..run };
        assert!(!run.out.contains(CANARY), "the canary is on stdout:\n{}", run.out);
        assert!(!run.err.contains(CANARY), "the canary is on stderr:\n{}", run.err);
        let path = self.path(LEDGER);
        let readable = path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() < 64 << 20);
        let ledger = readable.then(|| std::fs::read_to_string(path).unwrap_or_default());
        let ledger = ledger.unwrap_or_default();
        assert!(!ledger.contains(CANARY), "the canary is in the ledger:\n{ledger}");
        run
    }

    /// Runs mcpgen and expects it to be done.
    pub fn ok(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, 0, "mcpgen {args:?} failed:\n{}{}", run.out, run.err);
        run
    }

    /// Replaces the home directory in a string, so that it can be compared.
    pub fn plain(&self, text: &str) -> String {
        #[cfg(windows)]
        let text =
            &with_slashes(&text.replace(&with_slashes(self.home().to_str().unwrap()), "/HOME"));
        text.replace(self.home().to_str().expect("UTF-8"), "/HOME")
    }

    /// Returns every file below the home directory with its bytes, but for mcpgen's own.
    pub fn snapshot(&self) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
        let mut found = std::collections::BTreeMap::new();
        collect(self.home(), &mut found);
        found.retain(|path, _| !path.starts_with(self.path(".local/state")));
        found
    }
}

/// Makes a named pipe.
pub fn mkfifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("`mkfifo` (Debian: coreutils) is installed").success());
}

pub const LEDGER: &str = ".local/state/mcpgen/ledger.json";

fn collect(dir: &Path, found: &mut std::collections::BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, found);
        } else {
            // Nothing is read from a pipe, which would wait for a writer.
            let bytes = path.is_file().then(|| std::fs::read(&path).unwrap_or_default());
            found.insert(path.clone(), bytes.unwrap_or_default());
        }
    }
}

/// Compares a string with a file of the tests, or writes the file where `MCPGEN_BLESS` is set.
pub fn golden(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    if std::env::var_os("MCPGEN_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let want = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `just bless` writes it", path.display()));
    assert!(
        want == text,
        "{} differs; `just bless`, then read the diff. Now:\n{text}",
        path.display()
    );
}

/// Returns whether a process runs. A process that has exited, and that its parent has not waited for, does not.
pub fn is_running(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Returns the process with an id, to send a signal to. A minimal system does not have the program `kill`.
#[cfg(unix)]
pub fn process(id: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(id.try_into().expect("an id")).expect("not zero")
}

/// Kills a child of this process after a minute, so that a test that waits for it fails and does not hang.
#[cfg(unix)]
pub fn kill_later(id: u32) {
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(60));
        let parent = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        if parent.lines().any(|line| line == format!("PPid:\t{}", std::process::id())) {
            let _ = rustix::process::kill_process(process(id), rustix::process::Signal::KILL);
        }
    });
}

// Replaces the backslashes of paths: those after `~`, a drive or a name, and before a name.
#[cfg(windows)]
fn with_slashes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_separator = |at: usize| {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(at + 1);
        before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '~' | ':' | '_' | '-' | '.'))
            && after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~'))
    };
    let shown = |(at, c): (usize, &char)| if *c == '\\' && is_separator(at) { '/' } else { *c };
    chars.iter().enumerate().map(shown).collect()
}
