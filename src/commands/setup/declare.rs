//! The step that declares the servers in the clients' files, with a shared sign-in and without secrets.

use super::super::declaration_file::DeclarationFile;
use super::super::import::{ImportRun, about_secrets, import_sections};
use super::super::{Failure, count, eprint_diagnostics, eprint_text, init, print};
use super::found::{Found, find};
use super::secrets::{SecretChoice, choose};
use super::{Flow, Reply, SetupRun, correct, versions};
use crate::cli::Exit;
use crate::declaration::Declaration;
use crate::declaration::server_table::{append, with_clients, with_more_clients};
use crate::diagnostic::Diagnostic;
use crate::display::first_names;
use crate::fields::Fields;
use crate::import::{ChosenVersions, SecretPolicy, SignInAnswers, SignInNeed};
use crate::model::native::NATIVE;
use crate::suggest::ShellCommand;
use crate::survey::FoundSection;

pub fn run(session: &mut SetupRun<'_>) -> Result<Flow, Failure> {
    let found = find(session)?;
    session.exit = session.exit.and(found.preview.exit);
    let servers = found.preview.import.servers;
    if servers == 0 {
        return nothing_to_declare(session, &found);
    }
    let clients =
        found.sections.iter().filter(|it| it.entries.as_ref().is_ok_and(|e| !e.is_empty()));
    let clients = first_names(clients.map(|section| section.client.title.as_str()));
    let not_declared = if session.is_undeclared() { "" } else { ", not declared yet" };
    eprint_text(&format!("found {} in {clients}{not_declared}\n", count(servers, "server")));
    found.lines.iter().for_each(|line| eprint_text(&format!("  {line}\n")));
    eprint_diagnostics(&found.preview.faults, session.invocation.terminal);

    let answers = match share(session, &found) {
        Some(answers) => answers,
        None => return Ok(Flow::Quit),
    };
    let (policy, sections) = match choose(session, &found.preview.import) {
        SecretChoice::Move(policy) => (policy, found.sections),
        SecretChoice::Leave => (SecretPolicy::Env, without_secrets(session, found.sections)),
        SecretChoice::Stop => return Ok(Flow::Quit),
    };
    let ask = |_| answers.clone();
    let (invocation, table) = (session.invocation, session.table);
    let import = |chosen: &ChosenVersions| {
        import_sections(invocation, table, &sections, (policy, chosen), &ask)
    };
    let mut run = import(&ChosenVersions::new());
    if run.import.servers == 0 {
        return Ok(Flow::Next);
    }
    if !session.flags.yes {
        match versions::choose(session, &run.import.differences) {
            Some(chosen) => run = import(&chosen),
            None => return Ok(Flow::Quit),
        }
    }
    match session.is_undeclared() {
        true => {
            without_npx(session, &mut run);
            write_new(session, &run, policy)
        }
        false => add(session, &run, policy),
    }
}

fn nothing_to_declare(session: &SetupRun<'_>, found: &Found<'_>) -> Result<Flow, Failure> {
    let invocation = session.invocation;
    if session.is_undeclared() {
        eprint_diagnostics(&found.preview.faults, invocation.terminal);
        let add = invocation.suggest.mcpgen("add NAME URL");
        eprint_text(&format!(
            "no client's file contains a server; declare the first server with {add}\n"
        ));
        return Ok(Flow::Quit);
    }
    let errors = found.preview.faults.iter().filter(|fault| fault.is_error());
    let errors: Vec<Diagnostic> = errors.cloned().collect();
    eprint_diagnostics(&errors, invocation.terminal);
    if !found.lines.is_empty() {
        let import = invocation.suggest.mcpgen("import");
        let names = found.lines.join("; ");
        eprint_text(&format!("not declared: {names}\nto see why: {import}\n"));
    }
    Ok(Flow::Next)
}

// Returns the responses that the declaration is made from. `None` if the person wants to stop.
fn share(session: &SetupRun<'_>, found: &Found<'_>) -> Option<SignInAnswers> {
    let mut answers = found.answers.clone();
    if found.separate.is_empty() {
        return Some(answers);
    }
    let names = first_names(found.separate.iter().map(String::as_str));
    let question = format!("\nshare one sign-in to {names} between all clients?");
    match session.questions.ask(&question) {
        Reply::Yes => {}
        Reply::No => answers.retain(|_, need| *need != SignInNeed::Required),
        Reply::Quit => return None,
    }
    Some(answers)
}

// If `npx` is not installed, clients start mcpgen's own bridge.
fn without_npx(session: &SetupRun<'_>, run: &mut ImportRun) {
    let text = &mut run.import.text;
    let (declared, _) = Declaration::parse("mcp.toml", text);
    let is_remote = |fields: &Fields<'_>| fields.key_span("url").is_some();
    let needs_bridge = declared.fields().key_span("launch").is_none()
        && declared.servers().iter().any(|(_, fields)| is_remote(fields));
    if needs_bridge && session.invocation.env.find_program("npx").is_none() {
        eprint_text("`npx` was not found, so clients start mcpgen's own bridge\n");
        let words: Vec<String> = NATIVE.iter().map(|word| format!("\"{word}\"")).collect();
        *text += &format!("\n[launch]\nbridge = [{}]\n", words.join(", "));
    }
}

