//! Turns this process into the server, so that nothing stands between it and the client.

use std::io;
use std::process::Command;

use crate::cli::Exit;

/// Becomes the program (execve): its process is this one, with the same standard streams. It returns only
/// where that fails.
#[cfg(unix)]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    Err(std::os::unix::process::CommandExt::exec(process))
}

/// Starts the program and ends with its exit code. Windows cannot become another program; a job object
/// makes the server end with this process, however that ends (Windows' documentation, "Job Objects",
/// `JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`).
#[cfg(not(unix))]
pub fn become_server(process: &mut Command) -> io::Result<Exit> {
    let mut limits = win32job::ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = win32job::Job::create_with_limit_info(&limits).map_err(io::Error::other)?;
    job.assign_current_process().map_err(io::Error::other)?;
    // Closing it would end this process before it has said why the server does not start.
    job.into_handle();
    let status = process.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
