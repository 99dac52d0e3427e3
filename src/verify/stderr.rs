//! The standard error stream of a server: its last lines, and whether a bridge is about to open a browser.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::display::excerpt;
use crate::secret::redact;

// The lines that are kept, and the bytes that are kept of each.
const LINES: usize = 40;
const LINE: usize = 4 << 10;
// How long to wait for the last lines.
const LAST_LINES: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(5);

// What bridges write before they open a browser: mcp-remote 0.1 to 0.15, and mcpgen.
const SIGN_IN: [&str; 2] =
    ["Please authorize this client by visiting", "the server requires a sign-in"];

/// The standard error stream of a server.
#[derive(Debug, Clone, Default)]
pub struct ServerStderr {
    lines: Arc<Mutex<VecDeque<Vec<u8>>>>,
    sign_in: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
}

impl ServerStderr {
    /// Reads the stream on a thread until it is closed.
    pub fn read(stream: impl Read + Send + 'static) -> Self {
        let stderr = Self::default();
        let own = stderr.clone();
        std::thread::spawn(move || own.follow(stream));
        stderr
    }

    fn follow(&self, mut stream: impl Read) {
        let mut line = vec![];
        let mut piece = [0; 4 << 10];
        while let Ok(count) = stream.read(&mut piece) {
            if count == 0 {
                break;
            }
            for byte in &piece[..count] {
                match byte {
                    b'\n' | b'\r' => self.add(std::mem::take(&mut line)),
                    _ if line.len() < LINE => line.push(*byte),
                    _ => {}
                }
            }
        }
        self.add(line);
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Waits until the stream is closed, but not long: a process outside of the server's group may keep it open.
    pub fn wait_closed(&self) {
        let end = Instant::now() + LAST_LINES;
        while !self.closed.load(Ordering::SeqCst) && Instant::now() < end {
            std::thread::sleep(STEP);
        }
    }

    fn add(&self, line: Vec<u8>) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let text = String::from_utf8_lossy(&line);
        if SIGN_IN.iter().any(|words| text.contains(words)) {
            self.sign_in.store(true, Ordering::SeqCst);
        }
        let mut lines = self.lines.lock();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Returns whether a bridge asks a person to sign in.
    pub fn asks_for_sign_in(&self) -> bool {
        self.sign_in.load(Ordering::SeqCst)
    }

    /// Returns whether the server wrote nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.lock().is_empty()
    }

    /// Returns the line that says most about an error, without the secrets and safe to print: the last line that names
    /// an error, otherwise the last line.
    pub fn telling_line(&self, secrets: &[&str]) -> Option<String> {
        let lines = self.lines.lock();
        let texts = lines.iter().map(|line| String::from_utf8_lossy(line).trim().to_owned());
        let told: Vec<String> = texts.filter(|text| !is_noise(text)).collect();
        let last = |matches: &dyn Fn(&str) -> bool| told.iter().rfind(|text| matches(text));
        // mcpgen, cargo and uv write errors in this form.
        let line = last(&|text| text.starts_with("error: ") || text.starts_with("mcpgen: "))
            .or_else(|| last(&|text| text.contains("rror")))
            .or_else(|| told.last());
        line.map(|line| excerpt(&redact(line, secrets)))
    }
}

fn is_noise(text: &str) -> bool {
    let has_letters = text.contains(char::is_alphabetic);
    !has_letters || NOISE.iter().any(|noise| text.starts_with(noise))
}

// Last lines that say nothing about an error.
const NOISE: [&str; 6] = [
    "Node.js v",
    "at ",
    "help: ",
    "npm error A complete log of this run",
    "npm notice",
    "npm warn",
];
