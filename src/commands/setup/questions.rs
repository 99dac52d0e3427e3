//! The questions of `setup`, and the answers of the person at the terminal.

use std::io::BufRead as _;

use super::super::eprint_text;
use super::super::login::PastedLines;

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Yes,
    No,
    Quit,
}

/// Reads the answers. While `login` waits for a browser, another thread reads what is typed, so answers come from that
/// thread afterwards.
pub struct Questions {
    yes: bool,
    /// The lines that `login` reads.
    pub pasted: PastedLines,
}

impl Questions {
    pub fn new(yes: bool) -> Self {
        Self { yes, pasted: PastedLines::new() }
    }

    /// Asks a question. An empty line means yes, and the end of stdin means quit.
    pub fn ask(&self, question: &str) -> Reply {
        match self.choose(question, &["y", "n", "q"], 0) {
            Some("y") => Reply::Yes,
            Some("n") => Reply::No,
            Some(_) | None => Reply::Quit,
        }
    }

    /// Lets the person choose. An empty line means `default`. Returns `None` at the end of stdin.
    pub fn choose<'c>(
        &self,
        question: &str,
        choices: &[&'c str],
        default: usize,
    ) -> Option<&'c str> {
        let usual = choices.get(default).copied();
        let shown: Vec<String> = choices
            .iter()
            .map(|choice| match Some(*choice) == usual {
                true => choice.to_uppercase(),
                false => (*choice).to_owned(),
            })
            .collect();
        if self.yes {
            eprint_text(&format!("{question} {}\n", usual.unwrap_or_default()));
            return usual;
        }
        while self.pasted.lines().try_recv().is_ok() {
            // What was typed before the question is not an answer to it.
        }
        loop {
            eprint_text(&format!("{question} [{}] ", shown.join("/")));
            let line = self.line()?.trim().to_lowercase();
            let long = [("yes", "y"), ("no", "n"), ("quit", "q")];
            let line = long.iter().find(|(long, _)| *long == line).map_or(&*line, |(_, it)| it);
            if line.is_empty() {
                return usual;
            }
            if let Some(choice) = choices.iter().find(|choice| **choice == line) {
                return Some(choice);
            }
        }
    }

    fn line(&self) -> Option<String> {
        if self.pasted.is_started() {
            return self.pasted.lines().recv().ok();
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line).unwrap_or(0);
        (read > 0).then_some(line)
    }
}
