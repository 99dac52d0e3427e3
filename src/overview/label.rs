//! How an entry reaches its server, in a few words.

use camino::Utf8Path;

use crate::display::{clean, excerpt};
use crate::entry::runner::package_name;
use crate::launch::Command;
use crate::model::bridge_program::program_name;
use crate::model::native::NATIVE;
use crate::survey::{EntryReach, FoundBridge};

/// How an entry reaches its server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReachLabel {
    /// The kind, for programs.
    pub kind: ReachKind,
    /// The words for people, safe to print.
    pub words: String,
}

/// The kinds of ways to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReachKind {
    /// The client starts a bridge.
    Bridge,
    /// The client starts `mcpgen exec`.
    Exec,
    /// The client connects to the URL with the headers that mcpgen prints.
    Headers,
    /// The client connects to the URL.
    Url,
    /// The client starts a local program.
    Program,
    /// There is no entry, or the entry launches nothing.
    Nothing,
}

impl ReachKind {
    /// Returns the name of the kind for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Exec => "exec",
            Self::Headers => "headers",
            Self::Url => "url",
            Self::Program => "program",
            Self::Nothing => "nothing",
        }
    }
}

impl ReachLabel {
    /// Returns the label for a way to a server.
    pub fn of(reach: Option<&EntryReach>) -> Self {
        let (kind, words) = match reach {
            Some(EntryReach::Bridge(bridge)) => (ReachKind::Bridge, bridge_words(bridge)),
            Some(EntryReach::Exec(exec)) if exec.prints_headers => {
                (ReachKind::Headers, format!("{} headers", NATIVE[0]))
            }
            Some(EntryReach::Exec(_)) => (ReachKind::Exec, format!("{} exec", NATIVE[0])),
            Some(EntryReach::Address { .. }) => (ReachKind::Url, "its URL".to_owned()),
            Some(EntryReach::Program(command)) => (ReachKind::Program, program_words(command)),
            None => (ReachKind::Nothing, String::new()),
        };
        Self { kind, words }
    }
}

fn bridge_words(bridge: &FoundBridge) -> String {
    if bridge.is_native() {
        return NATIVE.join(" ");
    }
    let last = bridge.start.words.last().map(String::as_str).unwrap_or_default();
    clean(program_name(last))
}

// The program, and the package or script that it runs. Other words may contain a secret.
fn program_words(command: &Command) -> String {
    let program = program(&command.program);
    let words: Vec<String> =
        std::iter::once(&command.program).chain(&command.args).cloned().collect();
    match package_name(&words) {
        Some(package) => excerpt(&format!("{program} {package}")),
        None => excerpt(program),
    }
}

// The name of the program. If a person wrote arguments or environment variables in the same string, they are not shown.
fn program(command: &str) -> &str {
    if !command.contains(char::is_whitespace) || Utf8Path::new(command).is_file() {
        return program_name(without_value(command));
    }
    program_name(without_value(command.split_whitespace().next().unwrap_or_default()))
}

// `NAME` of `NAME=VALUE`.
fn without_value(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_string_with_several_words_only_the_program_is_shown() {
        for (command, shown) in [
            ("npx", "npx"),
            ("/usr/bin/server --token correct/horse", "server"),
            ("server correcthorse", "server"),
            ("TOKEN=correcthorse server", "TOKEN"),
            ("TOKEN=correcthorse", "TOKEN"),
            ("", ""),
        ] {
            assert_eq!(program(command), shown, "{command}");
        }
    }
}
