//! The page on the command line, which is generated from the parser, and the man pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};
use mcpgen::Cli;
use mcpgen::testing::cli::manual::{EXIT_CODES, examples};

use crate::case::{Case, golden};

const HEAD: &str = "\
# The command line

`just bless` generates this page from the program. `mcpgen help COMMAND` shows the same on your machine, and [man
pages](completions.md#man-pages) exist too. Data goes to stdout, and messages go to stderr.
";

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
}

// `<` would begin a tag, and `|` ends a cell.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

fn row(argument: &Arg) -> String {
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let id = argument.get_id().as_str().to_uppercase();
    let value = argument.get_value_names().and_then(|names| names.first().map(ToString::to_string));
    let value = value.unwrap_or(id);
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let name = match argument.get_long() {
        Some(long) if takes_value => format!("{short}`--{long} {value}`"),
        Some(long) => format!("{short}`--{long}`"),
        None => format!("`{value}`"),
    };
    let defaults = argument.get_default_values();
    let default = defaults.first().filter(|_| takes_value).map(|it| it.to_string_lossy());
    let default = default.map(|it| format!(" [default: {it}]")).unwrap_or_default();
    let values: Vec<String> =
        argument.get_possible_values().iter().map(|it| format!("`{}`", it.get_name())).collect();
    let values = if takes_value && !values.is_empty() {
        format!(" ({})", values.join(", "))
    } else {
        String::new()
    };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    format!("| {} | {}{values}{default} |\n", cell(&name), cell(&help))
}

fn is_common(argument: &Arg) -> bool {
    ["file", "templates", "help", "version"].contains(&argument.get_id().as_str())
}

fn describe(command: &mut Command, path: &str, page: &mut String) {
    let heading = if path.contains(' ') { "###" } else { "##" };
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let _ = write!(page, "\n{heading} mcpgen {path}\n\n{about}.\n\n```text\n{usage}\n```\n");
    let rows: String = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && !is_common(argument))
        .map(row)
        .collect();
    if !rows.is_empty() && path != "bridge" {
        let _ = write!(page, "\n| argument | |\n|---|---|\n{rows}");
    }
    if path == "bridge" {
        page.push_str("\n[The native bridge](bridge.md#the-command-line) lists the options.\n");
    }
    let lines: Vec<String> =
        examples(path).map(|it| format!("$ {}    # {}", it.line, it.about)).collect();
    if !lines.is_empty() {
        let _ = write!(page, "\n```console\n{}\n```\n", lines.join("\n"));
    }
    let names: Vec<String> = shown(command).map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let sub = command.find_subcommand_mut(&name).expect("it was listed");
        describe(sub, &format!("{path} {name}"), page);
    }
}

#[test]
fn the_page_on_the_command_line_is_the_parser() {
    let mut command = Cli::described().name("mcpgen");
    command.build();
    let mut page = HEAD.to_owned();
    page.push_str("\n## Options of every command\n\n| option | |\n|---|---|\n");
    command.get_arguments().filter(|it| is_common(it)).for_each(|it| page.push_str(&row(it)));
    page.push_str("\n## Exit codes\n\n| code | |\n|---|---|\n");
    for code in EXIT_CODES {
        let _ = writeln!(page, "| {} | {} |", code.name, code.about);
    }
    let names: Vec<String> = shown(&command).map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let sub = command.find_subcommand_mut(&name).expect("it was listed");
        describe(sub, &name, &mut page);
    }
    golden("../docs/reference/cli.md", &page);
}

#[test]
fn every_command_has_a_man_page_that_refers_only_to_pages_that_exist() {
    let case = Case::new();
    case.ok(&["man", "pages"]);
    let names: BTreeSet<String> = std::fs::read_dir(case.path("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert!(names.contains("mcp.toml.5") && names.contains("mcpgen-secret-set.1"), "{names:?}");
    for name in names.iter().filter(|name| !name.ends_with(".json")) {
        let page = case.read(&format!("pages/{name}"));
        let mut sections = vec!["NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"];
        if name.ends_with(".1") {
            sections.extend(["OPTIONS", "EXIT STATUS", "ENVIRONMENT"]);
        }
        for section in sections {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{name} has no {section}");
        }
        let (_, see) = page.split_once(".SH SEE ALSO\n").unwrap();
        for reference in see.split([',', '\n']).map(str::trim).filter(|it| !it.is_empty()) {
            let reference = reference.replace("\\fB", "").replace("\\-", "-");
            let (title, section) = reference.split_once("\\fR(").unwrap();
            let file = format!("{title}.{}", section.trim_end_matches(')'));
            assert!(names.contains(&file), "{name} refers to {file}");
        }
    }
}
