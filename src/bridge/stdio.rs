//! The client's side: one message a line, in and out.

use std::io::{BufRead, Read as _, Write};
use std::sync::{Mutex, PoisonError};

use super::budget::LONG;
use super::id_scanner::IdScanner;

/// Holds what comes from the client.
#[derive(Debug)]
pub enum StdioLine {
    /// A line.
    Message(Vec<u8>),
    /// A line that is longer than any message; the id of a request, where it is one.
    TooLong(Option<String>),
    /// Nothing more comes.
    End,
}

/// Waits for the next line. One that is longer than `limit` is not kept.
pub fn read_line(stdin: &mut impl BufRead, limit: usize) -> StdioLine {
    let mut line = vec![];
    let read = stdin.take(limit as u64 + 1).read_until(b'\n', &mut line);
    match read {
        // A client that is gone is one that says nothing more.
        Err(_) | Ok(0) => StdioLine::End,
        Ok(_) if line.last() == Some(&b'\n') => {
            line.pop();
            // A long one has grown by doubling, and is held until it is answered.
            if line.len() > LONG {
                line.shrink_to_fit();
            }
            StdioLine::Message(line)
        }
        Ok(_) if line.len() <= limit => StdioLine::Message(line),
        Ok(_) => StdioLine::TooLong(glimpse(&line, stdin)),
    }
}

// Reads the rest of a line that is too long to be kept, and finds the id in it.
fn glimpse(begin: &[u8], stdin: &mut impl BufRead) -> Option<String> {
    let mut glimpse = IdScanner::default();
    glimpse.look(begin);
    // A client that is gone has no use for an answer.
    while let Some(piece) = stdin.fill_buf().ok().filter(|piece| !piece.is_empty()) {
        let end = memchr::memchr(b'\n', piece);
        let count = end.unwrap_or(piece.len());
        glimpse.look(&piece[..count]);
        stdin.consume(count + usize::from(end.is_some()));
        if end.is_some() {
            break;
        }
    }
    glimpse.request()
}

/// Writes messages to the client, one at a time and each of them whole.
pub struct Output {
    stdout: Mutex<Box<dyn Write + Send>>,
    gone: Box<dyn Fn() + Send + Sync>,
}

impl Output {
    /// Makes an output. `gone` is called where the client has stopped listening for good.
    pub fn new(stdout: Box<dyn Write + Send>, gone: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { stdout: Mutex::new(stdout), gone }
    }

    /// Writes a message that stands on one line.
    pub fn send(&self, mut message: Vec<u8>) {
        message.push(b'\n');
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        if stdout.write_all(&message).and_then(|()| stdout.flush()).is_err() {
            (self.gone)();
        }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let mut stdin = std::io::BufReader::with_capacity(7, text);
        let mut found = vec![];
        loop {
            match read_line(&mut stdin, 100) {
                StdioLine::Message(text) => found.push(String::from_utf8(text).unwrap()),
                StdioLine::TooLong(id) => found.push(format!("too long: {id:?}")),
                StdioLine::End => return found,
            }
        }
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(lines(b"a\n\nb"), ["a", "", "b"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_read_past_and_its_id_found() {
        for (before, after, id) in
            [(r#"{"params":""#, r#"","id":7,"method":"m"}"#, "Some(\"7\")"), ("", "", "None")]
        {
            let text = format!("{before}{}{after}\nnext\n", "x".repeat(109));
            assert_eq!(lines(text.as_bytes()), [&format!("too long: {id}"), "next"]);
        }
    }
}
