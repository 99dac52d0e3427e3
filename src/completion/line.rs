//! The words in front of the cursor, read as the parser of the command line reads them.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command};

/// The part of a command line in front of the word to complete.
pub struct CommandLine<'c> {
    /// The command, which may be a subcommand.
    pub command: &'c Command,
    /// The option whose value is the word to complete.
    pub option: Option<&'c Arg>,
    /// The values that options and positional arguments already have, by the names of the arguments.
    pub given: BTreeMap<String, Vec<String>>,
    positionals: usize,
    /// Whether `--` precedes the word, so that it is not an option.
    pub escaped: bool,
    /// Whether the words belong to an argument that also receives options.
    pub raw: bool,
}

impl<'c> CommandLine<'c> {
    /// Reads words. The first one is the program.
    pub fn read(program: &'c Command, words: &[String]) -> Self {
        let mut line = Self {
            command: program,
            option: None,
            given: BTreeMap::new(),
            positionals: 0,
            escaped: false,
            raw: false,
        };
        words.iter().skip(1).for_each(|word| line.add(word));
        line
    }

    fn add(&mut self, word: &str) {
        if let Some(option) = self.option.take() {
            return self.give(option, word);
        }
        let is_option = word.starts_with('-') && word != "-" && !self.escaped && !self.raw;
        if is_option && word == "--" {
            self.escaped = true;
        } else if is_option {
            self.add_option(word);
        } else if let Some(subcommand) = self.subcommand(word) {
            self.command = subcommand;
            self.positionals = 0;
        } else {
            if let Some(argument) = self.positional() {
                self.raw = argument.is_allow_hyphen_values_set();
                self.give(argument, word);
            }
            self.positionals += 1;
        }
    }

    fn subcommand(&self, word: &str) -> Option<&'c Command> {
        let is_first = self.positionals == 0 && !self.escaped;
        self.command.find_subcommand(word).filter(|_| is_first)
    }

    fn add_option(&mut self, word: &str) {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        if let Some(long) = name.strip_prefix("--") {
            let Some(option) = self.find(|arg| arg.get_long() == Some(long)) else { return };
            match value {
                Some(value) => self.give(option, value),
                None => self.wait(option),
            }
            return;
        }
        // Several short flags can be one word, and the value of the last one can follow without a space.
        for (at, letter) in word.char_indices().skip(1) {
            let Some(option) = self.find(|arg| arg.get_short() == Some(letter)) else { return };
            let rest = &word[at + letter.len_utf8()..];
            if takes_value(option) && !rest.is_empty() {
                return self.give(option, rest.strip_prefix('=').unwrap_or(rest));
            }
            self.wait(option);
        }
    }

    fn wait(&mut self, option: &'c Arg) {
        if takes_value(option) {
            self.option = Some(option);
        } else {
            self.give(option, "");
        }
    }

    fn give(&mut self, argument: &Arg, value: &str) {
        self.given.entry(argument.get_id().to_string()).or_default().push(value.to_owned());
    }

    fn find(&self, is_it: impl Fn(&Arg) -> bool) -> Option<&'c Arg> {
        self.command.get_arguments().find(|arg| is_it(arg))
    }

    /// Returns the option with this long name, which is `--` and the name.
    pub fn long_option(&self, word: &str) -> Option<&'c Arg> {
        let long = word.strip_prefix("--")?;
        self.find(|arg| arg.get_long() == Some(long) && takes_value(arg))
    }

    /// Returns the positional argument that the next word is a value of.
    pub fn positional(&self) -> Option<&'c Arg> {
        let mut all: Vec<&Arg> = self.command.get_positionals().collect();
        if self.escaped
            && let Some(last) = all.iter().find(|arg| arg.is_last_set())
        {
            return Some(last);
        }
        all.retain(|arg| !arg.is_last_set());
        let several = |arg: &&&Arg| matches!(arg.get_action(), ArgAction::Append);
        all.get(self.positionals).or_else(|| all.last().filter(several)).copied()
    }

    /// Returns whether an option can still be added to the line.
    pub fn accepts(&self, option: &Arg) -> bool {
        let repeats = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        repeats || !self.given.contains_key(option.get_id().as_str())
    }

    /// Returns the last value of an argument.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.given.get(name)?.last().map(String::as_str)
    }

    /// Returns the values of an argument.
    pub fn values(&self, name: &str) -> &[String] {
        self.given.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether the word to complete can be a subcommand.
    pub fn expects_command(&self) -> bool {
        self.positionals == 0 && !self.escaped && self.option.is_none()
    }
}

/// Returns whether an option has a value.
pub fn takes_value(option: &Arg) -> bool {
    matches!(option.get_action(), ArgAction::Set | ArgAction::Append)
}
