//! The syntax of `.env` files, which has no specification.
//!
//! The libraries that read such files disagree, and some insert other environment variables into a value. What all of
//! them read in the same way is a value here, and what they disagree about is an error for the variable.

use zeroize::Zeroizing;

use crate::secret::is_dotenv_name;
use crate::secret_store::dotenv_dispute::DotenvDispute;

/// The variables of a file.
pub struct DotenvVariables<'t> {
    /// The variables in the order of their lines.
    pub found: Vec<DotenvVariable<'t>>,
    /// The number of the first line that is neither a variable nor a comment.
    pub malformed: Option<usize>,
}

/// One variable of a file. Its value is read only on request.
pub struct DotenvVariable<'t> {
    /// Its name.
    pub name: &'t str,
    /// The number of its first line.
    pub line: usize,
    quote: Option<char>,
    // The value between its quotes, or the rest of the line.
    raw: &'t str,
}

/// Finds the variables of a file.
pub fn parse(text: &str) -> DotenvVariables<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = DotenvVariables { found: vec![], malformed: None };
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let end = line_end(text, at);
        let content = text[at..end].trim_start_matches(blank);
        let mut next = end;
        if !content.trim().is_empty() && !content.starts_with('#') {
            match variable(text, end - content.len(), line) {
                Some((variable, end)) => {
                    variables.found.push(variable);
                    next = end;
                }
                None => variables.malformed = variables.malformed.or(Some(line)),
            }
        }
        line += text[at..next].matches('\n').count() + 1;
        at = next + 1;
    }
    variables
}

// Reads the variable at `at`. The second value is the end of its last line.
fn variable(text: &str, at: usize, line: usize) -> Option<(DotenvVariable<'_>, usize)> {
    let end = line_end(text, at);
    let content = &text[at..end];
    let exported = content.strip_prefix("export").filter(|rest| rest.starts_with(blank));
    let content = exported.unwrap_or(content).trim_start_matches(blank);
    let name = &content[..content.find(|c| !is_dotenv_name(c)).unwrap_or(content.len())];
    let value = content[name.len()..].trim_start_matches(blank).strip_prefix('=')?;
    let value = value.trim_start_matches(blank);
    if name.is_empty() {
        return None;
    }
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
        return Some((DotenvVariable { name, line, quote: None, raw: value.trim_end() }, end));
    };
    // A value in quotes may have several lines.
    let rest = &text[end - value.len() + 1..];
    let raw = &rest[..closing(rest, quote)?];
    let after = end - value.len() + 1 + raw.len() + 1;
    let end = line_end(text, after);
    let behind = text[after..end].trim();
    let closed = behind.is_empty() || behind.starts_with('#');
    closed.then_some((DotenvVariable { name, line, quote: Some(quote), raw }, end))
}

fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    rest.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = quote == '"' && c == '\\' && !escaped;
        closes.then_some(at)
    })
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

impl DotenvVariable<'_> {
    /// Reads the value.
    ///
    /// # Errors
    /// Fails with the part of the value that programs read in different ways.
    pub fn value(&self) -> Result<Zeroizing<String>, DotenvDispute> {
        let value = match self.quote {
            None => without_comment(self.raw)?,
            Some(_) => self.raw,
        };
        match self.quote {
            // python-dotenv 1.2 reads the backquotes as a part of the value.
            Some('`') => return Err(DotenvDispute::Backquotes),
            // python-dotenv 1.2 reads `\\` as one backslash, and `\'` as a quote that does not close the value.
            Some('\'') if value.contains("\\\\") || value.ends_with('\\') => {
                return Err(DotenvDispute::SingleQuotedBackslash);
            }
            Some('"') | None if inserts(value) => return Err(DotenvDispute::Dollar),
            Some('"') => {}
            Some(_) | None => return Ok(Zeroizing::new(value.to_owned())),
        }
        let mut out = Zeroizing::new(String::with_capacity(value.len()));
        let mut chars = value.chars();
        while let Some(c) = chars.next() {
            match if c == '\\' { chars.next() } else { None } {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(_) => return Err(DotenvDispute::DoubleQuotedBackslash),
                None => out.push(c),
            }
        }
        Ok(out)
    }
}

// Some programs start a comment at every `#`, and others only after a space.
fn without_comment(raw: &str) -> Result<&str, DotenvDispute> {
    match raw.find('#') {
        None => Ok(raw),
        Some(at) if raw[..at].is_empty() || raw[..at].ends_with(blank) => Ok(raw[..at].trim_end()),
        Some(_) => Err(DotenvDispute::Hash),
    }
}

// `$NAME`, `${NAME}` and `$(command)`, which some programs replace.
fn inserts(value: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(');
    value.split('$').skip(1).any(|rest| rest.starts_with(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, Result<String, DotenvDispute>)> {
        let found = parse(text).found;
        let value = |it: &DotenvVariable<'_>| it.value().map(|value| value.to_string());
        found.iter().map(|it| (it.name.to_owned(), value(it))).collect()
    }

    #[test]
    fn a_value_that_all_programs_read_alike_is_read_as_they_read_it() {
        for (text, want) in [
            ("A=b", "b"),
            ("\u{feff}A=b\r\n", "b"),
            ("  export A = b c \n", "b c"),
            ("A=b # a comment", "b"),
            ("A=# a comment", ""),
            ("A=\"b # c\" # d", "b # c"),
            ("A='b \\n $C ${D} #\"e\"'", "b \\n $C ${D} #\"e\""),
            ("A=\"b\\nc\"", "b\nc"),
            ("A=\"b\nc\"\n", "b\nc"),
            ("A='b\\c'", "b\\c"),
            ("A=b\\\\c", "b\\\\c"),
            ("A=b=c==", "b=c=="),
            ("A=5$", "5$"),
            ("A=", ""),
        ] {
            assert_eq!(values(text), [("A".to_owned(), Ok(want.to_owned()))], "{text:?}");
        }
    }

    #[test]
    fn a_value_that_programs_read_in_different_ways_is_an_error() {
        for text in [
            "A=b#c",
            "A=${HOME}",
            "A=b$c",
            "A=\"${HOME}\"",
            "A=\"$(id)\"",
            "A=\"b\\\"c\"",
            "A=\"\\\\\"",
            "A='b\\\\c'",
            "A='b\\'",
            "A=`b`",
        ] {
            assert!(matches!(values(text).as_slice(), [(_, Err(_))]), "{text:?}");
        }
    }

    #[test]
    fn a_malformed_line_does_not_hide_the_lines_after_it() {
        for (text, malformed, names) in [
            ("# c\n\nA=1\nB\nC=2\nD D=3\n", Some(4), "A C"),
            ("A=\"1\nB=\"2\"\n", Some(1), "B"),
            ("A='1'2\nB=3", Some(1), "B"),
            ("A=\"1\n2\"\n=\nB=3", Some(3), "A B"),
            ("A='1", Some(1), ""),
            ("", None, ""),
            ("A=1\n\n", None, "A"),
        ] {
            let parsed = parse(text);
            let found: Vec<&str> = parsed.found.iter().map(|it| it.name).collect();
            assert_eq!(
                (parsed.malformed, found.join(" ").as_str()),
                (malformed, names),
                "{text:?}"
            );
        }
    }
}
