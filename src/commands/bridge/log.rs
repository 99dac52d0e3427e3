//! The outputs of the bridge's log: standard error, and with `--debug` one file for each server in the cache, as in
//! mcp-remote.
//!
//! Each output has its own queue and thread, because a client may never read standard error. A line is written before
//! the response that it explains. If a line is not read in time, its call and later calls no longer wait.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use camino::Utf8Path;

use super::eprint_text;
use crate::auth::cache::Cache;
use crate::auth::now;
use crate::bridge::options::BridgeOptions;
use crate::display::printable;
use crate::fs;
use crate::paths::Environment;

const QUEUED: usize = 1024;
const LINE: Duration = Duration::from_millis(100);
// How long the bridge waits for the last lines before it ends.
const LAST_LINES: Duration = Duration::from_millis(250);

/// The log of a bridge.
#[derive(Debug)]
pub struct LogOutput {
    stderr: Option<LineQueue>,
    file: Option<LineQueue>,
}

impl LogOutput {
    /// Opens the outputs.
    pub fn new(env: &Environment, options: &BridgeOptions) -> Self {
        let silent = options.silent && !options.debug;
        let file = || {
            let directory = Cache::find(&[].into(), env).directory().to_owned();
            fs::create_private_directory(&directory).ok()?;
            let path = directory.join(format!("{}_debug.log", options.call.key()));
            Some(LineQueue::new(Arc::new(move |lines: &str| append(&path, lines))))
        };
        Self {
            stderr: (!silent).then(|| LineQueue::new(Arc::new(eprint_text))),
            file: options.debug.then(file).flatten(),
        }
    }

    /// Logs a line.
    pub fn write(&self, text: &str, debug: bool) {
        let text = printable(text);
        if let Some(stderr) = &self.stderr {
            stderr.add(format!("mcpgen: {text}\n"));
        }
        if let Some(file) = &self.file {
            let kind = if debug { "debug" } else { "said" };
            file.add(format!("{} {} {kind}: {text}\n", now(), std::process::id()));
        }
    }

    /// Waits a moment for the last lines.
    pub fn flush(&self) {
        self.stderr.iter().chain(&self.file).for_each(LineQueue::flush);
    }
}

// Errors are ignored: a bridge runs without its log.
fn append(path: &Utf8Path, lines: &str) {
    fs::append_private(path, lines.as_bytes()).ok();
}

type WriteLines = dyn Fn(&str) + Send + Sync;

struct QueuedLine {
    text: String,
    written: Sender<()>,
}

#[derive(Default)]
struct QueueState {
    // How many lines did not fit.
    dropped: AtomicUsize,
    // Whether the last line that a call waited for was not written in time.
    stuck: AtomicBool,
}

/// Lines that a thread writes.
struct LineQueue {
    write: Arc<WriteLines>,
    state: Arc<QueueState>,
    // Most bridges never log a line, and need no thread.
    lines: OnceLock<SyncSender<QueuedLine>>,
}

impl LineQueue {
    fn new(write: Arc<WriteLines>) -> Self {
        Self { write, state: Arc::default(), lines: OnceLock::new() }
    }

    fn add(&self, text: String) {
        let lines = self.lines.get_or_init(|| {
            let (sender, lines) = sync_channel(QUEUED);
            let (write, state) = (Arc::clone(&self.write), Arc::clone(&self.state));
            std::thread::spawn(move || write_lines(&lines, &state, &*write));
            sender
        });
        let (written, done) = channel();
        if lines.try_send(QueuedLine { text, written }).is_err() {
            self.state.dropped.fetch_add(1, Ordering::SeqCst);
        } else if !self.state.stuck.load(Ordering::SeqCst) && done.recv_timeout(LINE).is_err() {
            self.state.stuck.store(true, Ordering::SeqCst);
        }
    }

    fn flush(&self) {
        let (written, done) = channel();
        let last = QueuedLine { text: String::new(), written };
        if self.lines.get().is_some_and(|lines| lines.try_send(last).is_ok()) {
            done.recv_timeout(LAST_LINES).ok();
        }
    }
}

fn write_lines(lines: &Receiver<QueuedLine>, state: &QueueState, write: &WriteLines) {
    while let Ok(QueuedLine { text, written }) = lines.recv() {
        let mut all = String::new();
        let lost = state.dropped.swap(0, Ordering::SeqCst);
        if lost > 0 {
            writeln!(all, "mcpgen: {lost} lines were dropped, because nobody read them").ok();
        }
        write(&(all + &text));
        state.stuck.store(false, Ordering::SeqCst);
        // After the timeout, no call waits any longer.
        written.send(()).ok();
    }
}

impl std::fmt::Debug for LineQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LineQueue")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_line_is_written_before_the_call_goes_on() {
        let said = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&said);
        let queue = LineQueue::new(Arc::new(move |lines: &str| {
            written.lock().unwrap().push_str(lines);
        }));
        queue.add("line\n".to_owned());
        assert_eq!(*said.lock().unwrap(), "line\n");
    }

    #[test]
    fn lines_that_are_not_read_are_dropped_and_counted() {
        let (read, said) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(String::new())));
        let (blocked, written) = (Arc::clone(&read), Arc::clone(&said));
        let queue = LineQueue::new(Arc::new(move |lines: &str| {
            drop(blocked.lock().unwrap());
            written.lock().unwrap().push_str(lines);
        }));
        let reader = read.lock().unwrap();
        // The thread is writing one line in addition to the lines in the queue.
        (0..QUEUED + 8).for_each(|at| queue.add(format!("line {at}\n")));
        drop(reader);
        while said.lock().unwrap().lines().count() < QUEUED {
            std::thread::yield_now();
        }
        queue.flush();
        let said = said.lock().unwrap();
        let dropped = said.lines().filter_map(|line| line.strip_prefix("mcpgen: "));
        let count = |line: &str| line.split(' ').next().unwrap().parse::<usize>().unwrap();
        let dropped: usize = dropped.map(count).sum();
        let lines = said.lines().filter(|line| line.starts_with("line ")).count();
        assert_eq!(lines + dropped, QUEUED + 8, "{said}");
        assert!(dropped >= 7, "{said}");
    }
}
