//! How an entry reaches its server, in a few words.

use crate::display::{clean, excerpt};
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

// The program, and the package or script that it runs. Other arguments may contain a secret.
fn program_words(command: &Command) -> String {
    let program = program_name(&command.program);
    let mut args = command.args.iter().filter(|arg| !arg.starts_with('-'));
    match args.next().filter(|_| RUNNERS.contains(&program)) {
        Some(first) => excerpt(&format!("{program} {}", program_name(first))),
        None => excerpt(program),
    }
}

// Programs that run a package or a script.
const RUNNERS: [&str; 8] = ["npx", "bunx", "uvx", "pnpx", "node", "python", "python3", "deno"];
