//! `schema` and `man`: output for editors and packagers.

use camino::Utf8Path;
use clap::Command;

use super::{Done, Invocation, output, print};
use crate::cli::{Cli, Exit};
use crate::client::ClientTable;
use crate::declaration::schema;
use crate::fs::output::{Files, Kind, Name};
use crate::manual::{command_page, declaration_page};

pub fn schema() -> Done {
    let table = ClientTable::load(None)?;
    let clients: Vec<&str> = table.names().collect();
    let json =
        serde_json::to_string_pretty(&schema::schema(&clients)).expect("a schema is plain data");
    print(&(json + "\n"))?;
    Ok(Exit::Done)
}

pub fn man(invocation: &Invocation<'_>, dir: &Utf8Path) -> Done {
    let mut command = Cli::described().name("mcpgen");
    command.build();
    let mut pages = Files::new();
    collect_pages(&mut command, "", &mut pages);
    add(&mut pages, declaration_page());
    output::fill(invocation, Kind::Man, dir, &pages)
}

fn collect_pages(command: &mut Command, path: &str, pages: &mut Files) {
    add(pages, command_page(command, path));
    let shown = command.get_subcommands_mut().filter(|sub| !sub.is_hide_set());
    for subcommand in shown.filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", subcommand.get_name());
        collect_pages(subcommand, path.trim(), pages);
    }
}

fn add(pages: &mut Files, (name, bytes): (String, Vec<u8>)) {
    pages.insert(Name::new(Utf8Path::new(&name)).expect("a command's name is plain"), bytes);
}
