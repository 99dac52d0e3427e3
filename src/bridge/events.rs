//! Server-sent events (HTML Standard, section 9.2), parsed as they arrive.

use std::io::{self, BufRead};

use super::budget::{BufferReservation, LONG, SHORT, reserve, unmapped};
use super::message::LIMIT;

// Upper bound for ids and event names. An id is sent back in a header, and servers do not accept a longer header.
const LONGEST_NAME: usize = 8 << 10;

/// One event.
#[derive(Debug, Default)]
pub struct Event {
    /// The event type; none is `message`.
    pub kind: Option<String>,
    /// The data, with line breaks between its lines.
    pub data: Vec<u8>,
    // Buffer space, if the event is long.
    reserved: Option<BufferReservation>,
}

impl Event {
    /// Returns whether the event contains a message.
    pub fn is_message(&self) -> bool {
        self.kind.as_deref().is_none_or(|kind| kind == "message")
    }
}

/// Parses the events of a stream.
#[derive(Debug)]
pub struct EventStream<R> {
    stream: R,
    line: Vec<u8>,
    // The last line ended with CR, so a LF that follows is part of the same line break.
    after_cr: bool,
    first: bool,
    /// The id of the last event, needed to resume the stream.
    pub last_id: Option<String>,
    /// The last `retry` field: milliseconds to wait before the stream is opened again.
    pub retry: Option<u64>,
}

impl<R: BufRead> EventStream<R> {
    /// `last_id` is the id of the last event before the stream.
    pub fn new(stream: R, last_id: Option<String>) -> Self {
        Self { stream, line: vec![], after_cr: false, first: true, last_id, retry: None }
    }

    /// Waits for the next event. Returns `None` at the end of the stream, and drops an incomplete event.
    ///
    /// # Errors
    /// Fails if the stream is interrupted, or if an event is longer than the limit for a message.
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        let mut event = Event::default();
        let (mut some, mut id) = (false, None);
        while self.read_line(&mut event)? {
            if self.line.is_empty() {
                self.last_id = id.take().or(self.last_id.take());
                if some {
                    return Ok(Some(event));
                }
                event = Event::default();
                continue;
            }
            let colon = self.line.iter().position(|byte| *byte == b':');
            let (name, value) = match colon {
                Some(at) => (&self.line[..at], &self.line[at + 1..]),
                None => (&self.line[..], &[][..]),
            };
            let value = value.strip_prefix(b" ").unwrap_or(value);
            let text = || String::from_utf8_lossy(value).into_owned();
            match name {
                b"data" if some => {
                    if event.data.len() + value.len() > SHORT {
                        unmapped(&mut event.data);
                    }
                    event.data.push(b'\n');
                    event.data.extend_from_slice(value);
                }
                // The buffer of the line becomes the buffer of the event, so that a long message is not copied.
                b"data" => {
                    some = true;
                    let begin = self.line.len() - value.len();
                    self.line.drain(..begin);
                    event.data = std::mem::take(&mut self.line);
                }
                // No known type is longer.
                b"event" => event.kind = Some(text().chars().take(LONGEST_NAME).collect()),
                b"id" if fits_header(value) => id = Some(text()),
                b"retry" => self.retry = text().parse().ok().or(self.retry),
                _other => {}
            }
        }
        Ok(None)
    }

    // False at the end of the stream.
    fn read_line(&mut self, event: &mut Event) -> io::Result<bool> {
        self.line.clear();
        loop {
            let chunk = match self.stream.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Ok(false);
            }
            let skip = usize::from(self.after_cr && chunk[0] == b'\n');
            self.after_cr = false;
            let rest = &chunk[skip..];
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let taken = end.unwrap_or(rest.len());
            if self.line.len() + taken > SHORT {
                unmapped(&mut self.line);
            }
            self.line.extend_from_slice(&rest[..taken]);
            self.after_cr = end.is_some_and(|at| rest[at] == b'\r');
            let used = skip + taken + usize::from(end.is_some());
            self.stream.consume(used);
            let held = event.data.len() + self.line.len();
            if held > LONG && event.reserved.is_none() {
                event.reserved = Some(reserve(None));
            }
            if held > LIMIT {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than any message"));
            }
            if end.is_some() {
                if std::mem::take(&mut self.first) && self.line.starts_with(b"\xef\xbb\xbf") {
                    self.line.drain(..3);
                }
                return Ok(true);
            }
        }
    }
}

// Returns whether a `Last-Event-ID` header can contain the id. Other ids are ignored.
fn fits_header(id: &[u8]) -> bool {
    id.len() <= LONGEST_NAME && id.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    type ParsedStream = (Vec<(Option<String>, String)>, Option<String>, Option<u64>);

    fn all(text: &[u8], piece: usize) -> ParsedStream {
        let mut events = EventStream::new(io::BufReader::with_capacity(piece, text), None);
        let mut found = vec![];
        while let Some(event) = events.next_event().unwrap() {
            found.push((event.kind, String::from_utf8(event.data).unwrap()));
        }
        (found, events.last_id, events.retry)
    }

    #[test]
    fn events_are_read_however_the_stream_is_split() {
        let text = b"\xef\xbb\xbf: hello\r\nid: 1\ndata: a\ndata:b\n\nevent: end\rdata\r\rid:2\r\nretry: 70\r\n\r\n\
                     retry: x\ndata: last\n\ndata: broken off";
        let want = vec![
            (None, "a\nb".to_owned()),
            (Some("end".to_owned()), String::new()),
            (None, "last".to_owned()),
        ];
        for piece in 1..40 {
            assert_eq!(all(text, piece), (want.clone(), Some("2".into()), Some(70)), "{piece}");
        }
    }

    #[test]
    fn an_id_that_no_header_can_contain_is_ignored() {
        for odd in ["\u{1b}[2J", "2\t", "\0", "\u{7f}", "zw\u{f6}lf"] {
            let text = format!("id: 1\ndata: a\n\nid: {odd}\ndata: b\n\n");
            assert_eq!(all(text.as_bytes(), 100).1.as_deref(), Some("1"), "{odd:?}");
        }
        assert_eq!(all(b"id: a b~\ndata: a\n\n", 100).1.as_deref(), Some("a b~"));
        assert_eq!(all(b"id: 1\nid:\ndata: a\n\n", 100).1.as_deref(), Some(""));
    }

    #[test]
    fn an_id_that_is_too_long_for_a_header_is_ignored() {
        let long = "x".repeat(LONGEST_NAME + 1);
        let text = format!("id: 1\ndata: a\n\nid: {long}\nevent: {long}\ndata: b\n\n");
        let (found, last, _) = all(text.as_bytes(), 100);
        assert_eq!(last.as_deref(), Some("1"));
        assert_eq!(found[1].0.as_ref().map(String::len), Some(LONGEST_NAME));
    }

    #[test]
    fn a_line_that_never_ends_is_an_error() {
        let endless = io::Read::chain(&b"data: "[..], io::repeat(b'x'));
        let mut events = EventStream::new(io::BufReader::new(endless), None);
        assert_eq!(events.next_event().unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
