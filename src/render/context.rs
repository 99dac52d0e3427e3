//! A server as a template sees it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{Client, Expressible, Transport};
use crate::launch::{Launch, Launcher};
use crate::model::native::is_mcpgen;
use crate::model::{Reach, Server};

use super::unsupported::accepted;

/// A server as a template sees it. Every field exists, and is empty or none if it does not apply.
#[derive(Serialize)]
pub struct ServerContext<'a> {
    name: &'a str,
    command: Option<String>,
    args: Vec<String>,
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: Option<String>,
    url: Option<String>,
    headers: BTreeMap<String, String>,
    env_names: Vec<String>,
    transport: Transport,
    #[serde(rename = "type")]
    word: &'a str,
    timeout: Option<u64>,
    startup_timeout: Option<u64>,
    allow: Vec<&'a String>,
    deny: &'a [String],
}

/// Makes the context of a server for a template.
pub fn server_context<'a>(
    server: &'a Server,
    launcher: &Launcher<'_>,
    client: &'a Client,
) -> ServerContext<'a> {
    let launch = launcher.launch(server, client);
    // If a remote server has a bridge, the bridge hides its denied tools.
    let bridged = matches!((&server.reach, &launch), (Reach::Remote(_), Launch::Command(_)));
    let transport = match &launch {
        Launch::Command(_) => Transport::Stdio,
        Launch::Address(address) => address.transport,
    };
    let mut context = ServerContext {
        name: &server.name,
        command: None,
        args: vec![],
        argv: vec![],
        env: BTreeMap::new(),
        cwd: None,
        url: None,
        headers: BTreeMap::new(),
        env_names: vec![],
        transport,
        word: client.types.get(&transport).map_or(transport.name(), String::as_str),
        timeout: accepted(client, Expressible::Timeout, server.timeout),
        startup_timeout: accepted(client, Expressible::StartupTimeout, server.startup_timeout),
        allow: vec![],
        deny: &[],
    };
    if client.expresses(Expressible::Allow) {
        context.allow = server.allow.iter().collect();
    }
    if client.expresses(Expressible::Deny) && !bridged {
        context.deny = &server.deny;
    }
    if client.one_list {
        context.join_lists();
    }
    match launch {
        Launch::Command(command) => {
            let inherits = client.withholds_any();
            let inherited = inherits.then(|| launcher.inherited(server, &command));
            let inherited = inherited.into_iter().flatten();
            let withheld = inherited.filter(|name| client.withholds(name)).collect();
            let to_mcpgen = is_mcpgen(&command.program);
            let starts_bridge = bridged && !launcher.is_exec(&command, server, client);
            context.argv =
                std::iter::once(&command.program).chain(&command.args).cloned().collect();
            context.command = Some(command.program);
            context.args = command.args;
            context.env = command.env;
            context.cwd = command.cwd;
            if starts_bridge {
                context.add_bridge_env(client);
            }
            context.pass_on(client, withheld, to_mcpgen);
        }
        Launch::Address(address) => {
            context.url = Some(address.url);
            context.headers = address.headers;
        }
    }
    context
}

impl ServerContext<'_> {
    // A variable of the declaration takes precedence.
    fn add_bridge_env(&mut self, client: &Client) {
        for (name, value) in &client.bridge_env {
            self.env.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    // Removes the denied tools from the list of allowed tools. If none remain, the client rejects both lists, and so
    // no tool is allowed.
    fn join_lists(&mut self) {
        let rest: Vec<_> =
            self.allow.iter().filter(|tool| !self.deny.contains(tool)).copied().collect();
        if !rest.is_empty() {
            (self.allow, self.deny) = (rest, &[]);
        }
    }

    // Adds the names of the client's variables that the server needs: to the client's list of names, or as references.
    fn pass_on(&mut self, client: &Client, withheld: Vec<String>, to_mcpgen: bool) {
        if client.expresses(Expressible::EnvNames) {
            self.env_names = withheld;
            return;
        }
        if !to_mcpgen && !client.expands_unset_variables() {
            return;
        }
        let referring = |name: String| client.reference_to(&name).map(|value| (name, value));
        self.env.extend(withheld.into_iter().filter_map(referring));
    }
}
