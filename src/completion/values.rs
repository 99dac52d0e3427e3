//! The values that each argument can have.

use clap::{Arg, ValueHint};

/// What the values of an argument are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// All clients that mcpgen knows.
    KnownClients,
    /// Names in the declaration.
    Declared(DeclaredNames),
    /// The entries that mcpgen wrote.
    WrittenEntries,
    /// The owners in the ledger.
    Owners,
    /// The values that the parser accepts.
    Possible,
    /// Files, which the shell completes.
    Files,
    /// Directories, which the shell completes.
    Directories,
    /// Anything.
    Free,
}

/// Names in a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredNames {
    /// The clients.
    Clients,
    /// The servers.
    Servers,
    /// The servers that people or programs sign in to.
    SignInServers,
    /// The entries that the servers can replace.
    Adoptable,
    /// The sets.
    Sets,
    /// The names in the keyring that are referred to.
    Keyring,
}

/// The arguments whose values are names, by the command and the name of the argument. The first row that matches
/// counts, and `*` is every command.
const NAMES: &[(&str, &str, ValueKind)] = &[
    ("import", "clients", ValueKind::KnownClients),
    ("*", "clients", ValueKind::Declared(DeclaredNames::Clients)),
    ("merge", "client", ValueKind::Declared(DeclaredNames::Clients)),
    ("login", "servers", ValueKind::Declared(DeclaredNames::SignInServers)),
    ("logout", "servers", ValueKind::Declared(DeclaredNames::SignInServers)),
    ("refresh", "servers", ValueKind::Declared(DeclaredNames::SignInServers)),
    ("token", "server", ValueKind::Declared(DeclaredNames::SignInServers)),
    ("*", "servers", ValueKind::Declared(DeclaredNames::Servers)),
    ("*", "server", ValueKind::Declared(DeclaredNames::Servers)),
    ("*", "adopt", ValueKind::Declared(DeclaredNames::Adoptable)),
    ("merge", "remove", ValueKind::WrittenEntries),
    ("*", "owner", ValueKind::Owners),
    ("*", "inherit", ValueKind::Owners),
    ("*", "set", ValueKind::Declared(DeclaredNames::Sets)),
    ("*", "sets", ValueKind::Declared(DeclaredNames::Sets)),
    ("set", "name", ValueKind::Declared(DeclaredNames::Keyring)),
    ("get", "name", ValueKind::Declared(DeclaredNames::Keyring)),
    ("rm", "name", ValueKind::Declared(DeclaredNames::Keyring)),
];

/// Returns what the values of an argument of a command are.
pub fn kind(command: &str, argument: &Arg) -> ValueKind {
    let id = argument.get_id().as_str();
    let named = NAMES.iter().find(|(of, name, _)| *name == id && (*of == "*" || *of == command));
    if let Some((_, _, kind)) = named {
        return *kind;
    }
    if !argument.get_possible_values().is_empty() {
        return ValueKind::Possible;
    }
    hinted(argument.get_value_hint())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "clap's enum is non-exhaustive")]
fn hinted(hint: ValueHint) -> ValueKind {
    match hint {
        ValueHint::DirPath => ValueKind::Directories,
        ValueHint::FilePath | ValueHint::AnyPath | ValueHint::ExecutablePath => ValueKind::Files,
        _ => ValueKind::Free,
    }
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, Command, CommandFactory as _};

    use super::*;
    use crate::cli::Cli;

    // The arguments without candidates, because only the user knows their values.
    const FREE: &[&str] = &[
        "add.command",
        "add.env",
        "add.header",
        "add.name",
        "add.secret",
        "add.target",
        "add.token",
        "bridge.args",
        "headers.header",
        "login.authorize_param",
        "login.callback_path",
        "login.client_id",
        "login.client_metadata_url",
        "login.client_secret",
        "login.header",
        "login.host",
        "login.issuer",
        "login.port",
        "login.private_key",
        "login.resource",
        "login.scope",
        "login.static_oauth_client_metadata",
        "login.timeout",
        "login.token_endpoint",
        "refresh.every",
        "render.host",
        "verify.jobs",
        "verify.timeout",
    ];

    fn free(command: &Command, found: &mut Vec<String>) {
        for argument in command.get_arguments().filter(|it| !it.is_hide_set()) {
            let has_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
            if has_value && kind(command.get_name(), argument) == ValueKind::Free {
                found.push(format!("{}.{}", command.get_name(), argument.get_id()));
            }
        }
        let shown =
            command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
        shown.for_each(|subcommand| free(subcommand, found));
    }

    #[test]
    fn every_argument_has_candidates_or_is_known_to_have_none() {
        let mut command = Cli::command().name("mcpgen");
        command.build();
        let mut found = vec![];
        free(&command, &mut found);
        found.sort();
        assert_eq!(found, FREE, "add an argument to NAMES or to FREE");
    }
}
