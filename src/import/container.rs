//! Takes secrets out of the command line of a container: `-e NAME=VALUE` becomes `-e NAME`, and the program of the
//! container gets `NAME` in its environment, which it passes on.

use std::collections::BTreeMap;

use super::value::{DraftValue, ValueReader};
use crate::client::EntryPart;
use crate::launch::Command;
use crate::model::bridge_program::program_name;
use crate::placeholder;

const PROGRAMS: [&str; 3] = ["docker", "podman", "nerdctl"];
// The commands that start a program in a container, and have `-e`.
const COMMANDS: [&str; 3] = ["run", "create", "exec"];
// Their flags without a value that people use (docker 28, podman 5).
const SWITCHES: [&str; 14] = [
    "--detach",
    "--disable-content-trust",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--no-hosts",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--tty",
];
const SHORT_SWITCHES: [char; 6] = ['d', 'i', 'P', 'q', 't', 'T'];

type ContainerArguments = (Vec<String>, BTreeMap<String, DraftValue>);

/// Returns the arguments of a command without the secrets in the variables of a container, and these variables.
pub fn without_secrets(command: &Command, reader: &mut ValueReader<'_>) -> ContainerArguments {
    let mut words = command.args.clone();
    let mut variables = BTreeMap::new();
    let name = program_name(&command.program).to_ascii_lowercase();
    if !PROGRAMS.contains(&name.as_str()) {
        return (words, variables);
    }
    let run = words.iter().position(|word| COMMANDS.contains(&word.as_str()));
    let mut at = run.map_or(words.len(), |run| run + 1);
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && *word != "-") {
        match flag(word) {
            ContainerFlag::Switch => at += 1,
            ContainerFlag::WithValue => at += 2,
            ContainerFlag::Variable { start } => {
                // The assignment is the next word, or the rest of this one.
                let at_value = if start == word.len() { at + 1 } else { at };
                let start = if start == word.len() { 0 } else { start };
                if let Some(word) = words.get_mut(at_value) {
                    take_secret(word, start, (command, reader), &mut variables);
                }
                at = at_value + 1;
            }
        }
    }
    (words, variables)
}

enum ContainerFlag {
    Switch,
    WithValue,
    // The assignment starts at this byte.
    Variable { start: usize },
}

// The first argument without a dash is the image, and what follows belongs to the program in the container.
fn flag(word: &str) -> ContainerFlag {
    if word.starts_with("--") {
        return match word.strip_prefix("--env") {
            Some("") => ContainerFlag::Variable { start: word.len() },
            Some(rest) if rest.starts_with('=') => {
                ContainerFlag::Variable { start: "--env=".len() }
            }
            Some(_) | None if word.contains('=') || SWITCHES.contains(&word) => {
                ContainerFlag::Switch
            }
            Some(_) | None => ContainerFlag::WithValue,
        };
    }
    // `-it`, `-ite NAME=VALUE`, `-eNAME=VALUE`, `-v/a:/b`.
    let rest = word[1..].trim_start_matches(SHORT_SWITCHES);
    match rest.strip_prefix('e') {
        Some(value) => {
            let value = value.strip_prefix('=').unwrap_or(value);
            ContainerFlag::Variable { start: word.len() - value.len() }
        }
        None if rest.len() == 1 => ContainerFlag::WithValue,
        None => ContainerFlag::Switch,
    }
}

// A variable of the container that the entry's environment has with another value stays as it is.
fn take_secret(
    word: &mut String,
    start: usize,
    (command, reader): (&Command, &mut ValueReader<'_>),
    variables: &mut BTreeMap<String, DraftValue>,
) {
    let Some((name, value)) = word[start..].split_once('=') else { return };
    let Ok(held) = reader.named(EntryPart::Args, name, value) else { return };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let same = command.env.get(name).is_none_or(|other| other == value)
        && variables.get(name).is_none_or(|other| *other == held);
    // If the client does not replace `$NAME`, the container gets this string.
    let is_variable = value.strip_prefix('$').is_some_and(placeholder::is_variable);
    let unreplaced = is_variable && !matches!(held, DraftValue::Reference(_));
    if held.is_hidden() && is_name && same && !unreplaced {
        let end = start + name.len();
        variables.insert(name.to_owned(), held);
        word.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientTable;

    #[test]
    fn only_a_secret_variable_of_the_container_is_taken_out() {
        for (args, want) in [
            ("run -i --rm -e API_KEY=Hunter2Hunter2 image", "run -i --rm -e API_KEY image"),
            ("run --env API_KEY=Hunter2Hunter2 image", "run --env API_KEY image"),
            ("run --env=API_KEY=Hunter2Hunter2 image", "run --env=API_KEY image"),
            ("run -eAPI_KEY=Hunter2Hunter2 image", "run -eAPI_KEY image"),
            ("run -ite API_KEY=Hunter2Hunter2 image", "run -ite API_KEY image"),
            ("exec -e API_KEY=${KEY} box server", "exec -e API_KEY box server"),
            ("run -e DATA_KEY=$HOME image", "run -e DATA_KEY=$HOME image"),
            ("--context x run -e API_KEY=Hunter2Hunter2 image", "--context x run -e API_KEY image"),
            ("run -e LOG=info -e API_KEY image", "run -e LOG=info -e API_KEY image"),
            (
                "run -v /a:/b --name x image -e API_KEY=Hunter2Hunter2",
                "run -v /a:/b --name x image -e API_KEY=Hunter2Hunter2",
            ),
            (
                "run -e API_KEY=Hunter2Hunter2 -e API_KEY=Hunter3Hunter3 image",
                "run -e API_KEY -e API_KEY=Hunter3Hunter3 image",
            ),
        ] {
            let args = args.split(' ').map(str::to_owned).collect();
            let command = Command { program: "/bin/docker".into(), args, ..Command::default() };
            let table = ClientTable::load(None).expect("built in");
            let mut reader = ValueReader::new(table.get("claude-code").unwrap());
            let (words, variables) = without_secrets(&command, &mut reader);
            assert_eq!(words.join(" "), want);
            assert_eq!(variables.len(), usize::from(words != command.args), "{want}");
        }
    }
}
