//! The help of `mcpgen`: the commands in groups.

use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _, Parser as _};

use super::Cli;
use super::manual::examples;

/// The commands by what people want to do.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Start and leave", &["setup", "uninstall"]),
    ("Declare servers", &["init", "import", "add", "remove", "edit", "check"]),
    ("Write the clients' files", &["plan", "diff", "apply", "undo", "owners", "render", "merge"]),
    ("Sign in", &["login", "logout", "status", "secret"]),
    ("Find out", &["list", "verify", "doctor", "clients"]),
    (
        "For clients, timers and packages",
        &["exec", "bridge", "refresh", "token", "headers", "schema", "completions", "man"],
    ),
];

const COLUMN: usize = 12;
// The width without a terminal, and the widest that is easy to read.
const WIDTH: usize = 80;
const WIDEST: usize = 100;

/// The commands that do not read a declaration, and those that do not read the client table either.
const WITHOUT_FILE: [&str; 3] = ["undo", "owners", "clients"];
const WITHOUT_TABLE: [&str; 5] = ["secret", "bridge", "schema", "completions", "man"];

impl Cli {
    /// Reads the command line. Exits if it has an error, and after help, which fits a terminal of `columns`.
    pub fn read(columns: Option<u16>) -> Self {
        // Only help and errors need the descriptions, which take longer than the rest.
        Self::try_parse().unwrap_or_else(|error| {
            if error.kind() == ErrorKind::DisplayVersion {
                error.exit()
            }
            Self::read_described(columns)
        })
    }

    fn read_described(columns: Option<u16>) -> Self {
        let width = columns.map_or(WIDTH, |columns| usize::from(columns).min(WIDEST));
        let command = with_groups(Self::described(), width).term_width(width);
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// Returns the command line. The help of a command does not show the options of every command that have no effect
    /// on it.
    pub fn described() -> Command {
        let mut command = Self::command();
        let global = |id: &str| command.get_arguments().find(|arg| arg.get_id() == id).cloned();
        let hidden = ["file", "templates"].map(|id| global(id).map(|arg| arg.hide(true)));
        let [file, templates] = hidden;
        let all: Vec<Arg> = file.clone().into_iter().chain(templates).collect();
        for name in WITHOUT_FILE {
            command = command.mut_subcommand(name, |sub| sub.args(&file));
        }
        for name in WITHOUT_TABLE {
            command = command.mut_subcommand(name, |sub| hiding(sub, &all));
        }
        command
    }
}

fn hiding(mut command: Command, args: &[Arg]) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| hiding(sub, args));
    }
    command.args(args)
}

fn with_groups(command: Command, width: usize) -> Command {
    let groups: String =
        GROUPS.iter().map(|(title, names)| group(&command, title, names, width)).collect();
    let first = first_examples();
    let template = format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}{first}\n\nOptions:\n{{options}}{{after-help}}"
    );
    with_examples(command.help_template(template), "")
}

// Adds the examples of each command below its options.
fn with_examples(mut command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}").trim().to_owned();
        command = command.mut_subcommand(&name, |sub| {
            let lines: Vec<String> = examples(&path).map(|it| format!("  {}", it.line)).collect();
            let sub = with_examples(sub, &path);
            match (lines.as_slice(), sub.get_after_help()) {
                ([], _) | (_, Some(_)) => sub,
                (lines, None) => sub.after_help(format!("Examples:\n{}", lines.join("\n"))),
            }
        });
    }
    command
}

fn first_examples() -> String {
    let line = |line: &str, about: &str| format!("  {line:35}{about}");
    let lines: Vec<String> = examples("").map(|it| line(it.line, it.about)).collect();
    format!("Examples:\n{}", lines.join("\n"))
}

fn group(command: &Command, title: &str, names: &[&str], width: usize) -> String {
    let about = |name: &str| {
        let found = command.find_subcommand(name).and_then(Command::get_about);
        found.map(ToString::to_string).unwrap_or_default()
    };
    let lines: String = names.iter().map(|name| line(name, &about(name), width)).collect();
    format!("{title}:\n{lines}\n")
}

// The name, and the text beside it, in lines of at most `width` columns.
fn line(name: &str, about: &str, width: usize) -> String {
    let mut lines = vec![format!("  {name:COLUMN$}")];
    for word in about.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{:1$}", "", COLUMN + 2));
        }
        let line = lines.last_mut().expect("there is a first line");
        line.push(' ');
        line.push_str(word);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let command = Cli::command();
        let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        let mut known: Vec<&str> = visible.map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        known.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, known);
    }

    #[test]
    fn the_help_fits_the_terminal() {
        for width in [WIDTH, WIDEST] {
            let mut command = with_groups(Cli::described(), width).term_width(width);
            let help = command.render_long_help().to_string();
            let longest = help.lines().map(|line| line.chars().count()).max();
            assert!(longest.is_some_and(|longest| longest <= width), "{help}");
        }
    }
}
