//! Wraps messages at the width of a terminal. A command between backticks stays on one line, so that it can be copied.

/// The widest line of a message.
pub const WIDEST: usize = 100;
// Narrower terminals break the lines themselves.
const NARROWEST: usize = 40;

/// Wraps each line of a message that is longer than a terminal is wide. The rest of a line is indented like its start.
pub fn lines(text: &str, columns: usize) -> String {
    let limit = columns.clamp(NARROWEST, WIDEST);
    let parts = text.split_inclusive('\n');
    let wrap = |line: &str| {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        if width(body) <= limit {
            return line.to_owned();
        }
        let spaces = body.len() - body.trim_start_matches(' ').len();
        let label =
            ["note: ", "help: "].into_iter().find(|label| body[spaces..].starts_with(label));
        let indent = " ".repeat(spaces + label.map_or(0, str::len));
        let wrapped = paragraph(&body[spaces..], limit - indent.len(), limit - spaces);
        format!("{}{}{end}", " ".repeat(spaces), wrapped.replace('\n', &format!("\n{indent}")))
    };
    parts.map(wrap).collect()
}

/// Breaks a paragraph into lines of at most `limit` characters, if its words allow it.
pub fn text(text: &str, limit: usize) -> String {
    text.split('\n').map(|line| paragraph(line, limit, limit)).collect::<Vec<_>>().join("\n")
}

fn paragraph(text: &str, limit: usize, first: usize) -> String {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let limit = if lines.len() == 1 { first } else { limit };
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= limit {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

// Splits at spaces, but not between backticks. A backtick that a command quotes for the shell does not end the command.
fn words(text: &str) -> Vec<&str> {
    let (mut found, mut start) = (vec![], 0);
    let (mut code, mut quoted, mut escaped) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '`' if !quoted => code = !code && text[at + 1..].contains('`'),
            '\'' if code => quoted = !quoted,
            '\\' if code && !quoted => escaped = true,
            ' ' if !code => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

// The number of characters without the sequences that set a colour.
fn width(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().chars().count();
    let rest = parts.map(|part| part.split_once('m').map_or(0, |(_, shown)| shown.chars().count()));
    first + rest.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_on_one_line() {
        let text = text("take over the entry with `mcpgen apply --adopt 'a `b c'` or not", 20);
        assert!(text.contains("\n`mcpgen apply --adopt 'a `b c'`\n"), "{text}");
        assert!(text.starts_with("take over the entry\nwith\n"), "{text}");
    }

    #[test]
    fn the_rest_of_a_line_is_indented_like_its_start() {
        let long = "word ".repeat(20);
        let wrapped = lines(&format!("  + one\nnote: {long}\n"), 50);
        assert!(wrapped.starts_with("  + one\nnote: word") && wrapped.contains("\n      word"));
        assert!(wrapped.ends_with('\n') && wrapped.lines().all(|line| line.len() <= 50));
        assert_eq!(lines("short", 50), "short");
        let wide = lines(&"word ".repeat(50), 300);
        assert!(wide.lines().all(|line| line.len() <= WIDEST) && wide.lines().count() == 3);
    }

    #[test]
    fn a_colour_has_no_width_and_an_apostrophe_outside_of_a_command_quotes_nothing() {
        assert_eq!(width("\u{1b}[1mab\u{1b}[0m c"), 4);
        assert_eq!(
            words("the user's `a b` isn't `c d`"),
            ["the", "user's", "`a b`", "isn't", "`c d`"]
        );
        assert_eq!(words("a ` b"), ["a", "`", "b"]);
    }
}
