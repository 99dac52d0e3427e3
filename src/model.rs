//! The model: a declaration that is known to be valid.
//!
//! [`build`] reports every error in the values of a declaration. Later stages do not check them again.

use std::collections::BTreeSet;

use crate::client::{ClientHomes, ClientTable};
use crate::declaration::{Declaration, DeclarationErrors};
use crate::diagnostic::Diagnostic;
use crate::paths::Environment;
use crate::suggest::Suggest;

pub mod bridge_program;
pub mod native;
pub mod shell;
pub mod url;

mod argument;
mod auth;
mod build_server;
mod clients;
mod context;
mod extra;
mod fit;
mod fit_sign_in;
mod homes;
mod identity_provider;
mod launch_settings;
mod literal_secrets;
mod machine;
mod name;
mod native_settings;
mod oauth;
mod placeholder_fix;
pub mod placeholders;
mod reach;
mod rules;
mod server;

pub use argument::{Argument, SecretArgument};
pub use launch_settings::{DEFAULT_BRIDGE, DEFAULT_SECRET_TIMEOUT, LaunchSettings};
use machine::ServerConditions;
pub use machine::{ExcludedServer, Exclusion, Machine};
pub use name::portable_name;
pub use native_settings::native_settings;
pub use oauth::{ACCOUNT_PARAM, RESERVED_PARAMS, RESERVED_PATHS};
pub use server::{
    Auth, Grant, IdentityProvider, LocalServer, OAuthSettings, Reach, RemoteServer, Server,
    TokenScheme, Via, is_expandable,
};

/// Holds a valid declaration.
#[derive(Debug, Default)]
pub struct Model {
    /// The sorted names of the clients whose files are written.
    pub clients: Vec<String>,
    /// The homes that the declaration adds for its clients.
    pub homes: ClientHomes,
    /// How clients start bridges and mcpgen.
    pub launch: LaunchSettings,
    /// The enabled servers, sorted by name.
    pub servers: Vec<Server>,
    /// The servers with `enabled = false`.
    pub disabled: Vec<Server>,
    /// The servers that this machine does not get.
    pub excluded: Vec<ExcludedServer>,
    /// The sets of all servers.
    pub sets: BTreeSet<String>,
    /// The sets in `[machine]` that no server has.
    pub unused_sets: Vec<Diagnostic>,
}

/// Builds the model of a declaration for this machine.
///
/// # Errors
/// Fails with every invalid value.
pub fn build(
    declaration: &Declaration,
    table: &ClientTable,
    env: &Environment,
    suggest: &Suggest,
) -> Result<Model, Vec<Diagnostic>> {
    build_for(Machine::here(env, &suggest.sets), declaration, table, (env, suggest))
}

/// Builds the model of a declaration for a machine.
///
/// # Errors
/// Fails with every invalid value.
pub fn build_for(
    machine: Machine,
    declaration: &Declaration,
    table: &ClientTable,
    (env, suggest): (&Environment, &Suggest),
) -> Result<Model, Vec<Diagnostic>> {
    let mut errors = DeclarationErrors::new(declaration);
    let machine = machine.with_declared(declaration.fields(), &mut errors);
    let clients = clients::build(declaration.fields(), table, (env, suggest), &mut errors);
    let homes = homes::build(declaration.fields(), table, &clients, (env, suggest), &mut errors);
    let launch = launch_settings::build(declaration.fields().table("launch"), &mut errors);
    let providers = identity_provider::build_all(declaration, &|_| true, &mut errors);
    let (mut servers, mut disabled, mut excluded) = (vec![], vec![], vec![]);
    let mut sets = BTreeSet::new();
    let all = declaration.servers();
    let names = all.iter().map(|(name, _)| name.value.as_str()).collect();
    for (name, fields) in &all {
        let context = context::ValidationContext {
            table,
            clients: &clients,
            name,
            names: &names,
            providers: &providers,
            suggest,
            via_headers: launch.via_headers,
        };
        let server = build_server::build(&context, *fields, &mut errors);
        let conditions = ServerConditions::build(*fields, &mut errors);
        let enabled = fields.boolean("enabled").unwrap_or(true);
        match machine.excludes(&conditions) {
            Some(exclusion) => {
                excluded.push(ExcludedServer { name: name.value.clone(), exclusion });
            }
            None if enabled => servers.extend(server),
            None => disabled.extend(server),
        }
        sets.extend(conditions.sets.into_iter().flatten());
    }
    let unused_sets = machine::unused_sets(declaration, &sets);
    errors.or_value(Model {
        clients,
        homes,
        launch,
        servers,
        disabled,
        excluded,
        sets,
        unused_sets,
    })
}

/// Returns the valid homes of a declaration, which may have errors.
pub fn homes(
    declaration: &Declaration,
    table: &ClientTable,
    env: &Environment,
    suggest: &Suggest,
) -> ClientHomes {
    let mut errors = DeclarationErrors::new(declaration);
    let fields = declaration.fields();
    let clients = clients::build(fields, table, (env, suggest), &mut errors);
    homes::build(fields, table, &clients, (env, suggest), &mut errors)
}

/// Holds what `mcpgen exec` needs to start one server.
#[derive(Debug)]
pub struct ServerStart {
    /// The `[launch]` table.
    pub launch: LaunchSettings,
    /// The server, without its clients.
    pub server: Server,
    /// Whether the server is enabled.
    pub enabled: bool,
}

/// Builds what is needed to start one server. Returns `None` if the declaration has no server of that name.
///
/// It validates neither the other servers nor the clients, since `mcpgen exec` is not told the client table.
///
/// # Errors
/// Fails with every invalid value of this server and of `[launch]`.
pub fn build_for_start(
    declaration: &Declaration,
    name: &str,
) -> Result<Option<ServerStart>, Vec<Diagnostic>> {
    let servers = declaration.servers();
    let Some((name, fields)) = servers.into_iter().find(|(known, _)| known.value == name) else {
        return Ok(None);
    };
    let mut errors = DeclarationErrors::new(declaration);
    let launch = launch_settings::build(declaration.fields().table("launch"), &mut errors);
    let named = fields.table("auth").and_then(|auth| auth.string("idp")).map(|at| at.value);
    let wanted = |idp: &str| named.as_deref() == Some(idp);
    let providers = identity_provider::build_all(declaration, &wanted, &mut errors);
    let server = build_server::without_clients(&name, fields, &providers, &mut errors);
    let enabled = fields.boolean("enabled").unwrap_or(true);
    match server {
        Some(server) => errors.or_value(Some(ServerStart { launch, server, enabled })),
        None => Err(errors.into_vec()),
    }
}
