//! Runs the program of a store: without a shell or input, and with limits on time and output.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::deadline::Deadline;
use super::error::SecretError;
use crate::display::printable;
use crate::paths::{Environment, search};
use crate::secret::{MAX_SECRET_BYTES, literal};

const MAX_STDERR_BYTES: usize = 4096;
const MAX_STDERR_SHOWN: usize = 200;
const STDERR_TIMEOUT: Duration = Duration::from_millis(500);

// Only the errors of these programs are shown. Others may print secrets: `curl -v` and `sh -x` do.
const PROGRAMS_WITH_SAFE_ERRORS: [&str; 2] = ["op", "pass"];

/// Runs a program and returns its standard output.
///
/// # Errors
/// Fails if it cannot be started, fails, does not end before the deadline or prints too much.
pub fn output(
    argv: &[String],
    env: &Environment,
    deadline: Deadline,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let (program, args) = argv.split_first().expect("a reference names a program");
    let mut child = spawn(program, args, env)?;
    let stdout = read_on_thread(child.stdout.take().expect("piped"), MAX_SECRET_BYTES + 1);
    let stderr = read_on_thread(child.stderr.take().expect("piped"), MAX_STDERR_BYTES);
    let Some((stdout, status)) = wait(&mut child, &stdout, deadline) else {
        kill(&mut child);
        return Err(deadline.timed_out());
    };
    if stdout.len() > MAX_SECRET_BYTES {
        return Err(SecretError::TooLong);
    }
    if status.success() {
        return Ok(stdout);
    }
    let stderr = stderr.recv_timeout(deadline.left().min(STDERR_TIMEOUT)).unwrap_or_default();
    let shown = PROGRAMS_WITH_SAFE_ERRORS.contains(&program.as_str());
    let message = if shown { last_line(&stderr) } else { String::new() };
    Err(SecretError::Failed { program: program.clone(), status: describe(status), message })
}

fn spawn(program: &str, args: &[String], env: &Environment) -> Result<Child, SecretError> {
    let mut command = Command::new(env.expand_tilde(program));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    env.remove_unexpanded(&mut command);
    search::set(&mut command, &env.wide_path());
    // A process group of its own, so that everything it starts can be killed with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|source| {
        let program = program.to_owned();
        if source.kind() != std::io::ErrorKind::NotFound {
            SecretError::Unstartable { program, source }
        } else if program.contains(std::path::is_separator) {
            SecretError::NoProgramFile(program)
        } else {
            SecretError::NoProgram(program)
        }
    })
}

// Reads up to a limit, then discards the rest so that the program is not blocked.
fn read_on_thread(
    mut pipe: impl Read + Send + 'static,
    limit: usize,
) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
        pipe.by_ref().take(limit as u64).read_to_end(&mut bytes).ok();
        let full = bytes.len() == limit;
        sender.send(bytes).ok();
        if full {
            std::io::copy(&mut pipe, &mut std::io::sink()).ok();
        }
    });
    receiver
}

type StdoutAndStatus = (Zeroizing<Vec<u8>>, ExitStatus);

// Waits for the end of stdout only: an agent that the program leaves behind may keep stderr open.
fn wait(
    child: &mut Child,
    stdout: &mpsc::Receiver<Zeroizing<Vec<u8>>>,
    deadline: Deadline,
) -> Option<StdoutAndStatus> {
    let stdout = stdout.recv_timeout(deadline.left()).ok()?;
    if stdout.len() > MAX_SECRET_BYTES {
        kill(child);
    }
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some((stdout, status));
        }
        if deadline.left().is_zero() {
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn kill(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
    child.wait().ok();
}

#[cfg(not(unix))]
fn kill(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exited with code {code}"),
        None => "was killed by a signal".to_owned(),
    }
}

// The last line of an error output says most.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    printable(&literal::mask(line)).chars().take(MAX_STDERR_SHOWN).collect()
}
