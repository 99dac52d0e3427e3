//! The launches to verify: each distinct command and environment with which declared clients start a server.

use std::collections::{BTreeMap, BTreeSet};

use crate::auth::stored_sign_in::{StoredSignIn, declared_sign_in};
use crate::client::{Client, Expressible, Transport};
use crate::launch::{Address, Command, Launch, Launcher};
use crate::model::native::{NATIVE, is_mcpgen};
use crate::model::{LaunchSettings, Model, Server};
use crate::paths::{Environment, own_program};

/// A command and an environment with which clients start a server.
pub struct DistinctLaunch<'a> {
    /// The server.
    pub server: &'a Server,
    /// How the clients start bridges.
    pub settings: &'a LaunchSettings,
    /// The clients that start it in this way.
    pub clients: Vec<&'a Client>,
    /// The command. `None` if only the client itself can sign in to the server.
    pub command: Option<Command>,
    /// The environment variables that the clients do not pass to it.
    pub withheld: BTreeSet<String>,
    /// The sign-in that it uses.
    pub sign_in: LaunchSignIn,
}

/// The sign-in that a launch uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaunchSignIn {
    /// A sign-in in the cache.
    Cache(Box<StoredSignIn>),
    /// A sign-in of the client.
    Client,
    /// Secrets, by reference.
    References(Vec<String>),
    /// None.
    None,
}

impl DistinctLaunch<'_> {
    /// Returns what a package manager may have to install: the command without the last arguments.
    pub fn package(&self) -> Vec<String> {
        // `npx -y PACKAGE`, `uvx PACKAGE`; `mcpgen exec` runs the bridge of the declaration.
        let Some(command) = &self.command else { return vec![] };
        let package = command.args.iter().position(|arg| !arg.starts_with('-'));
        let count = if is_mcpgen(&command.program) { 1 } else { package.map_or(0, |at| at + 1) };
        let args = command.args.iter().take(count);
        std::iter::once(&command.program).chain(args).cloned().collect()
    }

    /// Returns whether a bridge would ask a person to sign in.
    pub fn needs_sign_in(&self) -> bool {
        match &self.sign_in {
            LaunchSignIn::Cache(stored) => !stored.is_usable(),
            LaunchSignIn::Client | LaunchSignIn::References(_) | LaunchSignIn::None => false,
        }
    }
}

type CommandKey = (String, Vec<String>, BTreeMap<String, String>, Option<String>);
type LaunchKey = (Option<CommandKey>, BTreeSet<String>);

/// Returns the distinct launches of the servers by the clients, in the order of the servers.
pub fn distinct_launches<'a>(
    model: &'a Model,
    servers: &[&'a Server],
    clients: &[&'a Client],
    launcher: &Launcher<'_>,
    env: &Environment,
) -> Vec<DistinctLaunch<'a>> {
    let mut found = vec![];
    for server in servers {
        let mut launches: BTreeMap<LaunchKey, DistinctLaunch<'a>> = BTreeMap::new();
        for client in clients.iter().filter(|client| server.clients.contains(&client.name)) {
            let (command, withheld) = launch(server, client, launcher, env);
            let key = command.clone().map(|it| (it.program, it.args, it.env, it.cwd));
            let distinct = || DistinctLaunch {
                server,
                settings: &model.launch,
                clients: vec![],
                sign_in: sign_in(model, server, command.as_ref(), env),
                command: command.clone(),
                withheld: withheld.clone(),
            };
            let launch = launches.entry((key, withheld.clone())).or_insert_with(distinct);
            launch.clients.push(client);
        }
        let mut launches: Vec<DistinctLaunch<'a>> = launches.into_values().collect();
        launches.sort_by_key(|launch| std::cmp::Reverse(launch.clients.len()));
        found.extend(launches);
    }
    found
}

fn launch(
    server: &Server,
    client: &Client,
    launcher: &Launcher<'_>,
    env: &Environment,
) -> (Option<Command>, BTreeSet<String>) {
    match launcher.launch(server, client) {
        // A bridge connects in place of the client, with the same sign-in and the same secrets.
        Launch::Address(_) if server.gets_headers(client) => {
            (Some(launcher.exec(server, client)), BTreeSet::new())
        }
        Launch::Address(address) => {
            ((!server.is_oauth()).then(|| direct(address)), BTreeSet::new())
        }
        Launch::Command(command) => {
            let named = named_variables(server, client, launcher, &command);
            let passed = |name: &str| named.contains(name) || command.env.contains_key(name);
            let withheld = env.names().filter(|name| client.withholds(name) && !passed(name));
            let withheld = withheld.map(str::to_owned).collect();
            (Some(command), withheld)
        }
    }
}

// The variables that the client passes because its entry names them.
fn named_variables(
    server: &Server,
    client: &Client,
    launcher: &Launcher<'_>,
    command: &Command,
) -> BTreeSet<String> {
    let inherited = launcher.inherited(server, command);
    let refers = client.reference_to("NAME").is_some()
        && (is_mcpgen(&command.program) || client.expands_unset_variables());
    match client.expresses(Expressible::EnvNames) || refers {
        true => inherited,
        false => BTreeSet::new(),
    }
}

// The native bridge connects in place of the client. A header is in the environment, because a user may have declared
// that its value is intentional although it looks like a secret.
fn direct(address: Address) -> Command {
    let Address { url, transport, headers, helper: _ } = address;
    let mut args = vec![NATIVE[1].to_owned(), url, "--allow-http".to_owned()];
    let mut env = BTreeMap::new();
    for (at, (name, value)) in headers.into_iter().enumerate() {
        let variable = format!("MCPGEN_VERIFY_{at}");
        args.extend(["--header".to_owned(), format!("{name}:${{{variable}}}")]);
        env.insert(variable, value);
    }
    let only = match transport {
        Transport::Sse => Some("sse-only"),
        Transport::Http | Transport::Stdio => None,
    };
    args.extend(only.into_iter().flat_map(|only| ["--transport".to_owned(), only.to_owned()]));
    let program = own_program().map_or_else(|| NATIVE[0].to_owned(), Into::into);
    Command { program, args, env, cwd: None }
}

fn sign_in(
    model: &Model,
    server: &Server,
    command: Option<&Command>,
    env: &Environment,
) -> LaunchSignIn {
    let secrets = Launcher::for_start(&model.launch, env).start(server).secrets;
    let tokens = secrets.iter().filter(|secret| !secret.encoding.is_of_client());
    let references: Vec<String> = tokens.map(|secret| secret.reference.to_string()).collect();
    let stored = declared_sign_in(server, &model.launch, env)
        .map(|(files, call)| StoredSignIn::read(files, &call, env.os));
    match (command, stored) {
        (None, _) => LaunchSignIn::Client,
        (Some(_), Some(stored)) => LaunchSignIn::Cache(Box::new(stored)),
        (Some(_), None) if references.is_empty() => LaunchSignIn::None,
        (Some(_), None) => LaunchSignIn::References(references),
    }
}
