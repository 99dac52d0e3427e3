//! `init`: writes a first declaration, with comments or with the servers of the clients' files.

use std::io::IsTerminal as _;

use camino::Utf8Path;

use super::ask::ask;
use super::declaration_file::DeclarationFile;
use super::import::ImportRun;
use super::in_files;
use super::starter::{has_starter, starter};
use super::{Done, Failure, Invocation, eprint_text, import};
use crate::cli::{Exit, Init};
use crate::diagnostic::Diagnostic;
use crate::display::first_names;
use crate::fs;
use crate::suggest::ShellCommand;

pub fn run(invocation: &Invocation<'_>, flags: &Init) -> Done {
    let path = invocation.declaration_path();
    if fs::is_there(&path) && !(flags.import && has_starter(invocation)) {
        return Err(taken(invocation, &path, flags.import).into());
    }
    if flags.import {
        return write_import(invocation, flags);
    }
    let table = invocation.table()?;
    let sections = in_files::sections(invocation, &table)?;
    let servers = in_files::undeclared(invocation, &path, &table, &sections);
    if !servers.is_empty() {
        let named = first_names(servers.iter().map(|server| server.name.as_str()));
        eprint_text(&format!("servers in your clients' files: {named}\n"));
        let person = std::io::stdin().is_terminal() && invocation.terminal.person;
        if person && ask("declare them?", true) {
            return write_import(invocation, flags);
        }
    }
    let found = table.found(invocation.env);
    let found: Vec<&str> = found.iter().map(|client| client.name.as_str()).collect();
    create(invocation, &starter(&found), false)?;
    let shown = invocation.env.display(&path);
    let plan = invocation.suggest.mcpgen("plan");
    eprint_text(&format!("wrote {shown}; edit the file, then run {plan}\n"));
    if !servers.is_empty() {
        let import = invocation.suggest.mcpgen("init --import");
        eprint_text(&format!("to declare these servers in place of the comments: {import}\n"));
    }
    Ok(Exit::Done)
}

fn write_import(invocation: &Invocation<'_>, flags: &Init) -> Done {
    let read = import::read_clients(invocation, &[], None, flags.secrets.into(), flags.probe)?;
    read.keep(invocation)?;
    write(invocation, &read)?;
    read.eprint(invocation);
    let shown = invocation.env.display(&invocation.declaration_path());
    let next = invocation.suggest.mcpgen(read.next());
    eprint_text(&format!("wrote {shown}; next: {next}\n"));
    Ok(read.exit)
}

/// Writes an imported declaration, which replaces only the starter.
///
/// # Errors
/// Fails if there is another declaration, and if the file cannot be written.
pub fn write(invocation: &Invocation<'_>, read: &ImportRun) -> Result<(), Failure> {
    if !has_starter(invocation) {
        return create(invocation, read.text(), read.private);
    }
    DeclarationFile::read(invocation)?.write(invocation, read.text())?;
    match read.private {
        true => fs::make_private(&invocation.declaration_path()).map_err(|e| Failure::error(&e)),
        false => Ok(()),
    }
}

fn create(invocation: &Invocation<'_>, text: &str, private: bool) -> Result<(), Failure> {
    let path = invocation.declaration_path();
    match fs::create_new(&path, text.as_bytes(), private) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken(invocation, &path, false).into()),
        Err(error) => Err(Failure::error(&error)),
    }
}

// A link is not followed, wherever it leads.
fn taken(invocation: &Invocation<'_>, path: &Utf8Path, is_import: bool) -> Diagnostic {
    let shown = invocation.env.display(path);
    if let (false, Ok(end)) = (path.exists(), path.read_link_utf8()) {
        let fault = Diagnostic::error(format!(
            "`{shown}` is a link to `{end}`, which does not exist, and `init` does not follow links"
        ));
        let remove = ShellCommand::new("rm").path(path, invocation.env);
        return fault
            .help(format!("remove the link with {remove}, or name another file with `--file`"));
    }
    let fault =
        Diagnostic::error(format!("`{shown}` already exists, and `init` does not overwrite files"));
    let suggest = &invocation.suggest;
    let fault = match is_import {
        true => {
            fault.help(format!("add the servers that it lacks with {}", suggest.mcpgen("setup")))
        }
        false => fault.help(format!("change the file with {}", suggest.mcpgen("edit"))),
    };
    fault.help("or name another file with `--file`")
}
