//! What clients launch for a server. All launches are made here, so that all clients launch the same command and
//! share one cache key and one sign-in.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::client::{Client, Expressible, Transport};
use crate::diagnostic::Help;
use crate::model::native::{NATIVE, is_native};
use crate::model::{
    Argument, Auth, IdentityProvider, LaunchSettings, LocalServer, Model, OAuthSettings, Reach,
    RemoteServer, SecretArgument, Server, is_expandable,
};
use crate::paths::{Environment, Os};
use arguments::{bridge_args, native_args};

pub mod arguments;
mod cmd;
mod headers_helper;
pub mod inherited;
pub mod start;
pub mod start_error;

mod variables;

/// Says what a client does to reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// It starts a program and uses its standard input and output.
    Command(Command),
    /// It connects to a URL by itself.
    Address(Address),
}

/// Holds a program to start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Its working directory.
    pub cwd: Option<String>,
}

/// Holds a URL to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The URL.
    pub url: String,
    /// HTTP or SSE.
    pub transport: Transport,
    /// HTTP headers.
    pub headers: BTreeMap<String, String>,
    /// The command that prints all headers, in a field of its own.
    pub helper: Option<String>,
}

/// Says that the absolute path of a program is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not on PATH, but [launch] absolute = true needs its path")]
pub struct ProgramNotFound(pub String);

impl Help for ProgramNotFound {
    fn help(&self) -> Option<String> {
        Some("install the program, or write its absolute path".to_owned())
    }
}

/// Makes the launches of one declaration.
#[derive(Debug)]
pub struct Launcher<'a> {
    settings: &'a LaunchSettings,
    env: &'a Environment,
    declaration: Option<String>,
    programs: BTreeMap<String, String>,
}

impl<'a> Launcher<'a> {
    /// Creates a launcher for a declaration. `declaration` is the path that `mcpgen exec` reads.
    ///
    /// # Errors
    /// Fails if `launch.absolute` is set and a program is not on `PATH`.
    pub fn new(
        model: &'a Model,
        env: &'a Environment,
        declaration: &Utf8Path,
    ) -> Result<Self, ProgramNotFound> {
        let declaration = env.absolute(declaration);
        let found_by_all = is_found_by_all(&declaration, env);
        let settings = &model.launch;
        let mut launcher = Self {
            settings,
            env,
            declaration: (!found_by_all).then(|| declaration.into()),
            programs: BTreeMap::new(),
        };
        if settings.absolute {
            let programs = model.servers.iter().filter_map(|server| match &server.reach {
                Reach::Local(local) => Some(&local.command),
                Reach::Remote(_) => bridge_program(settings),
            });
            for program in programs.chain([&settings.mcpgen]) {
                let path = launcher.find(program)?;
                launcher.programs.insert(program.clone(), path);
            }
        }
        Ok(launcher)
    }

    /// Makes launches for the files of a project: the path of a declaration in the project is relative to it.
    #[must_use]
    pub fn in_project(self, declaration: Option<&Utf8Path>) -> Self {
        let shared = |path: String| declaration.map_or(path, |below| below.as_str().to_owned());
        Self { declaration: self.declaration.map(shared), ..self }
    }

    fn find(&self, program: &str) -> Result<String, ProgramNotFound> {
        let expanded = self.env.expand_tilde(program);
        if expanded.contains(['/', '\\']) {
            return Ok(expanded);
        }
        let names = match self.env.os {
            Os::Windows => vec![format!("{program}.exe"), format!("{program}.cmd")],
            Os::Linux | Os::Macos => vec![program.to_owned()],
        };
        let found = names.iter().find_map(|name| self.env.find_program(name));
        found.map(Into::into).ok_or_else(|| ProgramNotFound(program.to_owned()))
    }

    /// Returns what a client launches for a server.
    pub fn launch(&self, server: &Server, client: &Client) -> Launch {
        match &server.reach {
            Reach::Local(local) => Launch::Command(self.local(server, local, client)),
            Reach::Remote(remote) if server.goes_direct(client) => Launch::Address(Address {
                url: remote.url.clone(),
                transport: remote.transport,
                headers: remote.headers.clone(),
                helper: None,
            }),
            Reach::Remote(remote) => match self.with_headers(server, remote, client) {
                Some(address) => Launch::Address(address),
                None => Launch::Command(self.bridged(server, remote, client)),
            },
        }
    }

    fn local(&self, server: &Server, local: &LocalServer, client: &Client) -> Command {
        let command = self.finish(self.program(local), client);
        let has_secret = !local.secrets.is_empty() || local.secret_arguments().next().is_some();
        if has_secret || command.is_beyond(client) || self.exec_hides_tools(server) {
            return self.exec(server, client);
        }
        command
    }

    fn program(&self, local: &LocalServer) -> Command {
        Command {
            program: local.command.clone(),
            args: local.args.iter().map(|argument| self.argument(argument)).collect(),
            env: self.expanded(&local.env),
            cwd: local.cwd.as_deref().map(|cwd| self.env.expand_tilde(cwd)),
        }
    }

