//! Finds the bridge in a command line: what starts it (npx, bunx and others), and the programs in front of that.

use std::collections::BTreeMap;

use crate::launch::Command;
use crate::model::native::is_native;

mod wrapper;

use wrapper::WrappedCommand;

/// Holds how a bridge is started.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeStart {
    /// What starts it.
    pub by: Starter,
    /// The programs in front of that, the outermost first.
    pub wrappers: Vec<Wrapper>,
    /// The words up to the bridge's own name and with it: `npx -y mcp-remote@0.15.1`.
    pub words: Vec<String>,
    /// The arguments behind it.
    pub args: Vec<String>,
    /// The environment, with what the line itself sets.
    pub env: BTreeMap<String, String>,
    /// The folder to start in.
    pub cwd: Option<String>,
    /// Whether a shell puts something else for a part of the arguments, so that they are not what is written.
    pub expands: bool,
}

/// Names what starts a bridge.
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
    /// Nothing: the bridge's own program, or Node.js with its file.
    Direct,
    /// Nothing: it is the native bridge, mcpgen itself.
    Mcpgen,
}

/// A program that starts another one, in front of it on a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapper {
    /// Windows' `cmd /c`.
    Cmd,
    /// Windows Subsystem for Linux: another home folder.
    Wsl,
    /// A shell's line.
    Shell,
    /// A container: another home folder, and gone with it.
    Container,
    /// Nothing parts it: several words stand where one should.
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

// Flags of those that take no value.
const SWITCHES: [&str; 12] = [
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

const PACKAGE: &str = "mcp-remote";

impl BridgeStart {
    /// Finds the bridge in a command; `None` where it starts something else.
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

    /// Returns whether it runs in another home folder than the client, with a cache of its own.
    pub fn is_elsewhere(&self) -> bool {
        self.wrappers.iter().any(|wrapper| matches!(wrapper, Wrapper::Wsl | Wrapper::Container))
    }
}

/// Returns a program's name without its folder and Windows' ending.
pub fn program_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let ends = [".exe", ".cmd", ".bat", ".ps1"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

impl WrappedCommand {
    // What a person wrote into one argument, or into `command` with the arguments behind.
    fn split(&self) -> Option<Self> {
        let parts =
            |word: &String| -> Vec<String> { word.split_whitespace().map(str::to_owned).collect() };
        let words: Vec<String> = self.words.iter().flat_map(parts).collect();
        let named = (0..words.len()).find(|at| is_named(&words[*at..]));
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
        // npm takes the first `--` for its own.
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

// Something else may stand in front of it: `systemd-run --user --scope mcpgen bridge`.
fn native(words: &[String]) -> Option<(Starter, usize)> {
    let at = words.windows(2).position(is_native)?;
    Some((Starter::Mcpgen, at + 2))
}

// Whether a bridge's name begins here.
fn is_named(words: &[String]) -> bool {
    words.first().is_some_and(|word| is_bridge(word)) || is_native(words)
}

fn names_one(words: &[String]) -> bool {
    (0..words.len()).any(|at| is_named(&words[at..]))
}

// Where the bridge's own arguments begin, and what starts it.
fn from_npm(words: &[String]) -> Option<(Starter, usize)> {
    let first = words.iter().position(|word| is_bridge(word))?;
    // `--package=mcp-remote@0.1.29 mcp-remote URL` names it twice.
    let address = words.iter().skip(first).position(|word| word.contains("://"));
    let until = address.map_or(words.len(), |at| first + at);
    let last = (first..until).rev().find(|at| is_bridge(&words[*at]))?;
    let by = starter(&words[..first]);
    match by {
        Some((by, at)) => only_flags(&words[at..first]).then_some((by, last + 1)),
        None => Some((Starter::Direct, last + 1)),
    }
}

fn starter(words: &[String]) -> Option<(Starter, usize)> {
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

// Another package that stands there first is what is started.
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

// `mcp-remote`, `mcp-remote@0.1.38`, `--package=mcp-remote`, `github:geelen/mcp-remote`, `…/bin/mcp-remote.cmd`,
// `…/mcp-remote/dist/proxy.js`.
fn is_bridge(word: &str) -> bool {
    let word = word.strip_prefix("--package=").unwrap_or(word);
    if word.contains("://") || word.starts_with('@') {
        return false;
    }
    let name = program_name(word);
    let own = |name: &str| [PACKAGE, "mcp-remote-client"].contains(&name);
    let file = word.ends_with(".js") && word.split(['/', '\\']).any(own);
    let spec = name.split_once('@').map_or(name, |(name, _)| name);
    (own(spec) && !word.contains(char::is_whitespace)) || file
}

#[cfg(test)]
mod tests;
