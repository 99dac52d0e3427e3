//! The candidates for the word at the cursor.

use clap::{Arg, Command};

use super::line::CommandLine;
use super::values::{ValueKind, kind};
use crate::auth::bridge_flags::KNOWN_FLAGS;
use crate::display::printable;

/// One word that the user may mean, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub value: String,
    /// One line of description, which may be empty.
    pub about: String,
}

impl Candidate {
    /// Makes a candidate.
    pub fn new(value: impl Into<String>, about: impl Into<String>) -> Self {
        Self { value: value.into(), about: about.into() }
    }
}

/// The options that decide which declaration the names come from.
pub struct NamedFiles<'l> {
    /// The value of `--file`.
    pub file: Option<&'l str>,
    /// The value of `--templates`.
    pub templates: Option<&'l str>,
}

/// Finds the names of a kind.
pub type FindNames<'f> = dyn Fn(ValueKind, &NamedFiles<'_>) -> Vec<Candidate> + 'f;

// The lines that make a script complete paths. No candidate is empty.
const FILES: &str = "\tfiles\n";
const DIRECTORIES: &str = "\tdirectories\n";

/// Returns the candidates for the last word, one per line: the word, a tab, and what it is. A line without a word says
/// that the shell completes paths.
pub fn complete(program: &Command, words: &[String], find_names: &FindNames<'_>) -> String {
    let Some((typed, before)) = words.split_last() else { return String::new() };
    let line = CommandLine::read(program, before);
    let search = Search { line: &line, find_names };
    let (mut found, paths) = search.candidates(typed);
    found.retain(|candidate| is_word(&candidate.value) && candidate.value.starts_with(typed));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|candidate| seen.insert(candidate.value.clone()));
    let lines = found.iter().map(|found| format!("{}\t{}\n", found.value, about(&found.about)));
    lines.chain([paths.to_owned()]).collect()
}

// A name with a control character could change what the terminal shows, or end a line too early.
fn is_word(value: &str) -> bool {
    !value.is_empty() && printable(value) == value
}

fn about(text: &str) -> String {
    const LONGEST: usize = 70;
    let line = printable(text.lines().next().unwrap_or_default());
    if line.chars().count() <= LONGEST {
        return line;
    }
    let short: String = line.chars().take(LONGEST - 1).collect();
    format!("{}…", short.trim_end())
}

struct Search<'s, 'c> {
    line: &'s CommandLine<'c>,
    find_names: &'s FindNames<'s>,
}

impl Search<'_, '_> {
    fn candidates(&self, typed: &str) -> (Vec<Candidate>, &'static str) {
        let line = self.line;
        if let Some(option) = line.option {
            return self.values(option);
        }
        if line.raw {
            return (bridge_options(typed), "");
        }
        if let Some((name, _)) = typed.split_once('=').filter(|_| !line.escaped)
            && let Some(option) = line.long_option(name)
        {
            let (mut found, paths) = self.values(option);
            found.iter_mut().for_each(|it| it.value = format!("{name}={}", it.value));
            return (found, paths);
        }
        if typed.starts_with('-') && !line.escaped {
            return (self.options(), "");
        }
        let mut found = if line.expects_command() { commands(line.command) } else { vec![] };
        let values = line.positional().map(|argument| self.values(argument));
        let (names, paths) = values.unwrap_or_default();
        found.extend(names);
        (found, paths)
    }

    fn values(&self, argument: &Arg) -> (Vec<Candidate>, &'static str) {
        let kind = kind(self.line.command.get_name(), argument);
        match kind {
            ValueKind::Files => return (vec![], FILES),
            ValueKind::Directories => return (vec![], DIRECTORIES),
            ValueKind::Free => return (vec![], ""),
            ValueKind::Possible => return (possible(argument), ""),
            ValueKind::KnownClients
            | ValueKind::Declared(_)
            | ValueKind::WrittenEntries
            | ValueKind::Owners => {}
        }
        let files =
            NamedFiles { file: self.line.value("file"), templates: self.line.value("templates") };
        let given = self.line.values(argument.get_id().as_str());
        let mut found = (self.find_names)(kind, &files);
        found.retain(|candidate| !given.contains(&candidate.value));
        (found, "")
    }

    fn options(&self) -> Vec<Candidate> {
        let options = self.line.command.get_arguments().filter(|option| {
            !option.is_positional() && !option.is_hide_set() && self.line.accepts(option)
        });
        let candidate = |option: &Arg| {
            let about = option.get_help().map(ToString::to_string).unwrap_or_default();
            let short = option.get_short().filter(|_| option.get_long().is_none());
            let long = option.get_long().map(|long| format!("--{long}"));
            Some(Candidate::new(long.or_else(|| short.map(|short| format!("-{short}")))?, about))
        };
        options.filter_map(candidate).collect()
    }
}

fn commands(command: &Command) -> Vec<Candidate> {
    let commands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let about = |sub: &Command| sub.get_about().map(ToString::to_string).unwrap_or_default();
    commands.map(|sub| Candidate::new(sub.get_name(), about(sub))).collect()
}

fn possible(argument: &Arg) -> Vec<Candidate> {
    let values = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let about = |help: Option<&clap::builder::StyledStr>| help.map(ToString::to_string);
    let candidate = |value: clap::builder::PossibleValue| {
        Candidate::new(value.get_name(), about(value.get_help()).unwrap_or_default())
    };
    values.map(candidate).collect()
}

fn bridge_options(typed: &str) -> Vec<Candidate> {
    let known = KNOWN_FLAGS.iter().filter(|_| typed.starts_with('-'));
    known.map(|known| Candidate::new(known.name, known.help)).collect()
}
