//! The servers that a command works on.

use super::{Failure, Invocation};
use crate::diagnostic::Diagnostic;
use crate::model::{ExcludedServer, Exclusion, Model};
use crate::similar::similar_name;

/// Returns the error for a name that selects no server. `known` are the names that do, and `otherwise` says what to pass
/// if none of them is similar.
pub fn unknown_server<'a>(
    invocation: &Invocation<'_>,
    name: &str,
    model: Option<&Model>,
    known: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> Failure {
    let mut disabled = model.into_iter().flat_map(|model| &model.disabled);
    if disabled.any(|server| server.name == name) {
        return Failure::usage(disabled_server(invocation, name));
    }
    let mut excluded = model.into_iter().flat_map(|model| &model.excluded);
    if let Some(server) = excluded.find(|server| server.name == name) {
        return Failure::usage(excluded_server(invocation, server));
    }
    let help = similar_name("a server", name, known).unwrap_or_else(|| otherwise.to_owned());
    Failure::usage(Diagnostic::error(format!("no server is named `{name}`")).help(help))
}

/// Returns the error for a server with `enabled = false`.
pub fn disabled_server(invocation: &Invocation<'_>, name: &str) -> Diagnostic {
    let file = invocation.env.display(&invocation.declaration_path());
    Diagnostic::error(format!("server `{name}` is disabled"))
        .in_file(file, None)
        .help("write `enabled = true`")
}

// Returns the error for a server that this machine does not get.
fn excluded_server(invocation: &Invocation<'_>, server: &ExcludedServer) -> Diagnostic {
    let ExcludedServer { name, exclusion } = server;
    let file = invocation.env.display(&invocation.declaration_path());
    let title = format!("server `{name}` is not on this machine: {exclusion}");
    let error = Diagnostic::error(title).in_file(file, None);
    match exclusion {
        Exclusion::Sets(sets) => {
            let set = sets.first().map(String::as_str).unwrap_or_default();
            error.help(format!("pass `--set {set}`, or write sets = [\"{set}\"] in [machine]"))
        }
        Exclusion::Hosts(..) => error.help("add this host to `hosts` of the server"),
        Exclusion::Os(_) => error.help("add this operating system to `os` of the server"),
    }
}
