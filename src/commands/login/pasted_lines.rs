//! Lines that a person pastes while `login` waits for the browser.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::paths::Environment;

/// Lines of standard input. No line is read before [`Self::start`], because a script may need its input itself.
pub struct PastedLines {
    lines: Receiver<String>,
    sender: Cell<Option<Sender<String>>>,
}

impl PastedLines {
    /// Makes one that reads nothing yet.
    pub fn new() -> Self {
        let (sender, lines) = channel();
        Self { lines, sender: Cell::new(Some(sender)) }
    }

    /// Returns whether a person at this terminal may use a browser on another machine.
    pub fn may_be_needed(&self, env: &Environment) -> bool {
        let remote = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter();
        std::io::stdin().is_terminal() || remote.into_iter().any(|name| env.var(name).is_some())
    }

    /// Reads lines on a separate thread, because a blocking read cannot be interrupted.
    pub fn start(&self) {
        let Some(sender) = self.sender.take() else { return };
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }

    /// Returns whether lines are read.
    pub fn is_started(&self) -> bool {
        let sender = self.sender.take();
        let started = sender.is_none();
        self.sender.set(sender);
        started
    }

    /// Returns the channel of the lines.
    pub fn lines(&self) -> &Receiver<String> {
        &self.lines
    }
}
