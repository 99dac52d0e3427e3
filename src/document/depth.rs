//! How deeply values may be nested. Parsers and functions on trees are recursive, so a string that is nested more
//! deeply is rejected before it can overflow the stack.

use super::splice::line_end;

/// The maximum number of levels of maps and lists in JSON and YAML.
pub const MAX_DEPTH: usize = 256;

/// The maximum number of levels in one TOML statement. The parser has this limit for brackets and another one for the
/// parts of a dotted key; together they would allow too many levels.
pub const MAX_TOML_DEPTH: usize = 80;

/// Returns whether a field of the root object, whose value is valid JSON, is nested too deeply.
pub fn is_json_too_deep(value: &str) -> bool {
    // The root object is the first level.
    let mut depth = 1;
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_json_string(&mut bytes),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _other => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn skip_json_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _other => {}
        }
    }
}

/// A TOML statement that is nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeepStatement {
    /// Where the statement starts.
    pub start: usize,
    /// The position of the first excess level.
    pub at: usize,
}

/// Finds the first TOML statement that is nested too deeply. `from` must be the start of a statement. Brackets and the
/// dots of keys count as levels.
pub fn too_deep(text: &str, from: usize) -> Option<DeepStatement> {
    let bytes = text.as_bytes();
    // For each open bracket, the number of dots in the key before it.
    let mut open: Vec<usize> = vec![];
    let (mut outer, mut dots) = (0, 0);
    let (mut start, mut at) = (from, from);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' if open.is_empty() => (start, dots) = (at + 1, 0),
            b'#' => at = line_end(text, at) - 1,
            quote @ (b'"' | b'\'') => at = string_end(text, at, quote),
            b'[' | b'{' => {
                open.push(dots);
                outer += dots + 1;
                dots = 0;
            }
            b']' | b'}' => {
                dots = open.pop().unwrap_or(0);
                outer -= (dots + 1).min(outer);
            }
            b'.' => dots += 1,
            b',' | b'\n' => dots = 0,
            _other => {}
        }
        if outer + dots > MAX_TOML_DEPTH {
            return Some(DeepStatement { start, at });
        }
        at += 1;
    }
    None
}

// Returns the position of the last byte of the string that starts at `from`.
fn string_end(text: &str, from: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let many = bytes[from..].starts_with(&[quote; 3]);
    let mark: &[u8] = if many { &[quote; 3] } else { &[quote] };
    let mut at = from + mark.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(mark) {
            return at + mark.len() - 1;
        }
        if bytes[at] == b'\n' && !many {
            return at - 1;
        }
        at += if quote == b'"' && bytes[at] == b'\\' { 2 } else { 1 };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_that_is_nested_too_deeply_is_found() {
        let deep = "[".repeat(81);
        for (before, statement) in [
            ("", ""),
            ("b = 1\n", "a = "),
            ("# [[\n", "a = "),
            ("b = \"x\n", "a = "),
            ("b = \"\\\"[\"\n", "a = "),
            ("b = '\\'\n", "a = "),
            ("b = [\n[1],\n]\n", "a = "),
            ("", "a = [\n"),
            ("", "a = {x = \"[\", y = '''\n['''}, "),
        ] {
            let found = too_deep(&format!("{before}{statement}{deep}"), 0);
            let opened = usize::from(statement.ends_with("[\n"));
            let found = found.map(|found| (found.start, found.at));
            let start = before.len();
            let want = (start, start + statement.len() + 80 - opened);
            assert_eq!(found, Some(want), "{before}{statement}");
        }
    }

    #[test]
    fn neighbours_in_a_list_and_strings_are_not_nested() {
        let neighbours = format!("a = [{}]", "[[1], {b.c = 2}], ".repeat(100));
        for text in [neighbours.as_str(), "a = \"unclosed [", "a = '", "\"", "a = \"\\"] {
            assert!(too_deep(text, 0).is_none(), "{text}");
        }
    }

    #[test]
    fn brackets_and_dots_are_counted_in_each_statement_and_nowhere_else() {
        let dots = "a.".repeat(60);
        for (text, want) in [
            (format!("{}{}", "[".repeat(80), "]".repeat(80)), None),
            ("[".repeat(81), Some(80)),
            (format!("a = 1\n{dots}a = {{ {dots}a = 1 }}"), Some(6 + 126 + 39)),
            (format!("{dots}a = 1\n{dots}a = [1.5, 2.5, {{ b = 1.5 }}, [3.5]]\n").repeat(50), None),
            (format!("a = \"{}\"\nb = '{}'\n", "[\\\"".repeat(90), "[".repeat(90)), None),
            (
                format!(
                    "a = \"\"\"\n{}\"\"\"\"\nb = '''{}'''\n",
                    "\"[".repeat(90),
                    "'[".repeat(90)
                ),
                None,
            ),
            (format!("# {}\na = \"\n{}", "[".repeat(90), "[".repeat(81)), Some(179)),
        ] {
            let line = text.lines().map(str::len).max();
            assert_eq!(
                too_deep(&text, 0).map(|deep| deep.at),
                want,
                "{line:?} {}",
                &text[..text.len().min(80)]
            );
        }
    }

    #[test]
    fn brackets_in_json_are_counted_outside_strings() {
        let open = "[".repeat(MAX_DEPTH);
        let half = |levels: usize| format!("{}{}", "[{\"a\":".repeat(levels / 2), "]");
        for (value, deep) in [
            (format!("{}{}", &open[1..], "]".repeat(MAX_DEPTH - 1)), false),
            (format!("{open}{}", "]".repeat(MAX_DEPTH)), true),
            (half(MAX_DEPTH - 2), false),
            (half(MAX_DEPTH), true),
            (format!("[{}1]", "[{}],".repeat(MAX_DEPTH)), false),
            (format!("\"{open}\""), false),
            (format!("\"\\\"{open}\""), false),
            (format!("[\"\\\\\",{}", &open[2..]), false),
            (format!("[\"\\\\\",{}", &open[1..]), true),
        ] {
            assert_eq!(is_json_too_deep(&value), deep, "{value}");
        }
    }
}
