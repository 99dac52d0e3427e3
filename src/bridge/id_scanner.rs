//! Finds the id of a request that is too long to be buffered.

use serde_json::Value;

// Longer than any id in use.
const LONGEST: usize = 256;

/// Scans a JSON object in pieces for its `id` and `method` members. Ignores the members of nested objects.
#[derive(Debug, Default)]
pub struct IdScanner {
    depth: usize,
    string: bool,
    escape: bool,
    // The last string at the top level. If a colon follows, it is the name of a member.
    text: Vec<u8>,
    // The id as far as it was scanned.
    id: Vec<u8>,
    taking: bool,
    method: bool,
}

impl IdScanner {
    /// Scans the next piece.
    pub fn scan(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some((first, after)) = rest.split_first() {
            if self.escape {
                self.escape = false;
                self.note(&[*first]);
                rest = after;
            } else if self.string {
                // Strings are skipped in one step, because a long message consists mostly of strings.
                let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                self.note(&rest[..end]);
                rest = &rest[end..];
                if let Some((mark, after)) = rest.split_first() {
                    self.escape = *mark == b'\\';
                    self.string = self.escape;
                    self.note(&[*mark]);
                    rest = after;
                }
            } else {
                self.mark(*first);
                rest = after;
            }
        }
    }

    /// Returns the id of a request, as written.
    pub fn request(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.id).ok()?.trim();
        let read: Value = serde_json::from_str(text).ok().filter(|_| self.method)?;
        (read.is_string() || read.is_number()).then(|| text.to_owned())
    }

    fn mark(&mut self, byte: u8) {
        let top = self.depth == 1;
        match byte {
            b'"' => {
                self.string = true;
                if top && !self.taking {
                    self.text.clear();
                }
            }
            b':' if top => {
                let name = self.text.trim_ascii();
                self.method |= name == b"\"method\"";
                self.taking = name == b"\"id\"" && self.id.is_empty();
                return;
            }
            b',' | b'}' if top => self.taking = false,
            // White space may be longer than any id.
            b' ' | b'\t' | b'\r' | b'\n' if self.taking && self.id.ends_with(b" ") => return,
            b'\t' | b'\r' | b'\n' if self.taking => return self.note(b" "),
            _other => {}
        }
        self.note(&[byte]);
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _other => {}
        }
    }

    fn note(&mut self, bytes: &[u8]) {
        let kept = if self.taking { &mut self.id } else { &mut self.text };
        if self.depth == 1 && kept.len() + bytes.len() <= LONGEST {
            kept.extend_from_slice(bytes);
        } else if self.depth == 1 {
            // The string is too long to be a relevant name or id.
            kept.truncate(0);
            kept.push(b'?');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_request_is_found_however_the_message_is_split() {
        for (text, id) in [
            (r#"{"params":{"id":3,"a":["id",{}]},"id":7,"method":"m"}"#, Some("7")),
            (r#"{ "id" : "a\"b\\" , "method" : "m" }"#, Some(r#""a\"b\\""#)),
            (r#"{"method":"m","id":-1.5e2}"#, Some("-1.5e2")),
            (r#"{"x":"\"id\":9,","method":"id","id":1}"#, Some("1")),
            (&format!("{{\"id\":{0}7{0},\"method\":\"m\"}}", " \r\n\t".repeat(200)), Some("7")),
            (r#"{"id":1 2,"method":"m"}"#, None),
            (r#"{"id":1,"result":{"method":"m"}}"#, None),
            (r#"{"id":null,"method":"m"}"#, None),
            (r#"{"id":{"id":1},"method":"m"}"#, None),
            (r#"[{"id":1,"method":"m"}]"#, None),
            (r#""id":1,"method":"m""#, None),
        ] {
            for size in 1..12 {
                let mut scanner = IdScanner::default();
                text.as_bytes().chunks(size).for_each(|piece| scanner.scan(piece));
                assert_eq!(scanner.request().as_deref(), id, "{text} by {size}");
            }
        }
    }
}
