//! Finds the bracket that is not closed. A parser finds the error only at the end of the file.

// A bracket that is open, and where its line begins to have text.
struct OpenBracket {
    at: usize,
    indent: usize,
}

/// Returns the position of the bracket that is not closed, if there is one. If a closing bracket at the start of a line
/// has another indentation than the line of its opening bracket, the opening bracket is the one that is not closed.
pub fn unclosed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open: Vec<OpenBracket> = vec![];
    let mut suspect = None;
    let (mut at, mut line, mut indent) = (0, 0, None);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at = end_of_token(text, at);
        match byte {
            b'\n' => (line, indent) = (at, None),
            b' ' | b'\t' | b'\r' => {}
            b'{' | b'[' => {
                let indent = *indent.get_or_insert(start - line);
                open.push(OpenBracket { at: start, indent });
            }
            b'}' | b']' => {
                let own_line = indent.is_none();
                let here = *indent.get_or_insert(start - line);
                let mut closed = open.pop()?;
                let pair = |open: &OpenBracket| byte.saturating_sub(bytes[open.at]) == 2;
                if !pair(&closed) || own_line && closed.indent != here {
                    suspect = suspect.or(Some(closed.at));
                }
                while !pair(&closed) {
                    closed = open.pop()?;
                }
            }
            _ => drop(indent.get_or_insert(start - line)),
        }
    }
    suspect.or_else(|| open.last().map(|last| last.at))
}

// A string or a comment is one token, and any other byte too.
fn end_of_token(text: &str, start: usize) -> usize {
    let rest = &text.as_bytes()[start..];
    let length = match rest {
        [b'"', ..] => string_length(rest),
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => {
            rest.windows(2).skip(2).position(|end| end == b"*/").map_or(rest.len(), |at| at + 4)
        }
        _ => 1,
    };
    start + length
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_that_is_not_closed_is_found_where_it_is_opened() {
        for (text, want) in [
            (
                "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": {\n    \"d\": 2\n}\n",
                Some("{\n    \"d\""),
            ),
            ("{ \"a\": { \"b\": [1, 2 }", Some("[")),
            ("{ \"a\": \"}\" // }\n /* } */", Some("{ \"a\"")),
            ("{\n \"a\": [\n  1\n }\n", Some("{\n \"a\"")),
            ("{ \"a\": 1 }", None),
            ("}", None),
        ] {
            let found = unclosed(text).map(|at| &text[at..]);
            assert_eq!(found.is_some(), want.is_some(), "{text}");
            if let (Some(found), Some(want)) = (found, want) {
                assert!(found.starts_with(want), "{text}: {found}");
            }
        }
    }
}
