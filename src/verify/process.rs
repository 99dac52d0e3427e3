//! A server that runs: its streams, and the way in which it ends.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use super::stderr::ServerStderr;
use crate::bridge::NO_SIGN_IN;
use crate::bridge::stdio::{StdioLine, read_line};
use crate::fs::programs::IdlePrograms;
#[cfg(not(unix))]
use crate::job::ProcessTree;
use crate::launch::Command;
use crate::launch::start_error::StartError;
use crate::paths::{Environment, search};

/// A server that runs in a process group of its own.
pub struct ServerProcess {
    child: Child,
    #[cfg(not(unix))]
    tree: Option<ProcessTree>,
    // A server may not read its standard input, so a thread of its own writes to it.
    input: Option<SyncSender<Vec<u8>>>,
    /// The lines of standard output that are not too long. The channel is closed when standard output is closed.
    pub lines: Receiver<Vec<u8>>,
    /// The standard error stream.
    pub stderr: ServerStderr,
}

// The length of a line, and the number of lines that wait until they are read or written.
const LINE: usize = 16 << 20;
const WAITING: usize = 8;
// How long a server may take to end after its standard input was closed, and after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(10);

impl ServerProcess {
    /// Starts a server as a client does that withholds some environment variables.
    ///
    /// # Errors
    /// Fails if the program does not exist or cannot be run.
    pub fn start(
        command: &Command,
        withheld: &BTreeSet<String>,
        env: &Environment,
        openers: &IdlePrograms,
    ) -> Result<Self, StartError> {
        let mut process = std::process::Command::new(&command.program);
        for name in withheld {
            process.env_remove(name);
        }
        process.args(&command.args).envs(&command.env);
        process.env(NO_SIGN_IN, "1").env("BROWSER", openers.path().join("xdg-open"));
        let path = own_path(command, env);
        search::set(&mut process, &with_openers(&path, openers));
        process.current_dir(command.cwd.as_deref().unwrap_or(env.home.as_str()));
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C on the terminal does not reach the group. mcpgen ends it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let mut child = process.spawn().map_err(|error| StartError::new(&error, command, &path))?;
        let input = child.stdin.take().map(write_lines);
        let (sender, lines) = sync_channel(WAITING);
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || forward(stdout, &sender));
        }
        let stderr = child.stderr.take().map(ServerStderr::read).unwrap_or_default();
        Ok(Self {
            #[cfg(not(unix))]
            tree: ProcessTree::new(&child).ok(),
            child,
            input,
            lines,
            stderr,
        })
    }

    /// Writes a line later, and returns the line if too many lines wait to be written. A server that has closed its
    /// standard input is noticed when it does not respond.
    pub fn send(&self, line: Vec<u8>) -> Option<Vec<u8>> {
        match self.input.as_ref()?.try_send(line) {
            Err(TrySendError::Full(line)) => Some(line),
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
        }
    }

    /// Waits a moment for the exit status, after standard output has been closed.
    pub fn status(&mut self) -> String {
        self.wait(GRACE);
        match self.child.try_wait() {
            Ok(Some(status)) => described(status),
            Ok(None) | Err(_) => "closed its standard output".to_owned(),
        }
    }

    /// Ends the server as a client does, and then every process of its group. A server that is `orderly` gets time.
    pub fn end(mut self, orderly: bool) -> ServerStderr {
        drop(self.input.take());
        // A reader that waits for space in the channel goes on.
        drop(self.lines);
        if orderly {
            wait_for(&mut self.child, GRACE);
        }
        #[cfg(not(unix))]
        if let Some(tree) = self.tree.take() {
            tree.end();
        }
        end_group(&mut self.child);
        self.stderr.wait_closed();
        self.stderr
    }

    fn wait(&mut self, time: Duration) {
        wait_for(&mut self.child, time);
    }
}

// `PATH` has no relative elements.
fn own_path(command: &Command, env: &Environment) -> OsString {
    let own = command.env.get("PATH").map(|path| search::absolute_only(path.as_ref()));
    own.unwrap_or_else(|| env.path().to_owned())
}

// The programs that take the place of the browser are found first.
fn with_openers(own: &OsString, openers: &IdlePrograms) -> OsString {
    let first = openers.path().as_std_path().to_owned();
    let all = std::iter::once(first).chain(search::directories(own));
    std::env::join_paths(all).unwrap_or_else(|_| own.clone())
}

// Standard input is closed after the last line.
fn write_lines(mut stdin: ChildStdin) -> SyncSender<Vec<u8>> {
    let (sender, lines) = sync_channel::<Vec<u8>>(WAITING);
    std::thread::spawn(move || {
        for line in lines {
            if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    sender
}

fn forward(stdout: impl Read, lines: &SyncSender<Vec<u8>>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        match read_line(&mut stdout, LINE) {
            StdioLine::Message(line) => {
                if lines.send(line).is_err() {
                    // The server must not wait because nobody reads.
                    std::io::copy(&mut stdout, &mut std::io::sink()).ok();
                    return;
                }
            }
            StdioLine::TooLong(_) => {}
            StdioLine::End => return,
        }
    }
}

fn described(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    }
}

// The process stays a zombie, so that its number still belongs to its group.
#[cfg(unix)]
fn wait_for(child: &mut Child, time: Duration) {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let end = Instant::now() + time;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while matches!(waitid(WaitId::Pid(pid), options), Ok(None)) && Instant::now() < end {
        std::thread::sleep(STEP);
    }
}

#[cfg(unix)]
fn end_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let end = Instant::now() + GRACE;
    if let Some(group) = group {
        kill_process_group(group, Signal::TERM).ok();
        wait_for(child, GRACE);
        kill_unless_ended(child, group);
    }
    child.wait().ok();
    // A bridge that npx has started removes its files before it ends.
    while group.is_some_and(|group| test_kill_process_group(group).is_ok()) && Instant::now() < end
    {
        std::thread::sleep(STEP);
    }
    if let Some(group) = group {
        kill_process_group(group, Signal::KILL).ok();
    }
}

#[cfg(unix)]
fn kill_unless_ended(child: &mut Child, group: rustix::process::Pid) {
    if matches!(child.try_wait(), Ok(None)) {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
}

#[cfg(not(unix))]
fn wait_for(child: &mut Child, time: Duration) {
    let end = Instant::now() + time;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < end {
        std::thread::sleep(STEP);
    }
}

#[cfg(not(unix))]
fn end_group(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}
