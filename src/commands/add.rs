//! `add`: adds a server to the declaration.

use std::io::Read as _;

use serde_json::Value;

use super::declaration_file::DeclarationFile;
use super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text, import, unknown_client};
use crate::cli::{Add, Exit};
use crate::client::ClientTable;
use crate::declaration::Declaration;
use crate::declaration::server_table::{ServerOptions, append, with_options};
use crate::diagnostic::Diagnostic;
use crate::display::printable;
use crate::fs;
use crate::import::{Import, ImportNote, SecretPolicy, pasted};
use crate::model::{Auth, Model, Reach, portable_name};

mod entry;
mod registry;
mod sign_in;

pub fn run(invocation: &Invocation<'_>, flags: &Add) -> Done {
    let table = invocation.table()?;
    if let Some(name) = flags.clients.iter().find(|name| table.get(name).is_none()) {
        return Err(Failure::usage(unknown_client(invocation, name, &table)));
    }
    if let Some(name) = &flags.name {
        check_name(name)?;
    }
    let mut options = options(invocation, flags)?;
    let source = match &flags.from {
        None => entry::from_flags(flags)?.to_string(),
        Some(path) => read(invocation, path.as_str())?,
    };
    let registered = flags.from.as_ref().and_then(|_| registry::read(&source));
    let (source, name) = match registered {
        None => (source, flags.name.clone()),
        Some(server) => {
            let server = server?;
            options.secrets.extend(server.secrets);
            (server.entry.to_string(), Some(flags.name.clone().unwrap_or(server.name)))
        }
    };
    let secrets = SecretPolicy::from(flags.secrets);
    let imported = pasted(&source, name.as_deref(), &table, invocation.env, secrets)
        .ok_or_else(|| no_entry(invocation, flags))?;
    let tables = tables(&imported, &options)?;
    let file = DeclarationFile::read(invocation)?;
    let text = file.text(invocation)?;
    check_new(invocation, &table, text, &tables)?;
    let tables = sign_in::declare(invocation, flags, tables);
    let new = match text.trim().is_empty() {
        false => append(text, &tables),
        true => append(&head(invocation, flags, &table)?, &tables),
    };
    let model = DeclarationFile::check(invocation, &table, &new)?;
    import::keep(invocation, &imported, secrets)?;
    file.write(invocation, &new)?;
    report(invocation, &imported, &tables, &model);
    Ok(Exit::Done)
}

fn check_name(name: &str) -> Result<(), Failure> {
    let portable = portable_name(name, &[]);
    if portable == *name {
        return Ok(());
    }
    let error = Diagnostic::error(format!("`{}` is not a name of a server", printable(name)))
        .note("a name starts with a letter and contains only letters, digits and `-`");
    Err(Failure::usage(error.help(format!("for example `{portable}`"))))
}

fn options(invocation: &Invocation<'_>, flags: &Add) -> Result<ServerOptions, Failure> {
    let mut secrets = vec![];
    for pair in &flags.secret {
        let (name, reference) = pair.split_once('=').ok_or_else(|| {
            let fault = Diagnostic::error("`--secret` expects NAME=REF");
            Failure::usage(fault.help("for example `--secret API_KEY=keyring:acme`"))
        })?;
        secrets.push((name.to_owned(), reference.to_owned()));
    }
    let (oauth, token, clients) = (flags.oauth, flags.token.clone(), flags.clients.clone());
    let sets = invocation.global.sets.clone();
    Ok(ServerOptions { oauth, token, secrets, clients, sets })
}

fn read(invocation: &Invocation<'_>, path: &str) -> Result<String, Failure> {
    let bytes = if path == "-" {
        let mut bytes = vec![];
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        bytes
    } else {
        let path = invocation.env.absolute(path.into());
        let found = fs::read(&path).map_err(|error| Failure::error(&error))?;
        found.ok_or_else(|| {
            let shown = invocation.env.display(&path);
            Diagnostic::error(format!("file `{shown}` not found"))
                .help("name a file with an entry, or pass `--from -` and paste the entry")
        })?
    };
    String::from_utf8(bytes).map_err(|_| Diagnostic::error("the entry is not UTF-8").into())
}