    // A secret is not known here, so something stands for it.
    fn argument(&self, argument: &Argument) -> String {
        match argument {
            Argument::Literal(text) => self.env.expand_tilde(text),
            Argument::Secret(SecretArgument { prefix, suffix, place: _, reference: _ }) => {
                format!("{prefix}…{suffix}")
            }
        }
    }

    fn bridged(&self, server: &Server, remote: &RemoteServer, client: &Client) -> Command {
        let token = matches!(remote.auth, Auth::Token(_));
        let native = is_native(&self.settings.bridge);
        let client_secret = match &remote.auth {
            Auth::OAuth(oauth) => {
                oauth.client_secret.is_some() || (native && has_native_secret(oauth))
            }
            Auth::None | Auth::Token(_) => false,
        };
        let command = self.finish(self.bridge(server, remote), client);
        let secret = token || client_secret || !remote.secrets.is_empty();
        if secret || command.is_beyond(client) || self.exec_hides_tools(server) {
            return self.exec(server, client);
        }
        command
    }

    /// Returns whether `mcpgen exec` must hide tools of a server, because no bridge does. mcp-remote hides denied tools,
    /// but has no list of allowed tools.
    pub fn exec_hides_tools(&self, server: &Server) -> bool {
        match &server.reach {
            Reach::Local(_) => !server.allow.is_empty() || !server.deny.is_empty(),
            Reach::Remote(_) => !server.allow.is_empty() && !is_native(&self.settings.bridge),
        }
    }

    /// Returns the command line of the bridge, with its flags in a fixed order.
    pub fn bridge(&self, server: &Server, remote: &RemoteServer) -> Command {
        let mut args: Vec<String> = self.settings.bridge.iter().skip(1).cloned().collect();
        args.extend(bridge_args(server, remote));
        if is_native(&self.settings.bridge) {
            args.extend(native_args(server, remote));
        }
        let program = bridge_program(self.settings).cloned().unwrap_or_default();
        Command { program, args, env: self.expanded(&self.settings.env), cwd: None }
    }

    /// Returns whether a command is `mcpgen exec`, which starts the server or its bridge.
    pub fn is_exec(&self, command: &Command, server: &Server, client: &Client) -> bool {
        *command == self.exec(server, client)
    }

    /// Returns the command that starts a server for `verify`, if the client connects by itself with printed headers.
    pub fn exec(&self, server: &Server, client: &Client) -> Command {
        self.own_command("exec", server, client)
    }

    // A command of mcpgen about one server.
    fn own_command(&self, verb: &str, server: &Server, client: &Client) -> Command {
        let mut args = vec![verb.to_owned(), server.name.clone()];
        if let Some(declaration) = &self.declaration {
            args.extend(["-f".to_owned(), declaration.clone()]);
        }
        let program = self.settings.mcpgen.clone();
        self.finish(Command { program, args, ..Command::default() }, client)
    }

    fn finish(&self, mut command: Command, client: &Client) -> Command {
        command.program = match self.programs.get(&command.program) {
            Some(path) => path.clone(),
            None => self.env.expand_tilde(&command.program),
        };
        if client.needs_cmd(self.env.os) { command.by_cmd() } else { command }
    }

    fn expanded(&self, map: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        map.iter().map(|(name, value)| (name.clone(), self.env.expand_tilde(value))).collect()
    }
}

/// Returns whether a program finds a declaration by default even if it does not see the environment variables of a shell, as
/// a client that was started from a dock.
pub fn is_found_by_all(declaration: &Utf8Path, env: &Environment) -> bool {
    let without_shell = Environment::bare(env.os, &env.home);
    [env, &without_shell].iter().all(|env| declaration == env.default_declaration())
}

// A native bridge without a path is the program in `launch.mcpgen`.
fn bridge_program(settings: &LaunchSettings) -> Option<&String> {
    let LaunchSettings { bridge, mcpgen, absolute: _, env: _, secret_timeout: _, via_headers: _ } =
        settings;
    let by_name = bridge.first().is_some_and(|program| program == NATIVE[0]);
    if by_name && is_native(bridge) { Some(mcpgen) } else { bridge.first() }
}

// Whether a sign-in needs a secret that mcp-remote has no option for.
fn has_native_secret(oauth: &OAuthSettings) -> bool {
    let provider = oauth.provider.as_deref();
    let of_provider = |provider: &IdentityProvider| {
        provider.oauth.client_secret.is_some() || provider.id_token.is_some()
    };
    oauth.private_key.is_some() || oauth.assertion.is_some() || provider.is_some_and(of_provider)
}

impl Command {
    // Whether the client would expand, ignore or drop a value. Then `mcpgen exec` starts the command instead.
    fn is_beyond(&self, client: &Client) -> bool {
        let Self { program, args, env, cwd } = self;
        let mut texts = args.iter().chain(env.values()).chain(cwd).chain([program]);
        texts.any(|text| is_expandable(text))
            || (cwd.is_some() && !client.expresses(Expressible::Cwd))
            || env.keys().any(|name| client.refuses_env(name))
    }
}
