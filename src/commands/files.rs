//! `schema` and `man`: output for editors and packagers.

use camino::Utf8Path;
use clap::CommandFactory as _;

use super::{Done, Failure, Invocation, output, print};
use crate::cli::{Cli, Exit};
use crate::declaration::schema;
use crate::fs::output::{Files, Kind, Name};

pub fn schema() -> Done {
    let json = serde_json::to_string_pretty(&schema::schema()).expect("a schema is plain data");
    print(&(json + "\n"))?;
    Ok(Exit::Done)
}

pub fn man(invocation: &Invocation<'_>, dir: &Utf8Path) -> Done {
    let mut command = Cli::command().name("mcpgen");
    command.build();
    let mut pages = Files::new();
    collect_pages(&command, &mut pages)?;
    output::fill(invocation, Kind::Man, dir, &pages)
}

fn collect_pages(command: &clap::Command, pages: &mut Files) -> Result<(), Failure> {
    let page = clap_mangen::Man::new(command.clone());
    let mut bytes = vec![];
    page.render(&mut bytes)?;
    let name = Name::new(Utf8Path::new(&page.get_filename())).expect("a command's name is plain");
    pages.insert(name, bytes);
    let mut subcommands =
        command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    subcommands.try_for_each(|sub| collect_pages(sub, pages))
}
