//! `remove`: removes servers from the declaration.

use super::declaration_file::DeclarationFile;
use super::{Done, Failure, Invocation, count, eprint_text};
use crate::cli::{Exit, Remove};
use crate::declaration::server_table::remove;
use crate::diagnostic::Diagnostic;
use crate::similar::similar_name;

pub fn run(invocation: &Invocation<'_>, flags: &Remove) -> Done {
    let (declaration, _) = invocation.declaration()?;
    let known: Vec<String> =
        declaration.servers().into_iter().map(|(name, _)| name.value).collect();
    if let Some(name) = flags.servers.iter().find(|name| !known.contains(name)) {
        return Err(Failure::usage(unknown(invocation, name, &known)));
    }
    for name in &flags.servers {
        let Some((path, position)) = declaration.included_server(name) else { continue };
        let error = Diagnostic::error(format!("server `{name}` is declared in an included file"));
        let error = error.in_file(path, Some(position));
        return Err(Failure::usage(error.help("remove the table of the server from that file")));
    }
    let file = DeclarationFile::read(invocation)?;
    let mut text = file.text(invocation)?.to_owned();
    for name in &flags.servers {
        text = remove(&text, name).map_err(|error| Diagnostic::error(error.to_string()))?;
    }
    file.write(invocation, &text)?;
    let shown = invocation.env.display(&invocation.declaration_path());
    eprint_text(&format!(
        "removed {} from {shown}\nnext: remove it from the clients' files: {}\n",
        count(flags.servers.len(), "server"),
        invocation.suggest.mcpgen("apply")
    ));
    Ok(Exit::Done)
}

fn unknown(invocation: &Invocation<'_>, name: &str, known: &[String]) -> Diagnostic {
    let shown = invocation.env.display(&invocation.declaration_path());
    let error = Diagnostic::error(format!("`{shown}` has no server `{name}`"));
    let names = known.iter().map(String::as_str);
    match similar_name("a server", name, names) {
        Some(similar) => error.help(similar),
        None => {
            error.help(format!("the servers are listed by {}", invocation.suggest.mcpgen("list")))
        }
    }
}
