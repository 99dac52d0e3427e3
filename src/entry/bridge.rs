//! Finding the bridge in a command line, whatever starts it and whatever stands around it.

use std::collections::BTreeMap;

use super::line;
use crate::launch::Command;

/// Holds how a bridge is started.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeStart {
    /// What starts it.
    pub by: Starter,
    /// What stands around that, from the outside in.
    pub inside: Vec<Around>,
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
    /// mcpgen, which is a bridge itself.
    Mcpgen,
}

/// Names what may stand around a program that is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Around {
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

const SHELLS: [&str; 9] = ["sh", "bash", "zsh", "dash", "ksh", "fish", "ash", "powershell", "pwsh"];
const CONTAINERS: [&str; 3] = ["docker", "podman", "nerdctl"];
// Flags of `wsl` and of `env` that are followed by a value.
const WITH_VALUE: [&str; 8] =
    ["-d", "--distribution", "-u", "--user", "--cd", "--shell-type", "-C", "--chdir"];

const PACKAGE: &str = "mcp-remote";

impl BridgeStart {
    /// Finds the bridge in a command; `None` where it starts something else.
    pub fn find(command: &Command) -> Option<Self> {
        let mut peeled = Peeled::new(command);
        // What stands around each other in real files is two or three deep.
        for _ in 0..6 {
            if !peeled.peel() {
                break;
            }
        }
        peeled.bridge().or_else(|| peeled.split()?.bridge())
    }

    /// Returns whether it runs in another home folder than the client, with a cache of its own.
    pub fn is_elsewhere(&self) -> bool {
        self.inside.iter().any(|around| matches!(around, Around::Wsl | Around::Container))
    }
}

/// Returns a program's name without its folder and Windows' ending.
pub fn program_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let ends = [".exe", ".cmd", ".bat", ".ps1"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

struct Peeled {
    words: Vec<String>,
    inside: Vec<Around>,
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    expands: bool,
}

impl Peeled {
    fn new(command: &Command) -> Self {
        let Command { program, args, env, cwd } = command;
        let words = std::iter::once(program).chain(args).cloned().collect();
        Self { words, inside: vec![], env: env.clone(), cwd: cwd.clone(), expands: false }
    }

    // Takes off what stands outermost; the answer is whether there was something.
    fn peel(&mut self) -> bool {
        let Some(program) = self.words.first() else { return false };
        let name = program_name(program).to_ascii_lowercase();
        match name.as_str() {
            "cmd" => self.peel_cmd(),
            "wsl" => self.peel_flags(Around::Wsl),
            "env" => self.peel_env(),
            shell if SHELLS.contains(&shell) => {
                let escape = if shell.starts_with('p') { '`' } else { '\\' };
                self.peel_shell(escape)
            }
            container if CONTAINERS.contains(&container) => self.enter(Around::Container, 1),
            _ => false,
        }
    }

    fn enter(&mut self, around: Around, words: usize) -> bool {
        self.inside.push(around);
        self.words.drain(..words);
        true
    }

    fn peel_cmd(&mut self) -> bool {
        let flags = self.words.iter().skip(1).take_while(|word| word.starts_with('/')).count();
        self.enter(Around::Cmd, 1 + flags);
        if let [line] = self.words.as_slice()
            && line.contains(' ')
        {
            self.take_line(&line.clone(), '^');
        }
        true
    }

    fn peel_flags(&mut self, around: Around) -> bool {
        let mut at = 1;
        while let Some(word) = self.words.get(at).filter(|word| word.starts_with('-')) {
            at += 1 + usize::from(WITH_VALUE.contains(&word.as_str()));
        }
        self.enter(around, at.min(self.words.len()))
    }

    // `env -i NAME=value program`.
    fn peel_env(&mut self) -> bool {
        let words = std::mem::take(&mut self.words);
        let mut rest = words.into_iter().skip(1).peekable();
        while let Some(word) = rest.next_if(|word| word.starts_with('-') || word.contains('=')) {
            if WITH_VALUE.contains(&word.as_str()) {
                rest.next();
            }
            self.assign(&word);
        }
        self.words = rest.collect();
        if let [line] = self.words.as_slice()
            && line.contains(' ')
        {
            self.take_line(&line.clone(), '\\');
        }
        true
    }

    fn assign(&mut self, word: &str) {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some((name, value)) = word.split_once('=')
            && !name.is_empty()
            && name.chars().all(good)
        {
            self.env.insert(name.to_owned(), value.to_owned());
        }
    }

    // `-c LINE`, also among other letters: `-lic`. PowerShell takes all that follows for the line.
    fn peel_shell(&mut self, escape: char) -> bool {
        let is_line = |word: &String| {
            let word = word.to_ascii_lowercase();
            let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            letters.is_some_and(|letters| letters.ends_with('c') || letters == "command")
        };
        let Some(at) = self.words.iter().skip(1).position(is_line) else { return false };
        let rest = &self.words[at + 2..];
        let line =
            if escape == '`' { rest.join(" ") } else { rest.first().cloned().unwrap_or_default() };
        self.inside.push(Around::Shell);
        self.take_line(&line, escape);
        true
    }

    // Of several commands the one that starts a bridge counts, else the last; what others set counts too.
    fn take_line(&mut self, line: &str, escape: char) {
        let mut commands = line::commands(line, escape);
        for command in &mut commands {
            let words = std::mem::take(&mut command.words);
            let mut rest = words.into_iter().peekable();
            rest.next_if(|word| word == "export");
            while let Some(word) = rest.next_if(|word| is_assignment(word)) {
                self.assign(&word);
            }
            rest.next_if(|word| word == "exec");
            command.words = rest.collect();
        }
        let starts = |command: &line::Simple| command.words.iter().any(|word| is_bridge(word));
        let at = commands.iter().position(starts).unwrap_or(commands.len().saturating_sub(1));
        let found = commands.into_iter().nth(at).unwrap_or_default();
        self.words = found.words;
        self.expands |= found.expands;
    }

    // What a person wrote into one argument, or into `command` with the arguments behind.
    fn split(&self) -> Option<Self> {
        let parts =
            |word: &String| -> Vec<String> { word.split_whitespace().map(str::to_owned).collect() };
        let words: Vec<String> = self.words.iter().flat_map(parts).collect();
        let address =
            words.iter().skip_while(|word| !is_bridge(word)).any(|word| word.contains("://"));
        if words.len() == self.words.len() || !address {
            return None;
        }
        let mut inside = self.inside.clone();
        inside.push(Around::Unsplit);
        let (env, cwd) = (self.env.clone(), self.cwd.clone());
        Some(Self { words, inside, env, cwd, expands: self.expands })
    }

    fn bridge(&self) -> Option<BridgeStart> {
        let (by, end) = own(&self.words).or_else(|| from_npm(&self.words))?;
        let (words, args) = self.words.split_at(end);
        // npm takes the first `--` for its own.
        let dashes = by == Starter::NpmExec && args.first().is_some_and(|arg| arg == "--");
        Some(BridgeStart {
            by,
            inside: self.inside.clone(),
            words: words.to_vec(),
            args: args[usize::from(dashes)..].to_vec(),
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            expands: self.expands,
        })
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn own(words: &[String]) -> Option<(Starter, usize)> {
    match words {
        [program, verb, ..] if program_name(program) == "mcpgen" && verb == "bridge" => {
            Some((Starter::Mcpgen, 2))
        }
        [_, ..] | [] => None,
    }
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
