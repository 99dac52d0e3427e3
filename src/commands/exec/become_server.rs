//! Turns this process into the server, so that no other process is between the server and the client.

use std::io;
use std::process::Command;

use crate::cli::Exit;

/// Replaces this process with the program (execve), which keeps the standard streams. Returns only if this fails.
#[cfg(unix)]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    Err(std::os::unix::process::CommandExt::exec(process))
}

/// Starts the program, and exits with its exit code. A Windows process cannot become another program.
#[cfg(not(unix))]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    crate::job::join_job()?;
    let status = process.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
