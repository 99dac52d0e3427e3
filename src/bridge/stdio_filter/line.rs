//! The parts of a line: a byte order mark, the message, and the line break.

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line with the position of its message.
#[derive(Debug, Clone, Copy)]
pub struct BorrowedLine<'a> {
    bytes: &'a [u8],
    begin: usize,
    end: usize,
}

impl<'a> BorrowedLine<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        let begin = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let end = text.strip_suffix(b"\r").unwrap_or(text).len();
        Self { bytes, begin, end }
    }

    /// Returns the position of the line break.
    pub fn end(self) -> usize {
        self.end
    }

    pub fn message(self) -> &'a [u8] {
        &self.bytes[self.begin..self.end]
    }

    /// Returns this line with another message.
    pub fn with(self, message: &[u8]) -> Vec<u8> {
        [&self.bytes[..self.begin], message, &self.bytes[self.end..]].concat()
    }
}
