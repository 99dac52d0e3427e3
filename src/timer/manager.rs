//! Runs the commands of a service manager.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{ManagerCommand, TimerError, TimerManager};
use crate::display::excerpt;
use crate::paths::{Environment, search};

// The time in which a service manager must have stopped a timer, and the pause between two attempts to start it again.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(500);

/// Returns whether the timer is active.
///
/// # Errors
/// Fails if the service manager is not installed.
pub fn is_active(manager: &TimerManager, env: &Environment) -> Result<bool, TimerError> {
    Ok(output(&manager.query, env)?.status.success())
}

/// Runs a command of the service manager.
///
/// # Errors
/// Fails if it does not start or does not succeed.
pub fn run(command: &ManagerCommand, env: &Environment) -> Result<(), TimerError> {
    check(command, output(command, env)?)
}

/// Runs a command after the files of a timer have changed. If the service manager is still stopping the previous timer,
/// tries again for 15 seconds.
///
/// # Errors
/// Fails if the command does not start or does not succeed.
pub fn run_when_ready(
    command: &ManagerCommand,
    manager: &TimerManager,
    env: &Environment,
) -> Result<(), TimerError> {
    let begin = Instant::now();
    loop {
        let output = output(command, env)?;
        let busy = output.status.code().is_some_and(|code| manager.busy.contains(&code));
        if !busy || begin.elapsed() > PATIENCE {
            return check(command, output);
        }
        std::thread::sleep(PAUSE);
    }
}

fn check(command: &ManagerCommand, output: Output) -> Result<(), TimerError> {
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stderr, output.stdout].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| !line.trim().is_empty());
    let cause = line.map_or_else(|| output.status.to_string(), |line| excerpt(line.trim()));
    Err(TimerError::Failed { command: command.clone(), cause })
}

fn output(command: &ManagerCommand, env: &Environment) -> Result<Output, TimerError> {
    let program =
        env.find_program(command.program).ok_or(TimerError::NoManager(command.program))?;
    let mut process = Command::new(program);
    process.args(&command.args).stdin(Stdio::null());
    search::set(&mut process, env.path());
    let failed = |error: std::io::Error| TimerError::Failed {
        command: command.clone(),
        cause: error.to_string(),
    };
    process.output().map_err(failed)
}
