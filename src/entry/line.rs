//! Splits a shell command line into words. It knows enough of the grammar (POSIX.1-2024, Shell Command Language,
//! section 2) to find the program that is started.

/// One command of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// The words without quotes and escapes, and with variables as they are written.
    pub words: Vec<String>,
    /// Whether the shell expands a part of the command: a variable, or the output of another command.
    pub expands: bool,
}

/// Splits a line into commands. `escape` is the shell's escape character.
pub fn commands(line: &str, escape: char) -> Vec<SimpleCommand> {
    let mut lexer = ShellLexer { escape, ..ShellLexer::default() };
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if lexer.read_char(c, next) {
            chars.next();
        }
    }
    lexer.end_command();
    lexer.done
}

#[derive(Default)]
struct ShellLexer {
    escape: char,
    quote: Option<char>,
    // `None` between words. An empty string is an empty word in quotes.
    word: Option<String>,
    command: SimpleCommand,
    done: Vec<SimpleCommand>,
}

impl ShellLexer {
    // Reads a character, and returns whether it also consumed the next one.
    fn read_char(&mut self, c: char, next: Option<char>) -> bool {
        match self.quote {
            Some(quote) if c == quote => self.quote = None,
            Some('\'') => self.push(c),
            Some(_) | None if c == self.escape && next.is_some_and(|next| self.escapes(next)) => {
                self.push(next.unwrap_or_default());
                return true;
            }
            Some(_) => self.push_live(c),
            None if c == '\'' || c == '"' => {
                self.quote = Some(c);
                self.word.get_or_insert_default();
            }
            // `2>&1` is one word.
            None if c == '&' && self.word.as_ref().is_some_and(|word| word.ends_with('>')) => {
                self.push(c);
            }
            None if matches!(c, ';' | '&' | '|' | '\n' | '(' | ')') => self.end_command(),
            None if c.is_whitespace() => self.end_word(),
            None => self.push_live(c),
        }
        false
    }

    // Between double quotes, a backslash escapes only special characters, so a path keeps its backslashes.
    fn escapes(&self, next: char) -> bool {
        self.quote.is_none() || matches!(next, '"' | '$' | '`' | '\\')
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_live(&mut self, c: char) {
        self.command.expands |= c == '$' || (c == '`' && self.escape != '`');
        self.push(c);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        let redirected = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if !redirected.starts_with(['<', '>']) {
            self.command.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let command = std::mem::take(&mut self.command);
        if !command.words.is_empty() {
            self.done.push(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        for (line, escape, want) in [
            ("npx -y x", '\\', vec![("npx|-y|x", false)]),
            ("cd /a && npx 'a b' \"c d\"", '\\', vec![("cd|/a", false), ("npx|a b|c d", false)]),
            (". nvm.sh; npx x 2>/dev/null", '\\', vec![(".|nvm.sh", false), ("npx|x", false)]),
            ("npx x 2>&1", '\\', vec![("npx|x", false)]),
            ("npx \"A:$B\"", '\\', vec![("npx|A:$B", true)]),
            ("npx 'A:$B' a\\ b \"\\$c\"", '\\', vec![("npx|A:$B|a b|$c", false)]),
            ("\"C:\\a b\\npx.cmd\" x", '^', vec![("C:\\a b\\npx.cmd|x", false)]),
            ("npx '' \"unclosed", '\\', vec![("npx||unclosed", false)]),
            ("", '\\', vec![]),
        ] {
            let found: Vec<(String, bool)> = commands(line, escape)
                .into_iter()
                .map(|command| (command.words.join("|"), command.expands))
                .collect();
            let want: Vec<(String, bool)> =
                want.into_iter().map(|(words, expands)| (words.to_owned(), expands)).collect();
            assert_eq!(found, want, "{line}");
        }
    }
}
