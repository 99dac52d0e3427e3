//! The man page of a command.

use clap::{Arg, ArgAction, Command};

use super::roff::{ManPage, bold, italic};
use crate::auth::bridge_flags::{FlagGroup, KNOWN_FLAGS};
use crate::cli::manual::{CommandFact, ENVIRONMENT, EXIT_CODES, FILES, RELATED, examples};

/// Returns the name and the content of a command's page. `path` is the command without `mcpgen`.
pub fn command_page(command: &mut Command, path: &str) -> (String, Vec<u8>) {
    let title = title(path);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut page = ManPage::new(&title, 1, about.trim_end_matches('.'));
    page.section("SYNOPSIS");
    let usage = command.render_usage().to_string();
    page.paragraph(&format!("`{}`", usage.trim_start_matches("Usage: ").trim()));
    page.section("DESCRIPTION");
    page.paragraph(&sentence(&about));
    if path == "bridge" {
        page.paragraph("The command line is that of mcp-remote 0.15.1.");
    }
    options(&mut page, command);
    if path == "bridge" {
        bridge_options(&mut page);
    }
    commands(&mut page, command, path);
    facts(&mut page, "EXIT STATUS", EXIT_CODES, path);
    facts(&mut page, "ENVIRONMENT", ENVIRONMENT, path);
    facts(&mut page, "FILES", FILES, path);
    let mut known = examples(path).peekable();
    if known.peek().is_some() {
        page.section("EXAMPLES");
    }
    for example in known {
        page.paragraph(&sentence(example.about));
        page.example(example.line);
    }
    see_also(&mut page, path);
    (format!("{title}.1"), page.into_bytes())
}

fn title(path: &str) -> String {
    if path.is_empty() { "mcpgen".to_owned() } else { format!("mcpgen-{}", path.replace(' ', "-")) }
}

// The descriptions of the command line are phrases without a final period.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    if rest.is_empty() && first.is_empty() { String::new() } else { format!("{first}{rest}.") }
}

fn options(page: &mut ManPage, command: &Command) {
    let shown: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
    let mut headings: Vec<Option<&str>> = vec![None];
    for heading in shown.iter().map(|arg| arg.get_help_heading()) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    page.section("OPTIONS");
    for heading in headings {
        if let Some(heading) = heading {
            page.subsection(heading);
        }
        for argument in shown.iter().filter(|arg| arg.get_help_heading() == heading) {
            page.item(&term(argument), &explanation(argument));
        }
    }
}

fn term(argument: &Arg) -> String {
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let names = argument.get_value_names().unwrap_or_default();
    let id = argument.get_id().as_str().to_uppercase();
    let value = names.first().map_or_else(|| id, ToString::to_string);
    let several = matches!(argument.get_action(), ArgAction::Append);
    if argument.is_positional() {
        let more = if several { "..." } else { "" };
        return format!("{}{more}", italic(&value));
    }
    let short = argument.get_short().map(|short| bold(&format!("-{short}")));
    let long = argument.get_long().map(|long| bold(&format!("--{long}")));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    let value = if takes_value { format!(" {}", italic(&value)) } else { String::new() };
    format!("{}{value}", flags.join(", "))
}

fn explanation(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|it| it.to_string_lossy().into_owned()).collect();
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|it| takes_value && !it.is_hide_set())
        .map(|it| format!("`{}`", it.get_name()))
        .collect();
    let mut text = sentence(&help);
    if takes_value && !defaults.is_empty() {
        text += &format!(" The default is `{}`.", defaults.join(" "));
    }
    if !possible.is_empty() {
        text += &format!(" The values are {}.", possible.join(", "));
    }
    text
}

fn bridge_options(page: &mut ManPage) {
    for group in FlagGroup::ALL {
        page.subsection(group.title());
        for known in KNOWN_FLAGS.iter().filter(|known| known.group == group) {
            let value = known.value.map(|value| format!(" {}", italic(value))).unwrap_or_default();
            page.item(&format!("{}{value}", bold(known.name)), &sentence(known.help));
        }
    }
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
}

fn commands(page: &mut ManPage, command: &Command, path: &str) {
    if subcommands(command).next().is_some() {
        page.section("COMMANDS");
    }
    for subcommand in subcommands(command) {
        let path = format!("{path} {}", subcommand.get_name());
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        page.item(&format!("{}(1)", bold(&title(path.trim()))), &sentence(&about));
    }
}

fn facts(page: &mut ManPage, section: &str, facts: &[CommandFact], path: &str) {
    page.section(section);
    for fact in facts.iter().filter(|fact| fact.concerns(path)) {
        page.item(&bold(fact.name), fact.about);
    }
}

fn see_also(page: &mut ManPage, path: &str) {
    let related = RELATED.iter().find(|(command, _)| *command == path).map(|(_, related)| *related);
    let parent = path.rsplit_once(' ').map(|(parent, _)| title(parent));
    let program = (!path.is_empty()).then(|| "mcpgen".to_owned());
    let commands = related.unwrap_or_default().iter().map(|command| title(command));
    let pages =
        program.into_iter().chain(parent).chain(commands).map(|page| format!("`{page}`(1)"));
    let pages: Vec<String> = pages.chain(["`mcp.toml`(5)".to_owned()]).collect();
    page.section("SEE ALSO");
    page.paragraph(&pages.join(", "));
}
