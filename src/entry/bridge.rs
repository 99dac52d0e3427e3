//! Finds the bridge in a command line: the program that starts it (npx, bunx and others), and the wrappers around that
//! program.

use std::collections::BTreeMap;

use crate::launch::Command;
use crate::model::bridge_program::{is_mcp_remote, program_name, starts_with_bridge};
use crate::model::native::is_native;

mod wrapper;

use wrapper::WrappedCommand;

/// The command line of a bridge.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeStart {
    /// The program that starts it.
    pub by: Starter,
    /// The wrappers around the program that starts the bridge, the outermost first.
    pub wrappers: Vec<Wrapper>,
    /// The words up to and including the bridge's name: `npx -y mcp-remote@0.15.1`.
    pub words: Vec<String>,
    /// The arguments after the bridge's name.
    pub args: Vec<String>,
    /// The environment, including the variables that the command line sets.
    pub env: BTreeMap<String, String>,
    /// The directory in which the bridge starts.
    pub cwd: Option<String>,
    /// Whether a shell expands a part of the arguments, so that the bridge gets different arguments.
    pub expands: bool,
}

/// The program that starts a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Starter {
    /// npm's `npx`.
    Npx,
    /// `npm exec`.
    NpmExec,
    /// Bun's `bunx`.
    Bunx,
    /// `pnpm dlx`.
    PnpmDlx,
    /// `yarn dlx`.
    YarnDlx,
    /// No package manager: the bridge's own program, or Node.js with the bridge's file.
    Direct,
    /// mcpgen, the native bridge.
    Mcpgen,
}

/// A program that starts the rest of its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapper {
    /// Windows' `cmd /c`.
    Cmd,
    /// Windows Subsystem for Linux, which has another home directory.
    Wsl,
    /// A shell's line.
    Shell,
    /// A container, whose home directory is deleted with it.
    Container,
    /// No program: several words are in one string.
    Unsplit,
}

const STARTERS: [(&str, Option<&str>, Starter); 9] = [
    ("npx", None, Starter::Npx),
    ("npx-cli.js", None, Starter::Npx),
    ("npm", Some("exec"), Starter::NpmExec),
    ("npm", Some("x"), Starter::NpmExec),
    ("bunx", None, Starter::Bunx),
    ("bun", Some("x"), Starter::Bunx),
    ("pnpx", None, Starter::PnpmDlx),
    ("pnpm", Some("dlx"), Starter::PnpmDlx),
    ("yarn", Some("dlx"), Starter::YarnDlx),
];

// The flags of these programs that take no value.
pub(super) const SWITCHES: [&str; 12] = [
    "-y",
    "--yes",
    "-q",
    "--quiet",
    "-s",
    "--silent",
    "--bun",
    "--offline",
    "--prefer-offline",
    "--prefer-online",
    "--ignore-existing",
    "--",
];

impl BridgeStart {
    /// Finds the bridge in a command. Returns `None` if the command starts another program.
    pub fn find(command: &Command) -> Option<Self> {
        let mut peeled = WrappedCommand::new(command);
        // Real files have two or three wrappers.
        for _ in 0..6 {
            if !peeled.peel() {
                break;
            }
        }
        peeled.bridge().or_else(|| peeled.split()?.bridge())
    }

    /// Returns whether the bridge runs with another home directory than the client, and therefore with another cache.
    pub fn is_elsewhere(&self) -> bool {
        self.wrappers.iter().any(|wrapper| matches!(wrapper, Wrapper::Wsl | Wrapper::Container))
    }
}

impl WrappedCommand {
    // Splits several words that a person wrote in one argument, or in `command` before other arguments.
    fn split(&self) -> Option<Self> {
        let parts =
            |word: &String| -> Vec<String> { word.split_whitespace().map(str::to_owned).collect() };
        let words: Vec<String> = self.words.iter().flat_map(parts).collect();
        let named = (0..words.len()).find(|at| starts_with_bridge(&words[*at..]));
        let address = named.is_some_and(|at| words[at..].iter().any(|word| word.contains("://")));
        if words.len() == self.words.len() || !address {
            return None;
        }
        let mut wrappers = self.wrappers.clone();
        wrappers.push(Wrapper::Unsplit);
        let (env, cwd) = (self.env.clone(), self.cwd.clone());
        Some(Self { words, wrappers, env, cwd, expands: self.expands })
    }

    fn bridge(&self) -> Option<BridgeStart> {
        let (by, end) = native(&self.words).or_else(|| from_npm(&self.words))?;
        let (words, args) = self.words.split_at(end);
        // npm removes the first `--`.
        let dashes = by == Starter::NpmExec && args.first().is_some_and(|arg| arg == "--");
        Some(BridgeStart {
            by,
            wrappers: self.wrappers.clone(),
            words: words.to_vec(),
            args: args[usize::from(dashes)..].to_vec(),
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            expands: self.expands,
        })
    }
}

// Another program may start the bridge: `systemd-run --user --scope mcpgen bridge`.
fn native(words: &[String]) -> Option<(Starter, usize)> {
    let at = words.windows(2).position(is_native)?;
    Some((Starter::Mcpgen, at + 2))
}

// Returns the position of the bridge's first argument, and the program that starts the bridge.
fn from_npm(words: &[String]) -> Option<(Starter, usize)> {
    let first = words.iter().position(|word| is_mcp_remote(word))?;
    // `--package=mcp-remote@0.1.29 mcp-remote URL` names the bridge twice.
    let address = words.iter().skip(first).position(|word| word.contains("://"));
    let until = address.map_or(words.len(), |at| first + at);
    let last = (first..until).rev().find(|at| is_mcp_remote(&words[*at]))?;
    let by = starter(&words[..first]);
    match by {
        Some((by, at)) => only_flags(&words[at..first]).then_some((by, last + 1)),
        None => Some((Starter::Direct, last + 1)),
    }
}

// Returns how the last program that starts bridges does it, and the position after its words.
pub(super) fn starter(words: &[String]) -> Option<(Starter, usize)> {
    let at = |at: usize| {
        let name = program_name(&words[at]);
        let next = words.get(at + 1).map(String::as_str);
        let known = STARTERS.iter().find(|(program, verb, _)| {
            name.eq_ignore_ascii_case(program) && verb.is_none_or(|verb| next == Some(verb))
        });
        known.map(|(_, verb, by)| (*by, at + 1 + usize::from(verb.is_some())))
    };
    (0..words.len()).rev().find_map(at)
}

// Returns whether all words are flags and their values. Otherwise the first other word is a package, which is started.
fn only_flags(words: &[String]) -> bool {
    let mut value = false;
    for word in words {
        let flag = word.starts_with('-');
        if !flag && !value {
            return false;
        }
        value = flag && !word.contains('=') && !SWITCHES.contains(&word.as_str());
    }
    true
}

#[cfg(test)]
mod tests;
