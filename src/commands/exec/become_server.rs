//! Turns this process into the server, so that no other process is between the server and the client.

use std::io;
use std::process::Command;

use crate::cli::Exit;

/// Replaces this process with the program (execve), which keeps the standard streams. Returns only if this fails.
#[cfg(unix)]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    Err(std::os::unix::process::CommandExt::exec(process))
}

/// Starts the program, and exits with its exit code. A Windows process cannot become another program. A job object ends
/// the server when this process ends for any reason (Windows' documentation, "Job Objects",
/// `JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`).
#[cfg(not(unix))]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    let mut limits = win32job::ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = win32job::Job::create_with_limit_info(&limits).map_err(io::Error::other)?;
    job.assign_current_process().map_err(io::Error::other)?;
    // Closing the job object would end this process before it has reported why the server does not start.
    job.into_handle();
    let status = process.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
