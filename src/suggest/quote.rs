//! Quotes a word for the shells of this system.

/// Quotes a word for the shell. On Windows, cmd and PowerShell read it.
pub fn quote(text: &str) -> String {
    if cfg!(windows) { quote_for_windows(text) } else { quote_for_posix(text) }
}

/// Quotes a word for a POSIX shell. Only what no shell gives a meaning stays as it is; `shell_words::quote` leaves
/// `{a,b}`, `!x` and `^` alone.
pub fn quote_for_posix(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

// For cmd and for PowerShell. What one of them replaces between quotes becomes a NUL, so no command is suggested.
fn quote_for_windows(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || r"/\._-+:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let replaced = ['"', '%', '!', '$', '`', '\u{201c}', '\u{201d}', '\u{201e}'];
    // A backslash before the last quote would quote it.
    format!("\"{}\"", text.replace(replaced, "\0").trim_end_matches('\\'))
}

/// Returns whether a terminal does not display a character, or displays it as something that is copied as something else.
pub fn is_lost(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}'
    );
    c.is_control() || (c.is_whitespace() && c != ' ') || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_for_cmd_and_powershell() {
        for (text, want) in [
            (r"C:\Users\ada\mcp.toml", r"C:\Users\ada\mcp.toml"),
            (r"C:\my files\x", r#""C:\my files\x""#),
            (r"C:\my files\", r#""C:\my files""#),
            ("a,b", r#""a,b""#),
            ("", r#""""#),
            ("50%", "\"50\0\""),
            ("$x", "\"\0x\""),
        ] {
            assert_eq!(quote_for_windows(text), want, "{text}");
        }
        assert!(is_lost('\0'));
    }
}
