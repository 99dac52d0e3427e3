//! The clients that a command works on.

use super::{Failure, Invocation};
use crate::client::{Client, ClientTable};
use crate::diagnostic::Diagnostic;
use crate::similar::similar_name;

/// Selects declared clients by name, or all of them if no name is given.
pub fn pick<'t>(
    invocation: &Invocation<'_>,
    named: &[String],
    declared: &[String],
    table: &'t ClientTable,
) -> Result<Vec<&'t Client>, Failure> {
    if let Some(name) = named.iter().find(|name| !declared.contains(name)) {
        return Err(Failure::usage(match table.get(name) {
            Some(_) => not_declared(name, declared),
            None => unknown_client(invocation, name, table),
        }));
    }
    let names = if named.is_empty() { declared } else { named };
    Ok(table.those(names).collect())
}

pub fn not_declared(name: &str, declared: &[String]) -> Diagnostic {
    let all = declared.iter().map(String::as_str).chain([name]);
    let all: Vec<String> = all.map(|name| format!("\"{name}\"")).collect();
    Diagnostic::error(format!("`{name}` is not among the declared clients"))
        .note(format!("the declaration has: {}", declared.join(", ")))
        .help(format!("to add it, write clients = [{}]", all.join(", ")))
}

pub fn unknown_client(invocation: &Invocation<'_>, name: &str, table: &ClientTable) -> Diagnostic {
    let error = Diagnostic::error(format!("no client is named `{name}`"));
    let list = || format!("{} lists the known clients", invocation.suggest.undeclared("clients"));
    error.help(similar_name("a client", name, table.names()).unwrap_or_else(list))
}
