//! `exec`: the command that clients launch if a server needs secrets. It resolves the secrets and becomes the server:
//! the declared program, mcp-remote, or the native bridge, which is this program. Only if it must hide tools of the
//! server, it stays between the client and the server.
//!
//! Standard input and output belong to the server. Messages go to standard error, which clients write to their logs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use camino::Utf8PathBuf;

use super::select_servers::disabled_server;
use super::{Done, Failure, Invocation, bridge, eprint_diagnostics, private};
use crate::cli::ExecFlags;
use crate::diagnostic::Diagnostic;
use crate::launch::start::{RequiredSecret, SecretPlace, StartCommand};
use crate::launch::start_error::StartError;
use crate::launch::{self, Launcher};
use crate::model::native::is_native;
use crate::model::{self, Reach, ServerStart};
use crate::paths::{Environment, search};
use crate::secret::Secret;
use crate::secret_store::SecretError;
use crate::secret_store::resolve::{Resolutions, resolve_all};
use crate::similar::similar_name;

mod become_server;
mod child_process;
mod filtered;
mod session;

pub use session::restart_in_session;

pub fn run(invocation: &Invocation<'_>, flags: &ExecFlags) -> Done {
    if let Some(filter) = flags.filtered_by {
        child_process::end_with(filter);
    }
    let ServerStart { launch: settings, server, enabled: _ } = start(invocation, &flags.server)?;
    let launcher = Launcher::for_start(&settings, invocation.env);
    if flags.filtered_by.is_none() && launcher.exec_hides_tools(&server) {
        return filtered::serve(invocation, &server);
    }
    let StartCommand { command, secrets: required } = launcher.start(&server);
    restart_in_session(&required, invocation.env);
    let required = required.into_iter().map(|secret| (server.name.as_str(), secret)).collect();
    let lookups = look_up(required, invocation.env, settings.secret_timeout);
    let (mut secrets, mut arguments) = (vec![], BTreeMap::new());
    let (mut warnings, mut errors) = (vec![], vec![]);
    for one in lookups {
        warnings.extend(one.warning(invocation));
        match one.secret {
            Ok(secret) => match one.required.place {
                SecretPlace::Variable(name) => secrets.push((name, secret)),
                SecretPlace::Argument(at) => drop(arguments.insert(at, secret)),
            },
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    eprint_diagnostics(&warnings, invocation.terminal);
    if matches!(server.reach, Reach::Remote(_)) && is_native(&settings.bridge) {
        // The bridge runs in this process, so that no secret gets into the environment of another process.
        let env = invocation.env.overlaid(&command.env);
        return bridge::serve(
            invocation,
            &env,
            command.args.get(1..).unwrap_or_default(),
            &secrets,
        );
    }
    let mut process = process(&command, (&secrets, &arguments), invocation.env);
    become_server::become_server(&mut process)
        .map_err(|error| unstartable(&error, &server.name, &command, invocation.env))
}

/// Reads what is needed to start one server. Ignores errors of other servers, so that this server starts even if another
/// one is broken.
pub fn start(invocation: &Invocation<'_>, name: &str) -> Result<ServerStart, Failure> {
    let (declaration, mut errors) = invocation.declaration()?;
    errors.retain(|error| declaration.concerns(name, error));
    let start = match model::build_for_start(&declaration, name) {
        Ok(start) => start,
        Err(found) => {
            errors.extend(found);
            None
        }
    };
    if !errors.is_empty() {
        errors.sort_by_key(Diagnostic::offset);
        return Err(errors.into());
    }
    let shown = || invocation.env.display(&invocation.declaration_path());
    let apply = || invocation.suggest.mcpgen("apply");
    match start {
        Some(start) if start.enabled => Ok(start),
        Some(_) => Err(disabled_server(invocation, name)
            .help(format!("or run {} to remove the server from the clients' files", apply()))
            .into()),
        None => {
            let servers = declaration.servers();
            let names = servers.iter().map(|(name, _)| name.value.as_str());
            let remove =
                || format!("run {} to remove old servers from the clients' files", apply());
            Err(Diagnostic::error(format!("server `{name}` not found"))
                .in_file(shown(), None)
                .help(similar_name("a server", name, names).unwrap_or_else(remove))
                .into())
        }
    }
}

/// A secret that a server needs, with its value or the reason why it has none.
pub struct SecretLookup<'s> {
    /// The name of the server.
    pub server: &'s str,
    /// The secret that it needs.
    pub required: RequiredSecret<'s>,
    /// The encoded secret.
    pub secret: Result<Secret, Diagnostic>,
    world_readable: Option<Utf8PathBuf>,
}

impl SecretLookup<'_> {
    /// Warns if every user of the machine can read the file that contains the secret.
    pub fn warning(&self, invocation: &Invocation<'_>) -> Option<Diagnostic> {
        let path = self.world_readable.as_deref()?;
        let shown = invocation.env.display(path);
        let title = format!("every user of this machine can read `{shown}`");
        let note = format!("it contains `{}` of server `{}`", self.required.name, self.server);
        Some(Diagnostic::warning(title).note(note).help(private(invocation, path)))
    }
}

