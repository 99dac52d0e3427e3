//! The clients of a declaration.

use crate::client::ClientTable;
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, Spanned};
use crate::paths::Environment;
use crate::similar::similar_name;
use crate::suggest::Suggest;

/// Returns the names in `clients` at the top of a declaration, sorted.
pub fn build(
    fields: Fields<'_>,
    table: &ClientTable,
    (env, suggest): (&Environment, &Suggest),
    errors: &mut DeclarationErrors,
) -> Vec<String> {
    match fields.strings("clients") {
        Some(list) if fields.is_empty("clients") => {
            let remove = suggest.apply("apply --none");
            errors
                .at(&list, "`clients` is empty", "add at least one client")
                .add_help(format!("{remove} removes all entries"));
            vec![]
        }
        Some(list) => known_clients(&list.value, table, suggest, errors),
        None => {
            if fields.key_span("clients").is_none() && errors.complete {
                errors
                    .in_file("`clients` is missing at the top level")
                    .add_note("`clients` lists the clients whose files mcpgen writes")
                    .add_help(format!("add the first line: clients = [{}]", suggested(table, env)));
            }
            vec![]
        }
    }
}

// The clients found on this machine, or two examples.
fn suggested(table: &ClientTable, env: &Environment) -> String {
    let found: Vec<String> = table.found(env).iter().map(|c| format!("\"{}\"", c.name)).collect();
    if found.is_empty() { "\"claude-code\", \"cursor\"".to_owned() } else { found.join(", ") }
}

/// Returns the names that the client table has, sorted, and reports the others.
pub fn known_clients(
    list: &[Spanned<String>],
    table: &ClientTable,
    suggest: &Suggest,
    errors: &mut DeclarationErrors,
) -> Vec<String> {
    let mut known = vec![];
    for name in list {
        if table.has(&name.value) {
            known.push(name.value.clone());
            continue;
        }
        let all = || format!("run {} to list all clients", suggest.undeclared("clients"));
        errors
            .at(name, format!("client `{}` not found", name.value), "unknown client")
            .add_help(similar_name("a client", &name.value, table.names()).unwrap_or_else(all));
    }
    known.sort();
    known.dedup();
    known
}
