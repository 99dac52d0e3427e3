//! `schema`, `completions` and `man`: files for editors, shells and packagers.

use camino::Utf8Path;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Done, Failure, print};
use crate::cli::{Cli, Exit};
use crate::declaration::schema;
use crate::fs;

pub fn schema() -> Done {
    let text = serde_json::to_string_pretty(&schema::schema()).expect("a schema is plain data");
    print(&(text + "\n"))?;
    Ok(Exit::Done)
}

pub fn completions(shell: Shell) -> Done {
    let mut bytes = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "mcpgen", &mut bytes);
    print(&String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Done)
}

pub fn man(dir: &Utf8Path) -> Done {
    let mut command = Cli::command().name("mcpgen");
    command.build();
    write_pages(&command, dir)?;
    Ok(Exit::Done)
}

fn write_pages(command: &clap::Command, dir: &Utf8Path) -> Result<(), Failure> {
    let page = clap_mangen::Man::new(command.clone());
    let mut bytes = vec![];
    page.render(&mut bytes)?;
    let path = dir.join(page.get_filename());
    fs::write_new(&path, &bytes, true).map_err(|error| Failure::error(&error))?;
    let below =
        command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    below.into_iter().try_for_each(|sub| write_pages(sub, dir))
}
