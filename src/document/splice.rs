//! Edits as replacements of byte ranges. Every byte outside the ranges stays the same.

use std::ops::Range;

/// The replacement of a range of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The bytes to remove.
    pub range: Range<usize>,
    /// The text to insert there.
    pub text: String,
}

impl Splice {
    /// Removes a range.
    pub fn cut(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }

    /// Inserts a string.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { range: at..at, text: text.into() }
    }

    /// Replaces a range by a string.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
}

/// Applies splices to a string after sorting them. If two ranges overlap, their common bytes are removed once.
pub fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut out =
        String::with_capacity(text.len() + splices.iter().map(|s| s.text.len()).sum::<usize>());
    let mut done = 0;
    for Splice { range, text: new } in splices {
        out.push_str(&text[done..range.start.max(done)]);
        out.push_str(&new);
        done = done.max(range.end);
    }
    out.push_str(&text[done..]);
    out
}

/// Returns the start of the line that contains `at`.
pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |nl| nl + 1)
}

/// Returns the offset of the line break at or after `at`, or the length of the text if there is none.
pub fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |nl| at + nl);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

/// Returns the offset after the line break at `at`, if there is a line break.
pub fn past_newline(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    if rest.starts_with("\r\n") { Some(at + 2) } else { rest.starts_with('\n').then_some(at + 1) }
}

/// Returns the offset of the line break directly before `at`, if there is a line break.
pub fn before_newline(text: &str, at: usize) -> Option<usize> {
    let head = text[..at].strip_suffix('\n')?;
    Some(head.strip_suffix('\r').unwrap_or(head).len())
}

/// Returns the white space at the start of the line that contains `at`.
pub fn indent_of(text: &str, at: usize) -> &str {
    let start = line_start(text, at);
    let rest = &text[start..];
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
}

/// Returns the line break of the first line of a string, which is `\n` if there is none.
pub fn newline_of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splices_apply_in_the_order_of_the_text() {
        let splices = vec![Splice::insert(4, "!"), Splice::cut(0..2), Splice::replace(2..3, "X")];
        assert_eq!(apply("abcd", splices), "Xd!");
    }

    #[test]
    fn nested_cuts_remove_each_byte_once() {
        assert_eq!(apply("abcdef", vec![Splice::cut(1..5), Splice::cut(2..3)]), "af");
    }

    #[test]
    fn both_kinds_of_line_break_are_recognized() {
        let text = "a\r\nbc\r\n";
        assert_eq!((line_start(text, 4), line_end(text, 3)), (3, 5));
        assert_eq!((past_newline(text, 1), before_newline(text, 3)), (Some(3), Some(1)));
        assert_eq!((newline_of(text), newline_of("a\nb\r\n")), ("\r\n", "\n"));
    }
}
