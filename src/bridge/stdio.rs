//! Standard input and output: one message per line.

use std::io::{BufRead, Read as _, Write};

use parking_lot::Mutex;

use super::budget::{SHORT, unmapped};
use super::id_scanner::IdScanner;

/// A line from the client.
#[derive(Debug)]
pub enum StdioLine {
    /// One message, or a batch.
    Message(Vec<u8>),
    /// A line that is longer than the limit for a message, with the id if the line is a request.
    TooLong(Option<String>),
    /// Standard input has ended.
    End,
}

/// Waits for the next line. A line longer than `limit` is skipped.
pub fn read_line(stdin: &mut impl BufRead, limit: usize) -> StdioLine {
    let mut line = vec![];
    let mut stdin_up_to =
        |most: usize, line: &mut Vec<u8>| (&mut *stdin).take(most as u64).read_until(b'\n', line);
    let mut read = stdin_up_to(SHORT.min(limit + 1), &mut line);
    if read.is_ok() && line.len() == SHORT && line.last() != Some(&b'\n') {
        unmapped(&mut line);
        read = stdin_up_to(limit + 1 - SHORT, &mut line).map(|_| line.len());
    }
    match read {
        // A read error means that the client has ended.
        Err(_) | Ok(0) => StdioLine::End,
        Ok(_) if line.last() == Some(&b'\n') => {
            line.pop();
            StdioLine::Message(line)
        }
        Ok(_) if line.len() <= limit => StdioLine::Message(line),
        Ok(_) => StdioLine::TooLong(skip_line(&line, stdin)),
    }
}

// Skips the rest of a line that is too long, and finds the id in the line.
fn skip_line(begin: &[u8], stdin: &mut impl BufRead) -> Option<String> {
    let mut scanner = IdScanner::default();
    scanner.scan(begin);
    while let Some(piece) = stdin.fill_buf().ok().filter(|piece| !piece.is_empty()) {
        let end = memchr::memchr(b'\n', piece);
        let count = end.unwrap_or(piece.len());
        scanner.scan(&piece[..count]);
        stdin.consume(count + usize::from(end.is_some()));
        if end.is_some() {
            break;
        }
    }
    scanner.request()
}

/// Writes whole messages to the client, one at a time.
pub struct Output {
    stdout: Mutex<Box<dyn Write + Send>>,
    gone: Box<dyn Fn() + Send + Sync>,
}

impl Output {
    /// `gone` is called when the client has closed standard output.
    pub fn new(stdout: Box<dyn Write + Send>, gone: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { stdout: Mutex::new(stdout), gone }
    }

    /// Writes a message, which must not contain line breaks.
    pub fn send(&self, mut message: Vec<u8>) {
        message.push(b'\n');
        let mut stdout = self.stdout.lock();
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
    fn the_last_line_needs_no_line_break() {
        assert_eq!(lines(b"a\n\nb"), ["a", "", "b"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_its_id_is_found() {
        for (before, after, id) in
            [(r#"{"params":""#, r#"","id":7,"method":"m"}"#, "Some(\"7\")"), ("", "", "None")]
        {
            let text = format!("{before}{}{after}\nnext\n", "x".repeat(109));
            assert_eq!(lines(text.as_bytes()), [&format!("too long: {id}"), "next"]);
        }
    }
}
