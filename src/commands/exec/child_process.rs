//! A server that is a child process: it gets the signals of this process, and ends with this process.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;

use parking_lot::Mutex;

/// The process id of the child, while this id cannot belong to another process.
#[derive(Debug, Clone, Default)]
pub struct LiveChild(Arc<Mutex<Option<u32>>>);

impl LiveChild {
    /// Waits until the child exits.
    pub fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        *self.0.lock() = Some(child.id());
        wait_without_reaping(child);
        *self.0.lock() = None;
        child.wait()
    }
}

#[cfg(unix)]
use unix::wait_without_reaping;
#[cfg(unix)]
pub use unix::{close_stdin, close_stdout, end_with, repeat_signal, spawn};
#[cfg(not(unix))]
use windows::wait_without_reaping;
#[cfg(not(unix))]
pub use windows::{close_stdin, close_stdout, end_with, repeat_signal, spawn};

#[cfg(unix)]
mod unix {
    use std::num::NonZeroI32;
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getppid, kill_process, waitid};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::low_level::emulate_default_handler;

    use super::{Child, Command, ExitStatus, LiveChild, io};

    impl LiveChild {
        /// Forwards signals that end a process. If there is no child, the signal ends this process.
        pub fn forward_signals(&self) {
            let signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]);
            let Ok(mut signals) = signals else { return };
            let live = self.clone();
            std::thread::spawn(move || {
                for number in signals.forever() {
                    let child = live.0.lock();
                    let pid = child.and_then(|id| Pid::from_raw(id.try_into().ok()?));
                    match (pid, Signal::from_named_raw(number)) {
                        (Some(pid), Some(signal)) => drop(kill_process(pid, signal)),
                        (None, _) | (_, None) => drop(emulate_default_handler(number)),
                    }
                }
            });
        }
    }

    /// Starts a program. On Linux, it ends with this process (see [`end_with`]).
    pub fn spawn(process: &mut Command) -> io::Result<Child> {
        process.spawn()
    }

    pub fn wait_without_reaping(child: &Child) {
        let id = child.id().try_into().ok().and_then(Pid::from_raw);
        let Some(id) = id else { return };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(id), options).is_err_and(|error| error == Errno::INTR) {}
    }

    /// Ends this process by the signal that has ended the server.
    pub fn repeat_signal(status: ExitStatus) {
        if let Some(signal) = status.signal() {
            emulate_default_handler(signal).ok();
            std::process::exit(128 + signal);
        }
    }

    /// Closes standard input, so that the client notices that nobody reads it.
    pub fn close_stdin() {
        if let Ok((reader, writer)) = io::pipe() {
            drop(writer);
            rustix::stdio::dup2_stdin(reader).ok();
        }
    }

    /// Closes standard output, so that the client notices that no output follows.
    pub fn close_stdout() {
        if let Ok((reader, writer)) = io::pipe() {
            drop(reader);
            rustix::stdio::dup2_stdout(writer).ok();
        }
    }

    /// Makes this process, and the server that it becomes, end when its parent process ends, even by SIGKILL (prctl(2),
    /// `PR_SET_PDEATHSIG`). Other systems than Linux have no such signal; there the server sees the end of its standard
    /// input.
    pub fn end_with(parent: u32) {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).ok();
        // The parent may have ended before.
        let now = getppid().map(Pid::as_raw_nonzero).map(NonZeroI32::get);
        if now != i32::try_from(parent).ok() {
            std::process::exit(1);
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use super::{Child, Command, ExitStatus, LiveChild, io};
    use crate::job::join_job;

    // Windows has no signals, so there is nothing to forward or to repeat. Its handles of the standard streams close
    // when this process exits.
    impl LiveChild {
        pub fn forward_signals(&self) {}
    }

    pub fn spawn(process: &mut Command) -> io::Result<Child> {
        join_job()?;
        process.spawn()
    }

    pub fn wait_without_reaping(_child: &Child) {}

    pub fn repeat_signal(_status: ExitStatus) {}

    pub fn close_stdin() {}

    pub fn close_stdout() {}

    pub fn end_with(_parent: u32) {}
}
