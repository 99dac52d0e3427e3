//! The JavaScript behaviour that mcp-remote depends on: white space, number parsing and JSON
//! output. The cache key is a hash of the exact bytes.

use std::fmt::Write as _;

/// Returns whether a character is white space for `\s` and `trim` in JavaScript.
pub fn is_space(c: char) -> bool {
    // Unlike Unicode, JavaScript excludes U+0085 and includes the byte order mark.
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// Trims as JavaScript does.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Returns whether a character is a line terminator for `.` in a regular expression.
pub fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Parses the number at the start of a string as `parseInt` does; overflow gives the largest value.
pub fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(is_space);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, text) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(rest) => (16, rest),
        None => (10, text),
    };
    let end = text.find(|c: char| !c.is_digit(radix)).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    let number = i64::from_str_radix(&text[..end], radix).unwrap_or(i64::MAX);
    Some(if negative { -number } else { number })
}

/// Writes strings by name as `JSON.stringify` does with sorted names: no spaces, sorted by UTF-16
/// code units, with the escapes of JavaScript.
pub fn stringify<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let pairs = texts.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\u{8}' => out += "\\b",
            '\u{c}' => out += "\\f",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c if c < ' ' => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes everything");
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_javascript_writes_it() {
        for (texts, want) in [
            (&[("b", "1"), ("a", "2")][..], r#"{"a":"2","b":"1"}"#),
            (&[("a", "b c")][..], r#"{"a":"b c"}"#),
            (&[("Z", ""), ("a", "")][..], r#"{"Z":"","a":""}"#),
            (&[("10", "x"), ("9", "y")][..], r#"{"10":"x","9":"y"}"#),
            (&[("a", "/é\u{7f}\u{2028}<>&'")][..], "{\"a\":\"/é\u{7f}\u{2028}<>&'\"}"),
            (
                &[("a", "\"\\\u{8}\u{c}\n\r\t\u{1}\u{1f}")][..],
                r#"{"a":"\"\\\b\f\n\r\t\u0001\u001f"}"#,
            ),
            // U+FF5E is the larger code point of UTF-16's two, U+1F600 the larger of Unicode's.
            (
                &[("\u{ff5e}", "1"), ("\u{1f600}", "2")][..],
                "{\"\u{1f600}\":\"2\",\"\u{ff5e}\":\"1\"}",
            ),
        ] {
            assert_eq!(stringify(texts.iter().copied()), want);
        }
    }

    #[test]
    fn a_number_is_read_as_far_as_it_goes() {
        for (text, want) in [
            ("8080", Some(8080)),
            (" 80abc", Some(80)),
            ("0x1F", Some(31)),
            ("-5", Some(-5)),
            ("+5", Some(5)),
            ("0", Some(0)),
            ("99999999999999999999", Some(i64::MAX)),
            ("--debug", None),
            ("", None),
            ("0x", None),
        ] {
            assert_eq!(parse_int(text), want, "{text}");
        }
    }

    #[test]
    fn four_characters_end_a_line() {
        let ends: Vec<char> = ('\0'..='\u{3000}').filter(|c| is_line_end(*c)).collect();
        assert_eq!(ends, ['\n', '\r', '\u{2028}', '\u{2029}']);
    }

    #[test]
    fn white_space_is_javascripts() {
        assert_eq!(trim("\u{feff}\u{a0}\t\u{3000}x\u{85}\n"), "x\u{85}");
    }
}
