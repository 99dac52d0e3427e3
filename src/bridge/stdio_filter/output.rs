//! The client's input, which gets the server's output and the responses of the filter.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// Never mixes a response of the filter with a line of the server.
pub struct SharedOutput {
    state: Mutex<OutputState>,
    writing: AtomicBool,
}

struct OutputState {
    client: Box<dyn Write + Send>,
    within_line: bool,
    // Responses that wait for the end of a line of the server.
    waiting: Vec<u8>,
}

impl SharedOutput {
    pub fn new(client: Box<dyn Write + Send>) -> Self {
        let state = OutputState { client, within_line: false, waiting: vec![] };
        Self { state: Mutex::new(state), writing: AtomicBool::new(false) }
    }

    /// Returns whether the last byte of the server was not a line break.
    pub fn is_within_line(&self) -> bool {
        self.state.lock().within_line
    }

    /// Returns whether a write waits for the client.
    pub fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    /// Writes a part of the server's output.
    pub fn write(&self, piece: &[u8]) -> io::Result<()> {
        self.writing.store(true, Ordering::Relaxed);
        let mut state = self.state.lock();
        let written = state.write(piece);
        self.writing.store(false, Ordering::Relaxed);
        written
    }

    /// Writes a response of the filter. An error is ignored, because the next write of the server has it too.
    pub fn send(&self, mut response: Vec<u8>) {
        response.push(b'\n');
        let mut state = self.state.lock();
        if state.within_line {
            state.waiting.append(&mut response);
        } else {
            state.client.write_all(&response).and_then(|()| state.client.flush()).ok();
        }
    }

    /// Writes the responses that wait for the end of the server's last line.
    pub fn end(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.waiting.is_empty() { Ok(()) } else { state.write(b"\n") }
    }
}

impl OutputState {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.client.write_all(piece)?;
        self.within_line = !piece.ends_with(b"\n");
        if !self.within_line && !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            self.client.write_all(&waiting)?;
        }
        self.client.flush()
    }
}
