//! `mcpgen` without a command: what is on this machine, and what comes next.

use std::collections::BTreeSet;

use super::planned::plan_scope;
use super::records::load;
use super::sign_ins::signed_out;
use super::starter::has_starter;
use super::{Done, Failure, Invocation, count, eprint_diagnostics, in_files, print, report};
use crate::cli::{Exit, Scope};
use crate::client::ClientTable;
use crate::diagnostic::Diagnostic;
use crate::display::first_names;

const WHAT: &str = "One declaration of your MCP servers, written into every AI client's own file,\n\
                    and one sign-in for all clients.\n";

/// What the screen says: the state, and the next steps.
#[derive(Default)]
struct Screen {
    state: Vec<String>,
    steps: Vec<String>,
}

pub fn run(invocation: &Invocation<'_>) -> Done {
    let table = invocation.table()?;
    let declared = invocation.declaration_path().exists() && !has_starter(invocation);
    let screen = match declared {
        true => with_declaration(invocation, &table)?,
        false => without_declaration(invocation, &table)?,
    };
    let step = |(at, step): (usize, &String)| match at {
        0 => format!("next: {step}\n"),
        _ => format!("      {step}\n"),
    };
    let steps: String = screen.steps.iter().enumerate().map(step).collect();
    let help = invocation.suggest.undeclared("--help");
    print(&format!("{}\n\n{steps}all commands: {help}\n", screen.state.join("\n")))?;
    Ok(Exit::Done)
}

fn without_declaration(
    invocation: &Invocation<'_>,
    table: &ClientTable,
) -> Result<Screen, Failure> {
    let (env, suggest) = (invocation.env, &invocation.suggest);
    let mut screen = Screen { state: vec![WHAT.to_owned()], ..Screen::default() };
    let clients = table.found(env);
    screen.state.push(match clients.is_empty() {
        true => "no client was found on this machine".to_owned(),
        false => {
            let titles = clients.iter().map(|client| client.title.as_str());
            format!("clients on this machine: {}", first_names(titles))
        }
    });
    let sections = in_files::sections(invocation, table)?;
    let declaration = invocation.declaration_path();
    let servers = in_files::undeclared(invocation, &declaration, table, &sections);
    if servers.is_empty() {
        screen
            .steps
            .push(format!("declare a first server with {}", suggest.mcpgen("add NAME URL")));
        return Ok(screen);
    }
    let names = servers.iter().map(|server| server.name.as_str());
    screen.state.push(format!("servers in their files: {}", first_names(names)));
    let separate = servers.iter().filter(|server| server.is_split());
    let separate: Vec<&str> = separate.map(|server| server.name.as_str()).collect();
    if !separate.is_empty() {
        screen.state.push(format!("separate sign-ins: {}", first_names(separate)));
    }
    let (setup, import) = (suggest.mcpgen("setup"), suggest.mcpgen("init --import"));
    screen.steps.push(format!("share the servers and their sign-ins, step by step: {setup}"));
    screen.steps.push(format!("or only declare the servers: {import}"));
    Ok(screen)
}

fn with_declaration(invocation: &Invocation<'_>, table: &ClientTable) -> Result<Screen, Failure> {
    let suggest = &invocation.suggest;
    let shown = invocation.env.display(&invocation.declaration_path());
    let model = match invocation.model(table) {
        Ok(model) => model,
        Err(failure) if failure.is_usage() => return Err(failure),
        Err(_) => {
            let state = vec![format!("{shown} has errors")];
            let steps = vec![format!("list them with {}", suggest.mcpgen("check"))];
            return Ok(Screen { state, steps });
        }
    };
    let mut screen = Screen::default();
    let (servers, clients) = (model.servers.len(), model.clients.len());
    let (servers, clients) = (count(servers, "server"), count(clients, "client"));
    screen.state.push(format!("{shown}: {servers} for {clients}"));
    let excluded = report::excluded::line(&model.excluded);
    screen.state.extend(excluded.lines().map(str::to_owned));
    let changes = changes(invocation, table)?;
    screen.state.push(match changes {
        0 => "the clients' files are up to date".to_owned(),
        changes => format!("not written yet: changes in {}", count(changes, "file")),
    });
    if changes > 0 {
        let (plan, apply) = (suggest.mcpgen("plan"), suggest.mcpgen("apply"));
        screen.steps.push(format!("see the changes with {plan}, and write them with {apply}"));
    }
    let missing = signed_out(&model, invocation.env);
    let all = model.servers.iter().filter(|server| server.is_oauth()).count();
    if all > 0 {
        let (signed_in, all) = (all - missing.len(), count(all, "server"));
        screen.state.push(format!("signed in to {signed_in} of {all}"));
    }
    if !missing.is_empty() {
        let login = suggest.mcpgen("login").operands(missing).or("mcpgen login");
        screen.steps.push(format!("sign in, once for all clients: {login}"));
    }
    if screen.steps.is_empty() {
        screen
            .steps
            .push(format!("nothing; start every server once with {}", suggest.mcpgen("verify")));
    }
    Ok(screen)
}

// Counts the files that an apply would change, and reports what prevents it.
fn changes(invocation: &Invocation<'_>, table: &ClientTable) -> Result<usize, Failure> {
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, table, &Scope::default(), &mut ledger)?;
    let errors: Vec<Diagnostic> =
        planned.faults.iter().filter(|error| error.is_error()).cloned().collect();
    eprint_diagnostics(&errors, invocation.terminal);
    let changed = planned.targets.iter().filter(|target| report::is_reported(target));
    Ok(changed.map(|target| target.job.path()).collect::<BTreeSet<_>>().len())
}
