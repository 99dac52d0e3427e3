//! The help of `mcpgen`: the commands in groups.

use clap::{Command, CommandFactory as _, FromArgMatches as _};

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
        &["exec", "bridge", "refresh", "token", "schema", "completions", "man"],
    ),
];

const COLUMN: usize = 12;
const WIDTH: usize = 80;

impl Cli {
    /// Reads the command line. Exits if it has an error, and after help.
    pub fn read() -> Self {
        let matches = with_groups(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

fn with_groups(command: Command) -> Command {
    let groups: String =
        GROUPS.iter().map(|(title, names)| group(&command, title, names)).collect();
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

fn group(command: &Command, title: &str, names: &[&str]) -> String {
    let about = |name: &str| {
        let found = command.find_subcommand(name).and_then(Command::get_about);
        found.map(ToString::to_string).unwrap_or_default()
    };
    let lines: String = names.iter().map(|name| line(name, &about(name))).collect();
    format!("{title}:\n{lines}\n")
}

// The name, and the text beside it, in lines of at most 80 columns.
fn line(name: &str, about: &str) -> String {
    let mut lines = vec![format!("  {name:COLUMN$}")];
    for word in about.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
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
    fn the_help_fits_into_eighty_columns() {
        let help = with_groups(Cli::command()).render_long_help().to_string();
        let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > WIDTH).collect();
        assert!(wide.is_empty(), "{wide:?}");
    }
}
