//! Questions to the user.

use std::io::BufRead as _;

use super::eprint_text;

/// Asks a question that is answered with yes or no. An empty line, and the end of stdin, stand for `default`.
pub fn ask(question: &str, default: bool) -> bool {
    let choices = if default { "[Y/n]" } else { "[y/N]" };
    eprint_text(&format!("{question} {choices} "));
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok();
    match line.trim().to_lowercase().as_str() {
        "" => default,
        answer => ["y", "yes"].contains(&answer),
    }
}
