//! Removes the wrappers (`cmd`, `wsl`, `env`, shells, containers) from a command line.

use std::collections::BTreeMap;

use super::Wrapper;
use crate::entry::line;
use crate::launch::Command;
use crate::model::bridge_program::{names_bridge, program_name};
use crate::model::shell::SHELLS;

const CONTAINERS: [&str; 3] = ["docker", "podman", "nerdctl"];
// Flags of `wsl` and of `env` that are followed by a value.
const WITH_VALUE: [&str; 8] =
    ["-d", "--distribution", "-u", "--user", "--cd", "--shell-type", "-C", "--chdir"];

/// A command line whose wrappers are removed one by one.
pub(super) struct WrappedCommand {
    pub words: Vec<String>,
    pub wrappers: Vec<Wrapper>,
    pub env: BTreeMap<String, String>,
    pub cwd: Option<String>,
    pub expands: bool,
}

impl WrappedCommand {
    pub fn new(command: &Command) -> Self {
        let Command { program, args, env, cwd } = command;
        let words = std::iter::once(program).chain(args).cloned().collect();
        Self { words, wrappers: vec![], env: env.clone(), cwd: cwd.clone(), expands: false }
    }

    /// Removes the outermost wrapper, and returns whether there was one.
    pub fn peel(&mut self) -> bool {
        let Some(program) = self.words.first() else { return false };
        let name = program_name(program).to_ascii_lowercase();
        match name.as_str() {
            "cmd" => self.peel_cmd(),
            "wsl" => self.peel_flags(Wrapper::Wsl),
            "env" => self.peel_env(),
            shell if SHELLS.contains(&shell) => {
                let escape = if shell.starts_with('p') { '`' } else { '\\' };
                self.peel_shell(escape)
            }
            container if CONTAINERS.contains(&container) => self.enter(Wrapper::Container, 1),
            _ => false,
        }
    }

    fn enter(&mut self, wrapper: Wrapper, words: usize) -> bool {
        self.wrappers.push(wrapper);
        self.words.drain(..words);
        true
    }

    fn peel_cmd(&mut self) -> bool {
        let flags = self.words.iter().skip(1).take_while(|word| word.starts_with('/')).count();
        self.enter(Wrapper::Cmd, 1 + flags);
        if let [line] = self.words.as_slice()
            && line.contains(' ')
        {
            self.take_line(&line.clone(), '^');
        }
        true
    }

    fn peel_flags(&mut self, wrapper: Wrapper) -> bool {
        let mut at = 1;
        while let Some(word) = self.words.get(at).filter(|word| word.starts_with('-')) {
            at += 1 + usize::from(WITH_VALUE.contains(&word.as_str()));
        }
        self.enter(wrapper, at.min(self.words.len()))
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

    // The flag is `-c LINE`, also combined with other letters (`-lic`). PowerShell runs all arguments after `-c` as the
    // line.
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
        self.wrappers.push(Wrapper::Shell);
        self.take_line(&line, escape);
        true
    }

    // Uses the command of the line that starts a bridge, otherwise the last command. Keeps the environment variables
    // that any command of the line sets.
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
        let starts = |command: &line::SimpleCommand| names_bridge(&command.words);
        let at = commands.iter().position(starts).unwrap_or(commands.len().saturating_sub(1));
        let found = commands.into_iter().nth(at).unwrap_or_default();
        self.words = found.words;
        self.expands |= found.expands;
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
