//! `list`: shows how each client reaches each server, and which sign-in it uses. It starts no program and sends no
//! request.

use super::select_servers::unknown_server;
use super::{
    Done, Failure, Invocation, declared_clients, eprint_diagnostics, eprint_text, print,
    print_json, report,
};
use crate::cli::{Exit, List};
use crate::client::ClientTable;
use crate::diagnostic::Diagnostic;
use crate::doctor::on_this_machine;
use crate::ledger::{self, Ledger};
use crate::model::{ExcludedServer, Model};
use crate::overview::{EntryState, OverviewInput, ServerOverview, overview};
use crate::survey::{FoundSection, Project, survey};

mod cells;
mod details;
mod json;
mod table;

pub fn run(invocation: &Invocation<'_>, flags: &List) -> Done {
    let clients = invocation.table()?;
    let (model, mut warnings) = model(invocation, &clients)?;
    let sections = sections(invocation, flags, &clients)?;
    let ledger = Ledger::load(&ledger::path(invocation.env));
    warnings.extend(ledger.as_ref().err().map(|error| Diagnostic::of_warning(error)));
    warnings.extend(sections.iter().filter_map(|section| unreadable(invocation, section)));
    let declaration = invocation.declaration_path();
    let all = overview(&OverviewInput {
        env: invocation.env,
        declaration: &declaration,
        table: &clients,
        model: model.as_ref(),
        sections: &sections,
        ledger: ledger.as_ref().ok(),
    });
    let servers = named(invocation, &flags.servers, all, model.as_ref());
    if servers.is_err() && !warnings.is_empty() {
        // The server may be in a file that cannot be read.
        eprint_diagnostics(&warnings, invocation.terminal);
    }
    let servers = servers?;
    let excluded = excluded(flags, model.as_ref());
    if flags.json {
        print_json(&json::rows(&servers, &excluded))?;
    } else if servers.is_empty() && excluded.is_empty() {
        print("no server is declared, and no client on this machine has one\n")?;
    } else {
        let line = report::excluded::line(excluded);
        let gap = if servers.is_empty() || line.is_empty() { "" } else { "\n" };
        let table = table::text(invocation, &servers, flags.verbose);
        let table = if servers.is_empty() { String::new() } else { table };
        print(&format!("{table}{gap}{line}"))?;
    }
    if !warnings.is_empty() {
        eprint_diagnostics(&warnings, invocation.terminal);
    }
    if invocation.terminal.person {
        eprint_text(&advice(invocation, &servers));
    }
    Ok(Exit::Done)
}

fn excluded<'m>(flags: &List, model: Option<&'m Model>) -> Vec<&'m ExcludedServer> {
    let all = model.into_iter().flat_map(|model| &model.excluded);
    let wanted =
        |server: &&ExcludedServer| flags.servers.is_empty() || flags.servers.contains(&server.name);
    all.filter(wanted).collect()
}

// Without a declaration, the list contains only the servers in the clients' files.
fn model(
    invocation: &Invocation<'_>,
    table: &ClientTable,
) -> Result<(Option<Model>, Vec<Diagnostic>), Failure> {
    if !invocation.declaration_path().exists() {
        return Ok((None, vec![]));
    }
    match invocation.model(table) {
        Ok(model) => return Ok((Some(model), vec![])),
        Err(failure) if failure.is_usage() => return Err(failure),
        Err(_) => {}
    }
    let file = invocation.env.display(&invocation.declaration_path());
    let warning = Diagnostic::warning(format!("the declaration {file} has errors"))
        .note("the list does not show which servers are declared")
        .help(format!("list the errors with {}", invocation.suggest.mcpgen("check")));
    Ok((None, vec![warning]))
}

fn sections<'t>(
    invocation: &Invocation<'_>,
    flags: &List,
    table: &'t ClientTable,
) -> Result<Vec<FoundSection<'t>>, Failure> {
    let env = invocation.env;
    let directory = invocation.project_to_read(&flags.project);
    let project = Project::new(&directory, flags.project.follow_links);
    let homes = invocation.homes(table);
    let sections = survey(table, &homes, env, &project).map_err(|error| Failure::error(&error))?;
    Ok(on_this_machine(sections, &declared_clients(invocation), env))
}