/// Resolves the secrets of servers, all at once.
pub fn look_up<'s>(
    required: Vec<(&'s str, RequiredSecret<'s>)>,
    env: &Environment,
    timeout_seconds: u64,
) -> Vec<SecretLookup<'s>> {
    let references = required.iter().map(|(_, secret)| secret.reference);
    let resolutions = resolve_all(references, env, timeout_seconds);
    let lookup = |(server, required)| encoded(server, required, &resolutions);
    required.into_iter().map(lookup).collect()
}

fn encoded<'s>(
    server: &'s str,
    required: RequiredSecret<'s>,
    resolutions: &Resolutions<'_>,
) -> SecretLookup<'s> {
    let failure = |error: &SecretError| {
        let RequiredSecret { name, reference, place: _, encoding: _ } = &required;
        Diagnostic::error(format!("cannot start `{server}`: cannot resolve the secret `{name}`"))
            .note(format!("`{reference}`: {error}"))
            .explained_by(error)
    };
    let (secret, world_readable) = match &resolutions[required.reference] {
        Ok(found) => {
            let secret = required.encoding.encode(&found.secret).map_err(|error| failure(&error));
            (secret, found.world_readable.clone())
        }
        Err(error) => (Err(failure(error)), None),
    };
    SecretLookup { server, required, secret, world_readable }
}

fn process(
    command: &launch::Command,
    (secrets, arguments): (&[(String, Secret)], &BTreeMap<usize, Secret>),
    env: &Environment,
) -> Command {
    let mut process = Command::new(&command.program);
    env.remove_unexpanded(&mut process);
    let args = command.args.iter().enumerate();
    process.args(args.map(|(at, arg)| arguments.get(&at).map_or(arg.as_str(), Secret::expose)));
    process.envs(&command.env);
    process.envs(secrets.iter().map(|(name, secret)| (name, secret.expose())));
    let secret = secrets.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.expose());
    match secret {
        Some(path) => search::set(&mut process, &search::absolute_only(path.as_ref())),
        None => search::set(&mut process, &path(command, env)),
    }
    if let Some(cwd) = &command.cwd {
        process.current_dir(cwd);
    }
    process
}

// A server that declares a PATH gets that PATH. Otherwise, it gets mcpgen's PATH and the usual directories that a
// program started from a dock does not have on its PATH.
fn path(command: &launch::Command, env: &Environment) -> OsString {
    match command.env.get("PATH") {
        Some(own) => search::absolute_only(own.as_ref()),
        None => env.wide_path(),
    }
}

fn unstartable(
    error: &std::io::Error,
    server: &str,
    command: &launch::Command,
    env: &Environment,
) -> Failure {
    let error = StartError::new(error, command, &path(command, env));
    Diagnostic::error(format!("cannot start `{server}`: {error}")).explained_by(&error).into()
}
