//! Runs the commands of a service manager.

use std::process::{Command, Output, Stdio};

use super::{ManagerCommand, TimerError, TimerManager};
use crate::display::excerpt;
use crate::paths::{Environment, search};

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
    let output = output(command, env)?;
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
