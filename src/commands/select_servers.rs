//! The servers that a command works on.

use super::{Failure, Invocation};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
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
