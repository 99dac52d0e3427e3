//! The job objects of Windows, which end the processes in them when they are closed (Windows' documentation, "Job
//! Objects", `JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`).

use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::process::Child;

use win32job::{ExtendedLimitInfo, Job};

/// Puts this process and the processes that it starts into a job object, which ends them when this process ends for any
/// reason.
pub fn join_job() -> io::Result<()> {
    let job = closing_job()?;
    job.assign_current_process().map_err(io::Error::other)?;
    // Closing the job object would end this process before it has reported why the server does not start.
    job.into_handle();
    Ok(())
}

/// A child process and the processes that it starts. They end when this value is dropped.
pub struct ProcessTree(Job);

impl ProcessTree {
    /// Contains a child that has just been started.
    pub fn new(child: &Child) -> io::Result<Self> {
        let job = closing_job()?;
        job.assign_process(child.as_raw_handle() as isize).map_err(io::Error::other)?;
        Ok(Self(job))
    }

    /// Ends the processes.
    pub fn end(self) {
        drop(self.0);
    }
}

fn closing_job() -> io::Result<Job> {
    let mut limits = ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    Job::create_with_limit_info(&limits).map_err(io::Error::other)
}