// Removes the entries that contain a secret.
fn without_secrets<'t>(
    session: &SetupRun<'_>,
    sections: Vec<FoundSection<'t>>,
) -> Vec<FoundSection<'t>> {
    let has_secret = |section: &FoundSection<'_>| {
        let none = |_| SignInAnswers::new();
        let (invocation, slice) = (session.invocation, std::slice::from_ref(section));
        let choices = (SecretPolicy::Ask, &ChosenVersions::new());
        let import = import_sections(invocation, session.table, slice, choices, &none).import;
        !import.keyring.is_empty() || !import.inputs.is_empty()
    };
    let single = sections.into_iter().flat_map(FoundSection::split);
    single.filter(|section| !has_secret(section)).collect()
}

fn command(session: &SetupRun<'_>, run: &ImportRun, policy: SecretPolicy) -> ShellCommand {
    let suggest = &session.invocation.suggest;
    let command = match session.flags.no_probe {
        true => suggest.mcpgen("init --import"),
        false => suggest.mcpgen("init --import --probe"),
    };
    let word = match policy {
        SecretPolicy::Keyring => "keyring",
        SecretPolicy::File => "file",
        SecretPolicy::Env | SecretPolicy::Ask => "env",
    };
    let has_secrets = !run.import.variables.is_empty() || !run.import.keyring.is_empty();
    if has_secrets { command.option("--secrets", word) } else { command }
}

fn write_new(
    session: &mut SetupRun<'_>,
    run: &ImportRun,
    policy: SecretPolicy,
) -> Result<Flow, Failure> {
    let invocation = session.invocation;
    let shown = invocation.env.display(&invocation.declaration_path());
    let command = command(session, run, policy);
    session.title("the declaration", &command);
    print(&indented(run.text()))?;
    match session.offer(&question(&format!("write this to {shown}"), run, policy), &command) {
        Reply::Yes => {}
        // Without a declaration, no other step has anything to do.
        Reply::No | Reply::Quit => return Ok(Flow::Quit),
    }
    run.keep(invocation)?;
    init::write(invocation, run)?;
    wrote(session, run, policy, &shown);
    if run.import.decisions > 0 {
        return correct::run(session);
    }
    Ok(Flow::Next)
}

fn add(session: &mut SetupRun<'_>, run: &ImportRun, policy: SecretPolicy) -> Result<Flow, Failure> {
    let invocation = session.invocation;
    let shown = invocation.env.display(&invocation.declaration_path());
    let import = invocation.suggest.mcpgen("import");
    let later = |session: &mut SetupRun<'_>, why: &str| {
        eprint_text(&format!("{why}, so nothing is added to {shown}\n"));
        session.left.push(import.clone());
        session.exit = session.exit.and(Exit::Error);
    };
    if run.import.decisions > 0 {
        later(session, "the clients' entries differ");
        return Ok(Flow::Next);
    }
    let file = DeclarationFile::read(invocation)?;
    let new = extended(file.text(invocation)?, run);
    if let Err(errors) = DeclarationFile::check(invocation, session.table, &new) {
        eprint_diagnostics(&errors, invocation.terminal);
        later(session, "the declaration would have errors");
        return Ok(Flow::Next);
    }
    session.title("new in the declaration", &import);
    print(&indented(&run.text()[run.import.servers_at..]))?;
    match session.offer(&question(&format!("add this to {shown}"), run, policy), &import) {
        Reply::Yes => {}
        Reply::No => return Ok(Flow::Next),
        Reply::Quit => return Ok(Flow::Quit),
    }
    run.keep(invocation)?;
    file.write(invocation, &new)?;
    wrote(session, run, policy, &shown);
    Ok(Flow::Next)
}

// The declaration with the imported servers. If they come from other clients than the declared ones, these clients are
// declared too.
fn extended(text: &str, run: &ImportRun) -> String {
    let clients = |text: &str| -> Vec<String> {
        let (declaration, _) = Declaration::parse("mcp.toml", text);
        let list = declaration.fields().strings("clients").map(|list| list.value);
        list.into_iter().flatten().map(|name| name.value).collect()
    };
    let (declared, imported) = (clients(text), clients(run.text()));
    let tables = &run.text()[run.import.servers_at..];
    let is_same =
        declared.len() == imported.len() && imported.iter().all(|it| declared.contains(it));
    let narrowed = if is_same { None } else { with_clients(tables, &imported).ok() };
    let text = with_more_clients(text, &imported).unwrap_or_else(|_| text.to_owned());
    append(&text, narrowed.as_deref().unwrap_or(tables))
}

fn question(write: &str, run: &ImportRun, policy: SecretPolicy) -> String {
    let moved = match policy {
        SecretPolicy::Keyring => run.import.keyring.len(),
        SecretPolicy::File => run.import.variables.len(),
        SecretPolicy::Env | SecretPolicy::Ask => 0,
    };
    match moved {
        0 => format!("{write}?"),
        moved => format!("move {} and {write}?", count(moved, "secret")),
    }
}

fn wrote(session: &mut SetupRun<'_>, run: &ImportRun, policy: SecretPolicy, shown: &str) {
    session.changed = true;
    let secrets = about_secrets(session.invocation, &run.import, policy);
    let lines = secrets.into_iter().chain([format!("wrote {shown}")]);
    lines.for_each(|line| eprint_text(&format!("{line}\n")));
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    text.trim().lines().map(line).collect()
}
