//! `exec`: what clients launch where secrets are involved. It looks the secrets up and becomes the server: the
//! program that is declared, mcp-remote, or the native bridge, which is this program.
//!
//! Standard input and output belong to the client and the server: mcpgen reads nothing and prints nothing
//! there. What it has to say goes to standard error, which clients show in their logs.

use std::ffi::OsString;
use std::process::Command;

use camino::Utf8PathBuf;

use super::{Done, Failure, Rim, bridge, private, say};
use crate::cli::ExecFlags;
use crate::diagnostic::{Diagnostic, nearest};
use crate::launch::start::{RequiredSecret, StartCommand};
use crate::launch::{self, Launcher, is_native};
use crate::model::{self, Reach, ServerStart};
use crate::paths::{Environment, search};
use crate::secret::resolve::{Resolutions, resolve};
use crate::secret::{Secret, SecretError};

mod become_server;

pub fn run(rim: &Rim<'_>, flags: &ExecFlags) -> Done {
    let ServerStart { launch: settings, server, enabled: _ } = start(rim, &flags.server)?;
    let launcher = Launcher::for_start(&settings, rim.env);
    let StartCommand { command, wanted } = launcher.start(&server);
    let wanted = wanted.into_iter().map(|wanted| (server.name.as_str(), wanted)).collect();
    let looked = look(wanted, rim.env, settings.secret_timeout);
    let (mut secrets, mut warnings, mut faults) = (vec![], vec![], vec![]);
    for one in looked {
        warnings.extend(one.warning(rim));
        match one.secret {
            Ok(secret) => secrets.push((one.wanted.variable, secret)),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    say(&warnings, rim.terminal);
    if matches!(server.reach, Reach::Remote(_)) && is_native(&settings.bridge) {
        // No second process, and so no environment of one for a secret to stand in.
        let env = rim.env.overlaid(&command.env);
        return bridge::serve(&env, command.args.get(1..).unwrap_or_default(), &secrets);
    }
    let process = process(&command, &secrets, rim.env);
    become_server::become_server(process)
        .map_err(|error| unstartable(&error, &server.name, &command, rim.env))
}

// The faults of other servers are none of this one's business: it starts while they are being mended.
fn start(rim: &Rim<'_>, name: &str) -> Result<ServerStart, Failure> {
    let (declaration, mut faults) = rim.declaration()?;
    faults.retain(|fault| declaration.concerns(name, fault));
    let start = match model::build_for_start(&declaration, name) {
        Ok(start) => start,
        Err(found) => {
            faults.extend(found);
            None
        }
    };
    if !faults.is_empty() {
        faults.sort_by_key(Diagnostic::offset);
        return Err(faults.into());
    }
    let shown = || rim.env.display(&rim.declaration_path());
    let apply = || rim.suggest.mcpgen("apply");
    match start {
        Some(start) if start.enabled => Ok(start),
        Some(_) => Err(Diagnostic::error(format!("`{name}` is not enabled"))
            .in_file(shown(), None)
            .help(format!("enabled = true, or {} to take it out of the clients' files", apply()))
            .into()),
        None => {
            let fault = Diagnostic::error(format!("no server is named `{name}`"));
            let servers = declaration.servers();
            let names = servers.iter().map(|(name, _)| name.value.as_str());
            Err(fault
                .in_file(shown(), None)
                .help(match nearest(name, names) {
                    Some(near) => format!("a server with a similar name exists: `{near}`"),
                    None => {
                        format!("{} takes servers that are gone out of the clients' files", apply())
                    }
                })
                .into())
        }
    }
}

/// Holds a secret that a server needs, and what became of it.
pub struct SecretLookup<'s> {
    /// The server.
    pub server: &'s str,
    /// What it needs.
    pub wanted: RequiredSecret<'s>,
    /// What it gets, or why it does not.
    pub secret: Result<Secret, Diagnostic>,
    world_readable: Option<Utf8PathBuf>,
}

impl SecretLookup<'_> {
    /// Warns where everybody may read the file that a secret lies in.
    pub fn warning(&self, rim: &Rim<'_>) -> Option<Diagnostic> {
        let path = self.world_readable.as_deref()?;
        let shown = rim.env.display(path);
        let warning = Diagnostic::warning(format!("everybody on this machine may read `{shown}`"));
        let of = format!("it holds `{}` of `{}`", self.wanted.name, self.server);
        Some(warning.note(of).help(private(rim, path)))
    }
}

/// Looks up what servers need, all of it at once.
pub fn look<'s>(
    wanted: Vec<(&'s str, RequiredSecret<'s>)>,
    env: &Environment,
    seconds: u64,
) -> Vec<SecretLookup<'s>> {
    let answers = resolve(wanted.iter().map(|(_, wanted)| wanted.reference), env, seconds);
    wanted.into_iter().map(|(server, wanted)| looked(server, wanted, &answers)).collect()
}

fn looked<'s>(
    server: &'s str,
    wanted: RequiredSecret<'s>,
    answers: &Resolutions<'_>,
) -> SecretLookup<'s> {
    let why = |error: &SecretError| {
        let RequiredSecret { name, reference, variable: _, form: _ } = &wanted;
        Diagnostic::error(format!("`{server}` cannot start: there is no `{name}`"))
            .note(format!("`{reference}`: {error}"))
            .help(error.help())
    };
    let (secret, world_readable) = match &answers[wanted.reference] {
        Ok(found) => {
            let made = wanted.form.make(&found.secret).map_err(|error| why(&error));
            (made, found.world_readable.clone())
        }
        Err(error) => (Err(why(error)), None),
    };
    SecretLookup { server, wanted, secret, world_readable }
}

fn process(command: &launch::Command, secrets: &[(String, Secret)], env: &Environment) -> Command {
    let mut process = Command::new(&command.program);
    process.args(&command.args).envs(&command.env);
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

// What the server says about its PATH counts; else what a dock leaves out of it is added.
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
    let program = &command.program;
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let fault = Diagnostic::error(format!("`{server}` cannot start: `{program}` does not"));
    let folder = command.cwd.as_ref().filter(|cwd| !std::path::Path::new(cwd).is_dir());
    if let Some(folder) = folder {
        return fault
            .note(format!("there is no folder `{folder}`"))
            .help("make it, or mend `cwd` in mcp.toml")
            .into();
    }
    if !missing {
        return fault.note(error.to_string()).help("look at that program's file").into();
    }
    if program.contains(std::path::is_separator) {
        return fault
            .note("there is no such file, or not the program that its first line names")
            .help("install it, or mend its path in mcp.toml")
            .into();
    }
    fault
        .note(format!("it is not on the PATH, which is {}", path(command, env).display()))
        .help("install it, or write its whole path into mcp.toml")
        .into()
}
