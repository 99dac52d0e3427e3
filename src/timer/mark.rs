//! The line that marks a file as written by mcpgen. It contains a digest of the other lines, which detects an edit.

use crate::ledger::digest;

const MARK: &str = "Written by mcpgen. Digest of the other lines: ";

/// Returns lines with a mark in the form of a comment before line number `at`, counted from zero.
pub fn marked(text: &str, at: usize, (open, close): (&str, &str)) -> String {
    let mark = format!("{open}{MARK}{}{close}\n", digest(text.as_bytes()));
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.insert(at, &mark);
    lines.concat()
}

/// Returns whether a file is unedited. Returns `None` if mcpgen did not write it.
pub fn is_unedited(text: &str) -> Option<bool> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (at, mark) = lines.iter().enumerate().find(|(_, line)| line.contains(MARK))?;
    let noted = mark.split_once(MARK)?.1.split_whitespace().next().unwrap_or_default();
    let others = [&lines[..at], &lines[at + 1..]].concat().concat();
    Some(noted == digest(others.as_bytes()))
}
