//! Runs a store's program: no shell, no input, a limit on time and on what it prints.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::resolve::{Deadline, MAX_BYTES};
use super::{SecretError, literal};
use crate::diagnostic::printable;
use crate::paths::{Environment, search};

// What is kept of a program's complaint.
const MAX_SAID: usize = 4096;
const MAX_SHOWN: usize = 200;
const LAST_WORDS: Duration = Duration::from_millis(500);

// Programs whose complaints name no secret, as far as is known. `curl -v` and `sh -x` do.
const KNOWN: [&str; 2] = ["op", "pass"];

/// Runs a program and returns what it prints.
///
/// # Errors
/// Fails where it cannot be started, says no, takes too long or prints too much.
pub fn output(
    argv: &[String],
    env: &Environment,
    deadline: Deadline,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let (program, args) = argv.split_first().expect("a reference names a program");
    let mut child = start(program, args, env)?;
    let printed = gather(child.stdout.take().expect("piped"), MAX_BYTES + 1);
    let said = gather(child.stderr.take().expect("piped"), MAX_SAID);
    let Some((printed, status)) = wait(&mut child, &printed, deadline) else {
        end(&mut child);
        return Err(deadline.over());
    };
    if printed.len() > MAX_BYTES {
        return Err(SecretError::TooLong);
    }
    if status.success() {
        return Ok(printed);
    }
    let said = said.recv_timeout(deadline.left().min(LAST_WORDS)).unwrap_or_default();
    let said = if KNOWN.contains(&program.as_str()) { last_line(&said) } else { String::new() };
    let said = if said.is_empty() { said } else { format!(": {said}") };
    Err(SecretError::Refused { program: program.clone(), ending: ending(status), said })
}

fn start(program: &str, args: &[String], env: &Environment) -> Result<Child, SecretError> {
    let mut command = Command::new(env.expand_tilde(program));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    search::set(&mut command, &env.wide_path());
    // A group of its own, so that whatever it starts ends with it.
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

// Reads up to a limit on a thread of its own: a program that prints more is not waited for.
fn gather(
    mut from: impl Read + Send + 'static,
    limit: usize,
) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
        from.by_ref().take(limit as u64).read_to_end(&mut bytes).ok();
        let full = bytes.len() == limit;
        tell.send(bytes).ok();
        if full {
            std::io::copy(&mut from, &mut std::io::sink()).ok();
        }
    });
    told
}

type Ended = (Zeroizing<Vec<u8>>, ExitStatus);

// Only what is printed is waited for to its end: an agent that a store's program leaves behind may keep
// stderr open for ever.
fn wait(
    child: &mut Child,
    printed: &mpsc::Receiver<Zeroizing<Vec<u8>>>,
    deadline: Deadline,
) -> Option<Ended> {
    let printed = printed.recv_timeout(deadline.left()).ok()?;
    if printed.len() > MAX_BYTES {
        end(child);
    }
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some((printed, status));
        }
        if deadline.left().is_zero() {
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
    child.wait().ok();
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "a signal".to_owned(),
    }
}

// A complaint's last line says most. It is somebody else's text: masked, and fit for a terminal.
fn last_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    printable(&literal::mask(line)).chars().take(MAX_SHOWN).collect()
}