fn unreadable(invocation: &Invocation<'_>, section: &FoundSection<'_>) -> Option<Diagnostic> {
    let error = section.entries.as_ref().err()?;
    let shown = invocation.env.display(&section.path);
    let title = format!("cannot read the servers of {}: {error}", section.client.title);
    let doctor = invocation.suggest.undeclared("doctor");
    let warning = Diagnostic::warning(title).in_file(shown, None);
    Some(warning.help(format!("find out more with {doctor}")))
}

fn named<'a>(
    invocation: &Invocation<'_>,
    names: &[String],
    all: Vec<ServerOverview<'a>>,
    model: Option<&Model>,
) -> Result<Vec<ServerOverview<'a>>, Failure> {
    let is_named = |server: &ServerOverview<'_>, name: &String| {
        let entries = || server.ways.iter().any(|way| way.entry == Some(name));
        server.name == *name || entries() || (name.contains("://") && server.has_url(name))
    };
    let excluded = || model.into_iter().flat_map(|model| &model.excluded);
    let is_known = |name: &String| {
        all.iter().any(|server| is_named(server, name))
            || excluded().any(|server| server.name == *name)
    };
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let known = all.iter().map(|server| server.name.as_str());
        let otherwise = "pass the name of a declared server or of an entry, or a URL";
        return Err(unknown_server(invocation, name, model, known, otherwise));
    }
    let wanted = |server: &ServerOverview<'_>| {
        names.is_empty() || names.iter().any(|name| is_named(server, name))
    };
    Ok(all.into_iter().filter(wanted).collect())
}

fn advice(invocation: &Invocation<'_>, servers: &[ServerOverview<'_>]) -> String {
    let mut lines = about_files(invocation, servers);
    lines.extend(about_sign_ins(invocation, servers));
    let gap = if lines.is_empty() || servers.is_empty() { "" } else { "\n" };
    let lines = lines.into_iter().map(|line| line + "\n");
    gap.to_owned() + &lines.collect::<String>()
}

// What to do about the declaration and the clients' files.
fn about_files(invocation: &Invocation<'_>, servers: &[ServerOverview<'_>]) -> Vec<String> {
    let suggest = &invocation.suggest;
    if servers.is_empty() {
        let (init, path) = (suggest.mcpgen("init"), invocation.declaration_path());
        return vec![match path.exists() {
            true => format!("declare servers in {}", invocation.env.display(&path)),
            false => format!("write a first declaration with {init}"),
        }];
    }
    let any = |state: EntryState| {
        servers.iter().flat_map(|server| &server.ways).any(|way| way.state == state)
    };
    let mut lines = vec![];
    if any(EntryState::NotWritten) {
        lines.push(format!("write the declared servers with {}", suggest.mcpgen("apply")));
    }
    if any(EntryState::Edited) {
        lines.push(format!("see what was edited with {}", suggest.mcpgen("plan --diff")));
    }
    lines
}

// What to do about sign-ins that are missing or not shared.
fn about_sign_ins(invocation: &Invocation<'_>, servers: &[ServerOverview<'_>]) -> Vec<String> {
    let suggest = &invocation.suggest;
    let missing = servers.iter().filter(|server| server.needs_sign_in());
    let missing: Vec<&str> = missing.map(|server| server.name.as_str()).collect();
    let separate = servers.iter().any(|server| server.is_split() && server.declared.is_none());
    let mut lines = vec![];
    if !missing.is_empty() {
        lines.push(format!("sign in with {}", suggest.mcpgen("login").operands(missing)));
    }
    if separate {
        let next = match invocation.declaration_path().exists() {
            true => "declare the server once",
            false => "declare the servers of your clients",
        };
        let import = suggest.mcpgen(match invocation.declaration_path().exists() {
            true => "import",
            false => "init --import",
        });
        lines.push(format!("to share a sign-in, {next}: {import}"));
    }
    lines
}