fn no_entry(invocation: &Invocation<'_>, flags: &Add) -> Diagnostic {
    let error = Diagnostic::error("there is no entry of a server in the text");
    let error =
        error.note("an entry has a `command` or a `url`, for example {\"command\": \"npx\"}");
    match flags.name {
        Some(_) => error.help("copy the entry with its braces, and try again"),
        None => {
            let add = invocation.suggest.mcpgen("add NAME --from -");
            error.help(format!("if the entry has no name, name it: {add}"))
        }
    }
}

fn tables(imported: &Import, options: &ServerOptions) -> Result<String, Failure> {
    if imported.decisions > 0 {
        let names = imported.keyring.keys().chain(&imported.inputs).map(|name| format!("`{name}`"));
        let names: Vec<String> = names.collect();
        let error = Diagnostic::error("the entry contains a secret, which stays out of mcp.toml")
            .note(format!("its name in the keyring: {}", names.join(", ")));
        return Err(error
            .help("pass `--secrets keyring` to move it to the keyring")
            .help("or `--secrets file` to move it to a file that only you can read")
            .help("or `--secrets env` to refer to an environment variable")
            .into());
    }
    let tables = &imported.text[imported.servers_at..];
    with_options(tables, options).map_err(|error| {
        Diagnostic::error(format!("cannot make a table of the entry: {error}")).into()
    })
}

// The declaration must be correct, and must not have the server yet.
fn check_new(
    invocation: &Invocation<'_>,
    table: &ClientTable,
    text: &str,
    tables: &str,
) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Ok(());
    }
    DeclarationFile::check(invocation, table, text)?;
    let names = |text: &str| -> Vec<String> {
        let (declaration, _) = Declaration::parse("mcp.toml", text);
        declaration.servers().into_iter().map(|(name, _)| name.value).collect()
    };
    let known = names(text);
    match names(tables).into_iter().find(|name| known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let remove = invocation.suggest.mcpgen("remove").operand(&name);
            let remove = remove.or("mcpgen remove");
            let error = format!("the declaration already has a server `{name}`");
            Err(Diagnostic::error(error)
                .help(format!("choose another name, or remove the server with {remove}"))
                .into())
        }
    }
}

// The start of a new declaration.
fn head(invocation: &Invocation<'_>, flags: &Add, table: &ClientTable) -> Result<String, Failure> {
    let found = table.found(invocation.env);
    let found = found.iter().map(|client| client.name.clone());
    let clients = if flags.clients.is_empty() { found.collect() } else { flags.clients.clone() };
    if clients.is_empty() {
        let error = Diagnostic::error("no client was found on this machine");
        let list = invocation.suggest.mcpgen("clients");
        return Err(error.help(format!("name one with `--client`; {list} lists them")).into());
    }
    Ok(format!("clients = {}\n", Value::from(clients)))
}

fn report(invocation: &Invocation<'_>, imported: &Import, tables: &str, model: &Model) {
    let shown = invocation.env.display(&invocation.declaration_path());
    let note = |note: &ImportNote| Diagnostic::of_warning(&note.why);
    let notes: Vec<Diagnostic> = imported.left.iter().map(note).collect();
    eprint_diagnostics(&notes, invocation.terminal);
    eprint_text(&format!("added to {shown}:\n\n{}\n\n", tables.trim()));
    let (declaration, _) = Declaration::parse("mcp.toml", tables);
    let mut next =
        vec![format!("write the clients' files: {}", invocation.suggest.mcpgen("apply"))];
    for (name, _) in declaration.servers() {
        let server = model.servers.iter().find(|server| server.name == name.value);
        let signs_in = server.is_some_and(|server| match &server.reach {
            Reach::Remote(remote) => matches!(remote.auth, Auth::OAuth(_)),
            Reach::Local(_) => false,
        });
        if signs_in {
            let login = invocation.suggest.mcpgen("login").operand(&name.value);
            next.push(format!("sign in, once for all clients: {}", login.or("mcpgen login")));
        }
    }
    eprint_text(&format!("next: {}\n", next.join("\nthen: ")));
}
